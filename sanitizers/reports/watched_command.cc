#include "sanitizers/reports/watched_command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace assay {
namespace {

constexpr int kSignalled = 128;

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { reset(); }

  int get() const { return fd_; }
  void reset(int fd = -1) {
    if (fd_ >= 0) close(fd_);
    fd_ = fd;
  }

 private:
  int fd_;
};

struct Pipe {
  Descriptor read;
  Descriptor write;

  Pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe");
    read.reset(ends[0]);
    write.reset(ends[1]);
  }
};

// The terminal's keys are for the command, and whoever reads its output may go; this process goes
// on, to explain.
class SignalsIgnored {
 public:
  SignalsIgnored() {
    interrupt_ = signal(SIGINT, SIG_IGN);
    quit_ = signal(SIGQUIT, SIG_IGN);
    pipe_ = signal(SIGPIPE, SIG_IGN);
  }
  SignalsIgnored(const SignalsIgnored&) = delete;
  SignalsIgnored& operator=(const SignalsIgnored&) = delete;
  ~SignalsIgnored() { restore(); }

  void restore() const {
    signal(SIGINT, interrupt_);
    signal(SIGQUIT, quit_);
    signal(SIGPIPE, pipe_);
  }

 private:
  sighandler_t interrupt_;
  sighandler_t quit_;
  sighandler_t pipe_;
};

// Before the options that the caller set, which win.
void ask_for(const char* variable, const std::string& options) {
  const char* set = std::getenv(variable);
  const std::string value = set == nullptr ? options : options + ":" + set;
  setenv(variable, value.c_str(), 1);
}

[[noreturn]] void become(const std::vector<std::string>& command, const Pipe& output,
                         const Pipe& error, int report) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  ask_for("TSAN_OPTIONS", "second_deadlock_stack=1");
  ask_for("UBSAN_OPTIONS", "print_stacktrace=1");
  dup2(output.write.get(), STDOUT_FILENO);
  dup2(error.write.get(), STDERR_FILENO);
  execvp(words[0], words.data());
  const int reason = errno;
  [[maybe_unused]] const ssize_t said = write(report, &reason, sizeof reason);
  _exit(127);
}

void pass_on(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(to, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // Whoever read it is gone; the explanation is still wanted.
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Passes on what is there; false at the end of the stream.
bool pump(Descriptor& from, Stream stream,
          const std::function<void(Stream, std::string_view)>& seen) {
  std::array<char, 65536> bytes{};
  const ssize_t size = read(from.get(), bytes.data(), bytes.size());
  if (size < 0 && errno == EINTR) return true;
  if (size <= 0) {
    from.reset();
    return false;
  }
  const std::string_view text(bytes.data(), static_cast<std::size_t>(size));
  pass_on(stream == Stream::kOutput ? STDOUT_FILENO : STDERR_FILENO, text);
  seen(stream, text);
  return true;
}

// Until both streams are at their end, or the command ended and they are empty.
void pump_all(Pipe& output, Pipe& error, int child,
              const std::function<void(Stream, std::string_view)>& seen) {
  bool ended = false;
  while (output.read.get() >= 0 || error.read.get() >= 0) {
    std::array<pollfd, 3> polled = {{{output.read.get(), POLLIN, 0},
                                     {error.read.get(), POLLIN, 0},
                                     {ended ? -1 : child, POLLIN, 0}}};
    const int ready = poll(polled.data(), polled.size(), ended ? 0 : -1);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0 || (ended && ready == 0)) return;
    if (polled[0].revents != 0) pump(output.read, Stream::kOutput, seen);
    if (polled[1].revents != 0) pump(error.read, Stream::kError, seen);
    if (polled[2].revents != 0) ended = true;
  }
}

}  // namespace

int watch_command(const std::vector<std::string>& command,
                  const std::function<void(Stream, std::string_view)>& seen) {
  Pipe output;
  Pipe error;
  Pipe report;
  const SignalsIgnored signals;
  const pid_t pid = fork();
  if (pid < 0) fail("fork");
  if (pid == 0) {
    signals.restore();
    become(command, output, error, report.write.get());
  }
  output.write.reset();
  error.write.reset();
  report.write.reset();
  const Descriptor child(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  int reason = 0;
  if (read(report.read.get(), &reason, sizeof reason) == sizeof reason) {
    waitpid(pid, nullptr, 0);
    errno = reason;
    fail(command.front());
  }
  pump_all(output, error, child.get(), seen);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) fail("waitpid");
  }
  return WIFSIGNALED(status) ? kSignalled + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace assay
