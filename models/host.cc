#include "models/host.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <system_error>
#include <vector>

#include "models/sanitized.h"
#include "models/shared_mapping.h"

#ifdef ASSAY_ASAN
#include <sanitizer/lsan_interface.h>
#endif

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

/// What the keeper tells the caller, in shared memory.
struct Report {
  int status;
  bool ended;
  bool gave_up;
  bool threw;
  char what[256];
};

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { reset(); }
  [[nodiscard]] int get() const { return fd_; }
  void reset() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

std::string limit_text(int error) {
  const bool descriptors = error == EMFILE || error == ENFILE;
  rlimit limit{};
  getrlimit(descriptors ? RLIMIT_NOFILE : RLIMIT_NPROC, &limit);
  const std::string value =
      limit.rlim_cur == RLIM_INFINITY ? "unlimited" : std::to_string(limit.rlim_cur);
  return descriptors ? "the limit of descriptors is " + value + " (raise it with `ulimit -n`)"
                     : "the limit of processes is " + value + " (raise it with `ulimit -u`)";
}

[[noreturn]] void refuse(int error) {
  throw std::system_error(
      error, std::generic_category(),
      "cannot start a host process; " + limit_text(error) + ", see `assay doctor`");
}

/// Makes the next fork the first process of a new pid namespace, and goes back when it dies.
class NextForkInNamespace {
 public:
  NextForkInNamespace()
      : own_(open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC)),
        active_(own_.get() >= 0 && unshare(CLONE_NEWPID) == 0) {}
  NextForkInNamespace(const NextForkInNamespace&) = delete;
  NextForkInNamespace& operator=(const NextForkInNamespace&) = delete;
  ~NextForkInNamespace() {
    if (active_) setns(own_.get(), CLONE_NEWPID);
  }
  [[nodiscard]] bool active() const { return active_; }

 private:
  Descriptor own_;
  bool active_;
};

void reset_signals() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  // SIGPIPE is an error of write, not the end of a host.
  signal(SIGPIPE, SIG_IGN);
}

[[noreturn]] void be_host(pid_t keeper, const std::function<void()>& work, Report& report) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != keeper) _exit(1);  // It died before it could take the host along.
  prctl(PR_SET_NAME, "assay-host");
  reset_signals();
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  try {
    work();
  } catch (const std::exception& error) {
    report.threw = true;
    std::strncpy(report.what, error.what(), sizeof(report.what) - 1);
  } catch (...) {
    report.threw = true;
    std::strncpy(report.what, "an exception that is no std::exception", sizeof(report.what) - 1);
  }
  std::fflush(nullptr);
#ifdef ASSAY_ASAN
  __lsan_do_leak_check();
#endif
  _exit(0);
}

/// The children of this process, as /proc shows them.
std::vector<pid_t> children() {
  std::ifstream list("/proc/thread-self/children");
  std::vector<pid_t> pids;
  for (pid_t pid = 0; list >> pid;) pids.push_back(pid);
  return pids;
}

/// Orphans come to a subreaper as children; children of children follow when those are gone.
void remove_all_children() {
  for (;;) {
    for (const pid_t pid : children()) kill(pid, SIGKILL);
    if (waitpid(-1, nullptr, 0) < 0 && errno == ECHILD) return;
  }
}

/// Reaps what ended; true when the host is among it.
bool reap(pid_t host, Report& report) {
  bool ended = false;
  int status = 0;
  for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (pid != host) continue;
    report.status = status;
    report.ended = ended = true;
  }
  return ended;
}

int milliseconds_until(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

Clock::time_point deadline_of(const HostOptions& options, Clock::time_point start) {
  if (options.bound_from_ns != nullptr) {
    start = std::max(start, Clock::time_point(std::chrono::nanoseconds(*options.bound_from_ns)));
  }
  return start + options.bound;
}

/// Waits for the host's end, its bound, or the caller's death.
void watch(pid_t host, int child_signals, int caller, const HostOptions& options, Report& report) {
  const auto start = Clock::now();
  for (;;) {
    const auto deadline = deadline_of(options, start);
    std::array<pollfd, 2> wait{{{child_signals, POLLIN, 0}, {caller, POLLIN, 0}}};
    poll(wait.data(), wait.size(), report.gave_up ? -1 : milliseconds_until(deadline));
    if (wait[1].revents != 0) return;  // The caller is gone.
    signalfd_siginfo info{};
    while (read(child_signals, &info, sizeof(info)) > 0) {
    }
    if (reap(host, report)) return;
    if (Clock::now() >= deadline_of(options, start) && !report.gave_up) {
      report.gave_up = true;
      kill(host, SIGKILL);
    }
  }
}

void linger(const HostOptions& options, int caller) {
  const auto deadline = Clock::now() + options.linger_bound;
  while (options.linger && !options.linger() && Clock::now() < deadline) {
    pollfd wait{caller, POLLIN, 0};
    if (poll(&wait, 1, 1) != 0) return;
  }
}

[[noreturn]] void be_keeper(bool first_of_namespace, int caller, const HostOptions& options,
                            const std::function<void()>& work, Report& report) {
  prctl(PR_SET_NAME, "assay-keeper");
  // The first process of a namespace takes all others with it; a subreaper must live to remove
  // them.
  if (first_of_namespace) prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  // Whatever is sent to the whole group (Ctrl-C, a hang-up) must not end the keeper before it has
  // cleaned up: it goes when its caller is gone.
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  sigset_t child_signal;
  sigemptyset(&child_signal);
  sigaddset(&child_signal, SIGCHLD);
  const int child_signals = signalfd(-1, &child_signal, SFD_NONBLOCK | SFD_CLOEXEC);
  if (child_signals < 0) _exit(errno);
  const pid_t self = getpid();
  const pid_t host = fork();
  if (host == 0) {
    close(child_signals);
    close(caller);
    be_host(self, work, report);
  }
  if (host < 0) _exit(errno);
  watch(host, child_signals, caller, options, report);
  if (report.ended) linger(options, caller);
  if (!first_of_namespace) remove_all_children();
  _exit(0);
}

std::string tail_of(int fd) {
  constexpr off_t kTail = off_t{16} * 1024;
  const off_t size = lseek(fd, 0, SEEK_END);
  const off_t from = std::max<off_t>(0, size - kTail);
  std::string text(static_cast<std::size_t>(std::max<off_t>(0, size - from)), '\0');
  const ssize_t got = pread(fd, text.data(), text.size(), from);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, got)));
  return text;
}

End end_of(const Report& report, const HostOptions& options) {
  if (report.gave_up) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(options.bound).count();
    return {EndKind::kGaveUp, 0, "after " + std::to_string(ms) + " ms"};
  }
  if (report.threw) return {EndKind::kThrew, 0, report.what};
  if (!report.ended) return {EndKind::kSignalled, SIGKILL, "its keeper was killed"};
  if (WIFSIGNALED(report.status)) return {EndKind::kSignalled, WTERMSIG(report.status), ""};
  const int code = WEXITSTATUS(report.status);
  return {code == 0 ? EndKind::kCompleted : EndKind::kExited, code, ""};
}

}  // namespace

HostResult run_in_host(const HostOptions& options, const std::function<void()>& work) {
  const SharedMapping memory(sizeof(Report));
  auto& report = *memory.at<Report>(0);
  std::array<int, 2> alive{};
  if (pipe2(alive.data(), O_CLOEXEC) != 0) refuse(errno);
  const Descriptor read_end(alive[0]);
  Descriptor write_end(alive[1]);
  const Descriptor output(memfd_create("assay-output", MFD_CLOEXEC));
  if (output.get() < 0) refuse(errno);
  std::fflush(nullptr);
  pid_t keeper = -1;
  int error = 0;
  {
    const NextForkInNamespace space;
    keeper = fork();
    if (keeper == 0) {
      write_end.reset();
      dup2(output.get(), STDOUT_FILENO);
      dup2(output.get(), STDERR_FILENO);
      be_keeper(space.active(), read_end.get(), options, work, report);
    }
    error = errno;
  }
  if (keeper < 0) refuse(error);
  int status = 0;
  while (waitpid(keeper, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0) refuse(WEXITSTATUS(status));
  return {end_of(report, options), tail_of(output.get())};
}

bool hosts_have_pid_namespace() {
  const NextForkInNamespace space;
  return space.active();
}

}  // namespace assay
