/// The client of the echo server: one process, one epoll loop, a bounded number of requests.
///
/// It opens all connections, waits until each was greeted with one byte (the server has it then),
/// and holds all of them open while it sends messages and checks what comes back. It gives up at
/// its bound. Loopback only.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace assay {

inline constexpr std::size_t kEchoBytes = 64;

struct EchoLoad {
  std::vector<std::uint16_t> ports;  ///< Connection i goes to port i / per_port.
  std::size_t per_port = 1;
  std::size_t connections = 1;
  std::size_t messages = 3;    ///< A connection sends so many, each after the echo of the last.
  std::size_t in_flight = 64;  ///< Messages under way at any time, over all connections.
  std::uint64_t seed = 1;
  std::chrono::nanoseconds bound = std::chrono::seconds(20);  ///< Gives up after it,
  std::chrono::nanoseconds stall = std::chrono::seconds(5);   ///< or when nothing came for so long.
};

/// What the client saw; lives in zeroed shared memory, written by the client alone.
struct EchoCounts {
  std::atomic<std::uint64_t> connected;    ///< By the kernel.
  std::atomic<std::uint64_t> greeted;      ///< By a unit: so many are held open at once.
  std::atomic<std::uint64_t> echoes;       ///< That were right.
  std::atomic<std::uint64_t> wrong;        ///< Echoes of other bytes.
  std::atomic<std::uint64_t> closed;       ///< Connections that the server closed or refused.
  std::atomic<std::uint64_t> exchange_ns;  ///< Time that all messages took.
  std::atomic<int> error;                  ///< errno of what the client could not do, or 0.
};

/// What the client calls on its way.
struct EchoSteps {
  std::function<void()> all_connected;
  std::function<void()> all_greeted;
};

/// Runs the load. `latencies_ns` has room for connections * messages; entries are filled in the
/// order of the echoes, above 4.29 s with the largest number. Returns true when every connection
/// was held and every echo was right.
bool run_echo_client(const EchoLoad& load, EchoCounts& counts,
                     std::span<std::uint32_t> latencies_ns, const EchoSteps& steps);

}  // namespace assay
