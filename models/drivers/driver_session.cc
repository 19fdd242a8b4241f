#include "models/drivers/driver_session.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string_view>
#include <system_error>

#include "models/drivers/answer_lines.h"
#include "models/drivers/exec.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

/// Giving up is the caller's: a session lives as long as it is used.
constexpr std::chrono::hours kSession{24};

/// What can be done without waiting: POLLIN, POLLOUT; 0 after `patience`.
short ready(int fd, short events, std::chrono::nanoseconds patience) {
  pollfd wait{fd, events, 0};
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(patience).count();
  poll(&wait, 1, static_cast<int>(std::clamp<std::int64_t>(ms, 0, 1 << 30)));
  return wait.revents;
}

/// Appends what has come. False at the end.
bool read_some(int fd, std::string& text) {
  std::array<char, 65536> some{};
  const ssize_t got = ::recv(fd, some.data(), some.size(), MSG_DONTWAIT);
  if (got > 0) text.append(some.data(), static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
}

}  // namespace

/// What the guard tells, in shared memory.
struct DriverSession::Ending {
  int refusal;
  bool known;
  EndKind kind;
  int code;
  std::array<char, 256> what;
};

DriverSession::DriverSession(const std::vector<std::string>& command)
    : memory_(sizeof(Ending)), owner_(getpid()) {
  errors_ = memfd_create("assay-driver-errors", MFD_CLOEXEC);
  // A socket: writing to a driver that died is an error, not a signal.
  std::array<int, 2> ends{};
  if (errors_ < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    if (errors_ >= 0) close(errors_);
    throw std::system_error(errno, std::generic_category(), "start a driver");
  }
  fd_ = ends[0];
  std::fflush(nullptr);
  guard_ = fork();
  if (guard_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != owner_) _exit(1);
    close(fd_);
    keep(command, ends[1]);
    _exit(0);
  }
  const int error = errno;
  close(ends[1]);
  if (guard_ > 0) return;
  close(fd_);
  close(errors_);
  throw std::system_error(error, std::generic_category(),
                          "cannot start a driver; raise RLIMIT_NPROC (ulimit -u)");
}

DriverSession::~DriverSession() {
  close(fd_);
  close(errors_);
  if (guard_ <= 0 || !is_own()) return;
  kill(guard_, SIGKILL);
  waitpid(guard_, nullptr, 0);
}

DriverSession::Ending& DriverSession::ending() const { return *memory_.at<Ending>(0); }

bool DriverSession::is_own() const { return owner_ == getpid(); }

std::string DriverSession::errors() const {
  constexpr off_t kShown = 4096;
  const off_t size = lseek(errors_, 0, SEEK_END);
  const off_t from = std::max<off_t>(0, size - kShown);
  std::string text(static_cast<std::size_t>(std::max<off_t>(0, size - from)), '\0');
  const ssize_t got = pread(errors_, text.data(), text.size(), from);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, got)));
  return text;
}

int DriverSession::refusal() const { return ending().refusal; }

/// The life of the guard. Its keeper removes the driver when the guard is gone.
void DriverSession::keep(const std::vector<std::string>& command, int requests) const {
  Ending& told = ending();
  HostResult host;
  try {
    host = run_in_host({.bound = kSession, .linger = {}, .linger_bound = {}}, [&] {
      dup2(errors_, STDERR_FILENO);
      told.refusal = become(command, requests, requests);
    });
  } catch (const std::exception& error) {
    host.end = {EndKind::kThrew, 0, error.what()};
  }
  told.kind = host.end.kind;
  told.code = host.end.code;
  host.end.what.copy(told.what.data(), told.what.size() - 1);
  told.known = true;
}

DriverSession::Answer DriverSession::ask(const std::string& request,
                                         std::chrono::nanoseconds patience,
                                         std::size_t most_bytes) {
  Answer answer;
  const auto deadline = Clock::now() + patience;
  while (ready(fd_, POLLIN, {}) != 0 && Clock::now() < deadline) {
    answer.ended = !read_some(fd_, answer.text);
    answer.unasked = !answer.ended && !lines_of(answer.text).first.empty();
    if (answer.ended || answer.unasked) return answer;
    answer.text.clear();
  }
  const std::string line = request + "\n";
  std::string_view left = line;
  while (answer.text.size() <= most_bytes) {
    const short events = left.empty() ? POLLIN : POLLIN | POLLOUT;
    const short able = ready(fd_, events, deadline - Clock::now());
    if (able == 0) break;
    if ((able & POLLOUT) != 0) {
      const ssize_t took = ::send(fd_, left.data(), left.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (took > 0) left.remove_prefix(static_cast<std::size_t>(took));
    }
    if ((able & ~POLLOUT) == 0) continue;
    answer.ended = !read_some(fd_, answer.text);
    if (answer.ended) break;
    if (answer.text.empty() || answer.text.back() != '\n') continue;
    const Lines lines = lines_of(answer.text);
    if (lines.first.empty()) continue;
    if (lines.more.empty()) {
      answer.text = std::string(lines.first);
      answer.whole = true;
      ++answered_;
    }
    break;
  }
  return answer;
}

HostResult DriverSession::end(const Answer& answer, std::chrono::nanoseconds patience) {
  if (!answer.ended) kill(guard_, SIGKILL);
  while (waitpid(guard_, nullptr, 0) < 0 && errno == EINTR) {
  }
  guard_ = -1;
  const Ending& told = ending();
  if (answer.ended && told.known) return {{told.kind, told.code, told.what.data()}, errors()};
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
  return {{EndKind::kGaveUp, 0, "after " + std::to_string(ms) + " ms"}, errors()};
}

}  // namespace assay
