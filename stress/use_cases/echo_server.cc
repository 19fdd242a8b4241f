#include "stress/use_cases/echo_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <system_error>

#include "models/coroutine/coroutine.h"
#include "models/shared_mapping.h"
#include "properties/low_limit.h"
#include "properties/statistics.h"
#include "stress/use_cases/echo_client.h"
#include "stress/use_cases/tree_memory.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

/// Descriptors that a process needs beside its connections.
constexpr std::size_t kOtherDescriptors = 64;

std::uint64_t number_in(const char* path, std::uint64_t otherwise) {
  std::ifstream file(path);
  std::uint64_t number = 0;
  return file >> number ? number : otherwise;
}

/// Closes a connection without leaving it in TIME_WAIT: its client has all it wants.
class Connection {
 public:
  explicit Connection(int fd) : fd_(fd) {
    const int yes = 1;
    const linger at_once{1, 0};
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { close(fd_); }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

/// True when an operation on a socket is to be done again after a wait.
bool would_block() { return errno == EAGAIN || errno == EINTR; }

/// The server: what one unit does with one connection. A client that gave up closes the listener.
Task serve(Unit& unit, int listener) {
  int accepted = -1;
  while ((accepted = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) < 0) {
    if (errno == EINVAL) co_return;
    if (!would_block() && errno != ECONNABORTED) {
      throw std::system_error(errno, std::generic_category(), "accept");
    }
    co_await unit.wait_fd(listener, POLLIN);
  }
  const Connection connection(accepted);
  std::array<char, 2 * kEchoBytes> bytes;
  std::size_t held = 1;
  bytes[0] = '+';
  for (;;) {
    for (std::size_t sent = 0; sent < held;) {
      const ssize_t part = send(connection.fd(), bytes.data() + sent, held - sent, MSG_NOSIGNAL);
      if (part < 0 && !would_block()) co_return;
      if (part > 0) sent += static_cast<std::size_t>(part);
      if (part < 0) co_await unit.wait_fd(connection.fd(), POLLOUT);
    }
    // A client answers later than at once: a read before the wait would only say so.
    ssize_t got = -1;
    do {
      co_await unit.wait_fd(connection.fd(), POLLIN);
      got = ::read(connection.fd(), bytes.data(), bytes.size());
    } while (got < 0 && would_block());
    if (got < 0) co_return;
    if (got == 0) co_return;
    held = static_cast<std::size_t>(got);
  }
}

/// Sends a few bytes to a client whose socket has room for them; false when it is gone.
bool send_whole(int fd, const char* bytes, std::size_t count) {
  for (std::size_t sent = 0; sent < count;) {
    const ssize_t part = send(fd, bytes + sent, count - sent, MSG_NOSIGNAL);
    if (part < 0 && !would_block()) return false;
    if (part > 0) sent += static_cast<std::size_t>(part);
  }
  return true;
}

/// The server by hand: one loop, level-triggered, with no more system calls than it takes.
class HandLoop {
 public:
  HandLoop(const std::vector<int>& listeners, std::size_t connections)
      : epoll_(epoll_create1(EPOLL_CLOEXEC)), left_(connections), listeners_(listeners) {
    for (const int listener : listeners) watch(listener);
  }
  HandLoop(const HandLoop&) = delete;
  HandLoop& operator=(const HandLoop&) = delete;
  ~HandLoop() { close(epoll_); }

  void run() {
    std::array<epoll_event, 256> events{};
    while (left_ > 0) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) handle(events.at(static_cast<std::size_t>(i)).data.fd);
    }
  }

 private:
  void watch(int fd) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) {
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
  }

  void handle(int fd) {
    if (std::find(listeners_.begin(), listeners_.end(), fd) != listeners_.end()) {
      accept_all(fd);
    } else {
      echo(fd);
    }
  }

  void accept_all(int listener) {
    int fd = -1;
    while ((fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
      const int yes = 1;
      const linger at_once{1, 0};
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
      setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
      watch(fd);
      if (!send_whole(fd, "+", 1)) end(fd);
    }
    // The client gave up: those that it did not open will not come.
    if (errno == EINVAL) left_ = 0;
  }

  void echo(int fd) {
    std::array<char, 2 * kEchoBytes> bytes;
    const ssize_t got = ::read(fd, bytes.data(), bytes.size());
    if (got < 0 && would_block()) return;
    if (got <= 0 || !send_whole(fd, bytes.data(), static_cast<std::size_t>(got))) end(fd);
  }

  void end(int fd) {
    close(fd);
    --left_;
  }

  int epoll_;
  std::size_t left_;  ///< Connections that have not ended.
  const std::vector<int>& listeners_;
};

struct Memory {
  EchoCounts counts;
  std::int64_t client_switches;
  std::int64_t all_switches;
  std::uint64_t bytes_before;
  std::uint64_t bytes_open;
};

/// Of this process, or of those that it waited for.
std::int64_t switches(__rusage_who who) {
  rusage usage{};
  getrusage(who, &usage);
  return usage.ru_nvcsw + usage.ru_nivcsw;
}

/// The host's part: listeners before the units, the client beside them.
class Site {
 public:
  Site(const EchoOptions& options, Memory& memory, std::span<std::uint32_t> latencies)
      : memory_(&memory), latencies_(latencies) {
    load_.connections = options.connections;
    load_.messages = options.messages;
    load_.seed = options.seed;
    load_.bound = options.bound;
  }

  void open() {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    listen_all();
    start_client();
  }

  void close_all() {
    waitpid(client_, nullptr, 0);
    memory_->all_switches = switches(RUSAGE_SELF) + switches(RUSAGE_CHILDREN);
    for (const int listener : listeners_) close(listener);
  }

  [[nodiscard]] const std::vector<int>& listeners() const { return listeners_; }
  [[nodiscard]] int listener_of(std::size_t unit) const {
    return listeners_.at(unit / load_.per_port);
  }

 private:
  /// As many listeners as it takes for every connection to wait in a backlog for its unit: a
  /// connection that finds a full one is tried again by TCP after a second.
  void listen_all() {
    load_.per_port = number_in("/proc/sys/net/core/somaxconn", 128);
    while (listeners_.size() * load_.per_port < load_.connections) listen_one();
  }

  void listen_one() {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    if (listener < 0 ||
        bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
        listen(listener, static_cast<int>(load_.per_port)) != 0 ||
        getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
      throw std::system_error(errno, std::generic_category(), "cannot listen on 127.0.0.1");
    }
    listeners_.push_back(listener);
    load_.ports.push_back(ntohs(address.sin_port));
  }

  void start_client() {
    const std::string server = own_proc_name();
    std::array<int, 2> ready{};
    if (pipe2(ready.data(), O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
    client_ = fork();
    if (client_ == 0) {
      close(ready[0]);
      be_client(server, ready[1]);
    }
    close(ready[1]);
    if (client_ < 0) {
      throw std::system_error(errno, std::generic_category(), "cannot start the client");
    }
    char byte = 0;
    // Also returns when the client gave up: it closes the pipe.
    while (::read(ready[0], &byte, 1) < 0 && errno == EINTR) {
    }
    close(ready[0]);
  }

  [[noreturn]] void be_client(const std::string& server, int ready) {
    const std::string own = own_proc_name();
    EchoSteps steps;
    steps.all_connected = [&] {
      memory_->bytes_before = tree_pss_bytes(server, own);
      close(ready);
    };
    steps.all_greeted = [&] { memory_->bytes_open = tree_pss_bytes(server, own); };
    run_echo_client(load_, memory_->counts, latencies_, steps);
    memory_->client_switches = switches(RUSAGE_SELF);
    // Units that still wait for a connection shall not: this ends the wait of all processes.
    for (const int listener : listeners_) shutdown(listener, SHUT_RDWR);
    _exit(0);
  }

  Memory* memory_;
  std::span<std::uint32_t> latencies_;
  EchoLoad load_;
  std::vector<int> listeners_;
  pid_t client_ = -1;
};

std::vector<double> histogram_of(std::span<const std::uint32_t> latencies_ns) {
  constexpr int kBuckets = 20;
  std::vector<double> counts(kBuckets);
  for (const std::uint32_t ns : latencies_ns) {
    counts.at(std::min(kBuckets - 1, static_cast<int>(std::bit_width(ns / 1'000)))) += 1;
  }
  return counts;
}

void take_figures(const Memory& memory, std::span<const std::uint32_t> latencies,
                  EchoResult& result) {
  result.held = memory.counts.greeted;
  result.echoes = memory.counts.echoes;
  result.switches = memory.all_switches - memory.client_switches;
  if (memory.bytes_open > memory.bytes_before) {
    result.bytes_per_connection = static_cast<double>(memory.bytes_open - memory.bytes_before) /
                                  static_cast<double>(result.connections);
  }
  if (result.echoes == 0) return;
  const auto seen = latencies.first(result.echoes);
  std::vector<double> us;
  us.reserve(seen.size());
  for (const std::uint32_t ns : seen) us.push_back(ns / 1e3);
  result.p50_us = percentile(us, 0.5);
  result.p99_us = percentile(us, 0.99);
  result.p999_us = percentile(us, 0.999);
  result.histogram = histogram_of(seen);
  if (memory.counts.exchange_ns > 0) {
    result.echoes_per_s =
        static_cast<double>(result.echoes) * 1e9 / static_cast<double>(memory.counts.exchange_ns);
  }
}

void decide(const BodyResult& run, const EchoCounts& counts, const EchoOptions& options,
            EchoResult& result) {
  const std::string of = std::to_string(options.connections);
  const auto refused = std::find_if(run.ends.begin(), run.ends.end(), [](const End& end) {
    return end.kind == EndKind::kNotStarted;
  });
  const int error = counts.error;
  result.outcome = UseCaseOutcome::kFailed;
  if (counts.connected < options.connections && error != 0) {
    result.outcome = UseCaseOutcome::kUndecided;
    result.reason = "the client could open " + std::to_string(counts.connected) + " of " + of +
                    " connections: " + strerror(error);
  } else if (refused != run.ends.end() && run.host.ok()) {
    result.outcome = UseCaseOutcome::kUndecided;
    result.reason = "not all of " + of + " units could be started: one " + to_string(*refused);
  } else if (const std::string limit = run.completed() ? "" : low_limit(run.ends.size());
             !limit.empty()) {
    result.outcome = UseCaseOutcome::kUndecided;
    result.reason = run.failure() + ", and " + limit;
  } else if (counts.wrong != 0) {
    result.reason = "an echo had other bytes than its message";
  } else if (result.held < options.connections) {
    result.reason = "expected " + of + " connections open at once, found " +
                    std::to_string(result.held) + "; " + run.failure();
  } else if (result.echoes < options.connections * options.messages) {
    result.reason = "expected " + std::to_string(options.connections * options.messages) +
                    " echoes, found " + std::to_string(result.echoes) + "; " + run.failure();
  } else if (!run.completed()) {
    result.reason = "every echo was right, but not every unit ended: " + run.failure();
  } else {
    result.outcome = UseCaseOutcome::kWorked;
    result.reason = of + " connections were open at once and every echo was right";
  }
}

}  // namespace

ConnectionLimit connections_allowed(std::size_t wanted) {
  rlimit files{};
  rlimit processes{};
  getrlimit(RLIMIT_NOFILE, &files);
  getrlimit(RLIMIT_NPROC, &processes);
  ConnectionLimit allowed{wanted, ""};
  const auto lower = [&](std::uint64_t limit, const char* name) {
    if (limit >= allowed.connections) return;
    allowed = {static_cast<std::size_t>(limit),
               name + std::string(" allows ") + std::to_string(limit)};
  };
  lower(files.rlim_max - std::min<std::uint64_t>(files.rlim_max, kOtherDescriptors),
        "RLIMIT_NOFILE (hard)");
  // Half of what there is, since others run here too; user 0 has no RLIMIT_NPROC.
  if (geteuid() != 0) lower(processes.rlim_cur / 2, "RLIMIT_NPROC");
  lower(number_in("/proc/sys/kernel/threads-max", wanted * 2) / 2, "kernel.threads-max");
  lower(number_in("/proc/sys/kernel/pid_max", wanted * 2) / 2, "kernel.pid_max");
  return allowed;
}

namespace {

/// Runs `units` units of a body that is made once the site is known.
EchoResult run_site(BodyRuntime& runtime, const EchoOptions& options, std::size_t units,
                    const std::function<TaskBody(const Site&)>& make_body) {
  EchoResult result;
  result.connections = options.connections;
  const std::size_t echoes = options.connections * options.messages;
  const SharedMapping mapping(sizeof(Memory) + echoes * sizeof(std::uint32_t));
  auto& memory = *mapping.at<Memory>(0);
  const std::span latencies(mapping.at<std::uint32_t>(sizeof(Memory)), echoes);
  Site site(options, memory, latencies);
  Bodies bodies;
  bodies.count = units;
  // The client gives up first, and tells the units.
  bodies.bound = options.bound + std::chrono::seconds(5);
  bodies.before = [&](std::byte*) { site.open(); };
  bodies.after = [&](std::byte*) { site.close_all(); };
  bodies.task = make_body(site);
  const auto start = Clock::now();
  const BodyResult run = runtime.run_hosted(bodies);
  result.wall_ns = (Clock::now() - start) / std::chrono::nanoseconds(1);
  take_figures(memory, latencies, result);
  decide(run, memory.counts, options, result);
  return result;
}

}  // namespace

EchoResult run_echo_server(BodyRuntime& runtime, const EchoOptions& options) {
  return run_site(runtime, options, options.connections, [](const Site& site) -> TaskBody {
    return [&site](Unit& unit) { return serve(unit, site.listener_of(unit.index())); };
  });
}

EchoResult run_echo_by_hand(const EchoOptions& options) {
  return run_site(coroutine(), options, 1, [&](const Site& site) -> TaskBody {
    return [&](Unit&) -> Task {
      HandLoop(site.listeners(), options.connections).run();
      co_return;
    };
  });
}

}  // namespace assay
