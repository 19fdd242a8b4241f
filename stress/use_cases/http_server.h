/// An HTTP variant of the echo server, for load generators that others wrote: one unit a
/// connection, which answers every request with the same small page until its client closes.
///
/// As the echo server it runs in a host, on loopback, on a port that the kernel chooses. The
/// command that loads it runs beside it, with the port in the environment variable PORT; when it
/// ends, so does the server. Only what such a client needs is understood: requests without a body
/// (RFC 9112).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "models/runtime.h"

namespace assay {

struct HttpOptions {
  /// Units, and so connections at once. A client's trial connection needs one more than its others.
  std::size_t connections = 100;
  /// Run by sh(1): "exec wrk -c 100 -d 1 http://127.0.0.1:$PORT/".
  std::string command;
  std::chrono::nanoseconds bound = std::chrono::seconds(60);  ///< For giving up.
};

struct HttpResult {
  std::uint64_t requests = 0;     ///< That were answered.
  std::uint64_t connections = 0;  ///< That were served.
  int status = -1;                ///< Of the command, as of waitpid(2).
  std::string output;             ///< What it printed, the last 16 KiB.
  std::string failure;            ///< What went wrong with the server, or empty.
};

HttpResult run_http_server(BodyRuntime& runtime, const HttpOptions& options);

}  // namespace assay
