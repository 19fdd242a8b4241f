/// Use case async I/O, high concurrency: an echo server on loopback, one unit a connection, with
/// all connections open at once.
///
/// The server is one body for every runtime: accept, greet, echo until the end. The host forks the
/// client (echo_client.h) before the units start, so that server and client have descriptors of
/// their own; it raises its soft limit of descriptors to the hard one. Ports are chosen by the
/// kernel; nothing is left behind, not even sockets in TIME_WAIT.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "models/runtime.h"
#include "stress/use_cases/outcome.h"

namespace assay {

struct EchoOptions {
  std::size_t connections = 1'000;
  std::size_t messages = 3;  ///< Of 64 bytes, a connection.
  std::uint64_t seed = 1;
  std::chrono::nanoseconds bound = std::chrono::seconds(20);  ///< For giving up.
};

struct EchoResult {
  UseCaseOutcome outcome = UseCaseOutcome::kUndecided;
  std::string reason;           ///< One clause.
  std::size_t connections = 0;  ///< Asked for.
  std::uint64_t held = 0;       ///< Open at once, each greeted by its unit.
  std::uint64_t echoes = 0;     ///< That were right.
  double echoes_per_s = 0;
  double p50_us = 0;  ///< Latency of an echo, with at most 64 under way.
  double p99_us = 0;
  double p999_us = 0;
  /// Echoes below 1, 2, 4, ... us; the last entry counts the rest.
  std::vector<double> histogram;
  /// Proportional set size of the server's processes, what they had before the units apart; without
  /// the kernel's part (stacks, sockets). 0 when it could not be read.
  double bytes_per_connection = 0;
  /// Switches of the kernel, voluntary and not, of all tasks of the server (not of its client).
  std::int64_t switches = 0;
  std::int64_t wall_ns = 0;  ///< The whole run.
};

/// Runs the server on the runtime, under its client's load.
EchoResult run_echo_server(BodyRuntime& runtime, const EchoOptions& options);

/// The same server as one loop by hand over epoll(7), without units: what there is to be had.
EchoResult run_echo_by_hand(const EchoOptions& options);

/// How many connections this machine allows, up to `wanted`, and the limit that says so.
struct ConnectionLimit {
  std::size_t connections;
  std::string limit;  ///< Empty when `wanted` is allowed.
};
ConnectionLimit connections_allowed(std::size_t wanted);

}  // namespace assay
