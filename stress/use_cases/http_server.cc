#include "stress/use_cases/http_server.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <system_error>

#include "models/shared_mapping.h"

namespace assay {
namespace {

constexpr std::string_view kPage =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nassay\n";
constexpr std::string_view kEndOfRequest = "\r\n\r\n";

struct Counts {
  std::atomic<std::uint64_t> requests;
  std::atomic<std::uint64_t> connections;
  int status;
};

bool would_block() { return errno == EAGAIN || errno == EINTR; }

struct Descriptor {
  explicit Descriptor(int opened) : fd(opened) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(fd); }
  int fd;
};

/// How many requests end within `text`; what follows the last of them stays in it.
std::uint64_t take_requests(std::string& text) {
  std::uint64_t count = 0;
  std::size_t end = 0;
  while ((end = text.find(kEndOfRequest)) != std::string::npos) {
    text.erase(0, end + kEndOfRequest.size());
    ++count;
  }
  return count;
}

/// What one unit does with one connection; a listener that was shut down has no more of them.
Task serve(Unit& unit, int listener, Counts& counts) {
  int accepted = -1;
  while ((accepted = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) < 0) {
    if (errno == EINVAL) co_return;
    if (!would_block() && errno != ECONNABORTED) {
      throw std::system_error(errno, std::generic_category(), "accept");
    }
    co_await unit.wait_fd(listener, POLLIN);
  }
  const Descriptor connection(accepted);
  const int yes = 1;
  setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  ++counts.connections;
  std::string text;
  std::array<char, 4'096> part;
  for (;;) {
    const ssize_t got = ::read(accepted, part.data(), part.size());
    if (got == 0 || (got < 0 && !would_block())) co_return;
    if (got < 0) {
      co_await unit.wait_fd(accepted, POLLIN);
      continue;
    }
    text.append(part.data(), static_cast<std::size_t>(got));
    for (std::uint64_t left = take_requests(text); left > 0; --left) {
      for (std::size_t sent = 0; sent < kPage.size();) {
        const ssize_t wrote =
            send(accepted, kPage.data() + sent, kPage.size() - sent, MSG_NOSIGNAL);
        if (wrote < 0 && !would_block()) co_return;
        if (wrote > 0) sent += static_cast<std::size_t>(wrote);
        if (wrote < 0) co_await unit.wait_fd(accepted, POLLOUT);
      }
      ++counts.requests;
    }
  }
}

/// The host's part: the listener before the units, the command beside them.
class Site {
 public:
  Site(const HttpOptions& options, Counts& counts) : options_(&options), counts_(&counts) {}

  void open() {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    if (listener_ < 0 ||
        bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
        listen(listener_, static_cast<int>(options_->connections)) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
      throw std::system_error(errno, std::generic_category(), "cannot listen on 127.0.0.1");
    }
    start_command(ntohs(address.sin_port));
  }

  void close_all() {
    while (waitpid(watcher_, nullptr, 0) < 0 && errno == EINTR) {
    }
    close(listener_);
  }

  [[nodiscard]] int listener() const { return listener_; }

 private:
  /// A process beside the units waits for the command, and then ends their wait for connections.
  void start_command(int port) {
    watcher_ = fork();
    if (watcher_ < 0) {
      throw std::system_error(errno, std::generic_category(), "cannot start the client");
    }
    if (watcher_ > 0) return;
    const pid_t command = fork();
    if (command == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      signal(SIGPIPE, SIG_DFL);
      setenv("PORT", std::to_string(port).c_str(), 1);
      execl("/bin/sh", "sh", "-c", options_->command.c_str(), nullptr);
      _exit(127);
    }
    while (command > 0 && waitpid(command, &counts_->status, 0) < 0 && errno == EINTR) {
    }
    shutdown(listener_, SHUT_RDWR);
    _exit(0);
  }

  const HttpOptions* options_;
  Counts* counts_;
  int listener_ = -1;
  pid_t watcher_ = -1;
};

}  // namespace

HttpResult run_http_server(BodyRuntime& runtime, const HttpOptions& options) {
  const SharedMapping memory(sizeof(Counts));
  auto& counts = *memory.at<Counts>(0);
  counts.status = -1;
  Site site(options, counts);
  Bodies bodies;
  bodies.count = options.connections;
  bodies.bound = options.bound;
  bodies.before = [&](std::byte*) { site.open(); };
  bodies.after = [&](std::byte*) { site.close_all(); };
  bodies.task = [&](Unit& unit) { return serve(unit, site.listener(), counts); };
  const BodyResult run = runtime.run_hosted(bodies);
  return {counts.requests, counts.connections, counts.status, run.output,
          run.completed() ? "" : run.failure()};
}

}  // namespace assay
