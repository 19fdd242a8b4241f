#include "stress/use_cases/echo_client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <limits>

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;
using Payload = std::array<std::byte, kEchoBytes>;

/// A message says which connection and which turn it belongs to, so that no other one passes for
/// it.
Payload payload_of(std::uint64_t seed, std::size_t connection, std::size_t turn) {
  Payload payload;
  std::uint64_t state = seed ^ (connection << 20) ^ turn;
  for (std::size_t i = 0; i < kEchoBytes; i += sizeof(state)) {
    state = (state ^ state >> 29) * 0xbf58'476d'1ce4'e5b9 + i;
    std::memcpy(payload.data() + i, &state, sizeof(state));
  }
  return payload;
}

struct Connection {
  int fd = -1;
  std::size_t turn = 0;  ///< Messages sent.
  std::size_t came = 0;  ///< Bytes of the echo under way.
  bool greeted = false;
  bool closed = false;
  Clock::time_point sent;
  Payload echo{};
};

class Client {
 public:
  Client(const EchoLoad& load, EchoCounts& counts, std::span<std::uint32_t> latencies_ns)
      : load_(&load),
        counts_(&counts),
        latencies_ns_(latencies_ns),
        connections_(load.connections),
        deadline_(Clock::now() + load.bound),
        epoll_(epoll_create1(EPOLL_CLOEXEC)) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() {
    for (const Connection& connection : connections_) {
      if (connection.fd >= 0) close(connection.fd);
    }
    close(epoll_);
  }

  bool run(const EchoSteps& steps) {
    if (!connect_all()) return false;
    if (steps.all_connected) steps.all_connected();
    if (!wait_until([this] { return counts_->greeted == load_->connections; })) return false;
    if (steps.all_greeted) steps.all_greeted();
    return exchange();
  }

 private:
  bool fail(int error) {
    counts_->error = error;
    return false;
  }

  bool connect_all() {
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      if (!connect_one(i)) return fail(errno);
    }
    return wait_until([this] { return counts_->connected == load_->connections; });
  }

  bool connect_one(std::size_t index) {
    Connection& connection = connections_[index];
    connection.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection.fd < 0) return false;
    const int yes = 1;
    setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(load_->ports.at(index / load_->per_port));
    if (connect(connection.fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 &&
        errno != EINPROGRESS) {
      return false;
    }
    // EPOLLOUT tells the end of the handshake; it is given up afterwards.
    return watch(EPOLL_CTL_ADD, index, EPOLLIN | EPOLLOUT);
  }

  bool watch(int operation, std::size_t index, std::uint32_t events) const {
    epoll_event event{};
    event.events = events;
    event.data.u64 = index;
    return epoll_ctl(epoll_, operation, connections_[index].fd, &event) == 0;
  }

  /// Handles events until `done`, and says whether it came to that before the bound and without a
  /// lost connection.
  template <typename Done>
  bool wait_until(Done done) {
    auto deadline = std::min(deadline_, Clock::now() + load_->stall);
    while (!done()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
      if (left.count() <= 0) return fail(ETIMEDOUT);
      if (counts_->closed != 0 || counts_->wrong != 0) return false;
      std::array<epoll_event, 256> events{};
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                   static_cast<int>(std::min<std::int64_t>(left.count(), 1'000)));
      for (int i = 0; i < count; ++i) handle(events.at(static_cast<std::size_t>(i)));
      if (count > 0) deadline = std::min(deadline_, Clock::now() + load_->stall);
    }
    return true;
  }

  void handle(const epoll_event& event) {
    const auto index = static_cast<std::size_t>(event.data.u64);
    Connection& connection = connections_[index];
    if (connection.closed) return;
    if ((event.events & EPOLLERR) != 0) return lose(index);
    if ((event.events & EPOLLOUT) != 0) {
      ++counts_->connected;
      watch(EPOLL_CTL_MOD, index, EPOLLIN);
    }
    if ((event.events & (EPOLLIN | EPOLLHUP)) != 0) read_some(index);
  }

  void lose(std::size_t index) {
    connections_[index].closed = true;
    ++counts_->closed;
    epoll_ctl(epoll_, EPOLL_CTL_DEL, connections_[index].fd, nullptr);
  }

  void read_some(std::size_t index) {
    Connection& connection = connections_[index];
    if (!connection.greeted) {
      std::byte greeting{};
      const ssize_t got = read(connection.fd, &greeting, 1);
      if (got < 0 && errno == EAGAIN) return;
      if (got != 1) return lose(index);
      connection.greeted = true;
      ++counts_->greeted;
      return;
    }
    const ssize_t got =
        read(connection.fd, connection.echo.data() + connection.came, kEchoBytes - connection.came);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return lose(index);
    connection.came += static_cast<std::size_t>(got);
    if (connection.came == kEchoBytes) take_echo(index);
  }

  void take_echo(std::size_t index) {
    Connection& connection = connections_[index];
    const auto ns = (Clock::now() - connection.sent) / std::chrono::nanoseconds(1);
    if (connection.turn == 0 ||
        connection.echo != payload_of(load_->seed, index, connection.turn - 1)) {
      ++counts_->wrong;
      return;
    }
    latencies_ns_[counts_->echoes++] = static_cast<std::uint32_t>(
        std::min<std::int64_t>(ns, std::numeric_limits<std::uint32_t>::max()));
    connection.came = 0;
    --in_flight_;
    if (connection.turn < load_->messages) waiting_.push_back(index);
    send_more();
  }

  void send_more() {
    while (in_flight_ < load_->in_flight && !waiting_.empty()) {
      const std::size_t index = waiting_.front();
      waiting_.pop_front();
      Connection& connection = connections_[index];
      const Payload payload = payload_of(load_->seed, index, connection.turn++);
      connection.sent = Clock::now();
      ++in_flight_;
      // An empty socket takes 64 bytes whole.
      if (send(connection.fd, payload.data(), payload.size(), MSG_NOSIGNAL) !=
          static_cast<ssize_t>(payload.size())) {
        lose(index);
      }
    }
  }

  bool exchange() {
    for (std::size_t i = 0; i < connections_.size(); ++i) waiting_.push_back(i);
    const auto start = Clock::now();
    send_more();
    const std::uint64_t all = load_->connections * load_->messages;
    if (!wait_until([&] { return counts_->echoes == all; })) return false;
    counts_->exchange_ns =
        static_cast<std::uint64_t>((Clock::now() - start) / std::chrono::nanoseconds(1));
    return counts_->wrong == 0 && counts_->closed == 0;
  }

  const EchoLoad* load_;
  EchoCounts* counts_;
  std::span<std::uint32_t> latencies_ns_;
  std::vector<Connection> connections_;
  std::deque<std::size_t> waiting_;
  std::size_t in_flight_ = 0;
  Clock::time_point deadline_;
  int epoll_;
};

}  // namespace

bool run_echo_client(const EchoLoad& load, EchoCounts& counts,
                     std::span<std::uint32_t> latencies_ns, const EchoSteps& steps) {
  return Client(load, counts, latencies_ns).run(steps);
}

}  // namespace assay
