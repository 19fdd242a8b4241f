#include "models/drivers/spawn_costs.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <system_error>

#include "models/pinning.h"

namespace assay {
namespace {

/// An image proves by its exit status that it ran.
constexpr int kRan = 42;
constexpr const char* kExit = "exit";
constexpr const char* kEcho = "echo";

[[noreturn]] void fail(int error, const char* what) {
  throw std::system_error(error, std::generic_category(), what);
}

/// 1 if the child ran and ended as it should, else 0.
std::uint64_t wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return 0;
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == kRan ? 1 : 0;
}

bool send(int fd, std::uint64_t turn) { return ::write(fd, &turn, sizeof(turn)) == sizeof(turn); }

bool receive(int fd, std::uint64_t& turn) {
  return ::read(fd, &turn, sizeof(turn)) == sizeof(turn);
}

class Pipe {
 public:
  Pipe() {
    if (pipe2(ends_.data(), O_CLOEXEC) != 0) fail(errno, "pipe2");
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  [[nodiscard]] int reading() const { return ends_[0]; }
  [[nodiscard]] int writing() const { return ends_[1]; }
  void close_end(std::size_t end) {
    if (ends_.at(end) >= 0) close(ends_.at(end));
    ends_.at(end) = -1;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

/// The CPU time so far of a process; 0: the caller. Nothing where it cannot be told.
std::optional<std::chrono::nanoseconds> cpu_time_of(pid_t pid) {
  clockid_t clock{};
  timespec used{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0) return {};
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

/// Of the caller and of a child.
std::optional<std::chrono::nanoseconds> cpu_time_with(pid_t child) {
  const auto own = cpu_time_of(0);
  const auto of_child = cpu_time_of(child);
  if (!own || !of_child) return {};
  return *own + *of_child;
}

/// A descriptor that a fresh image inherits, while the object lives.
class Inherited {
 public:
  explicit Inherited(int fd) : fd_(fd) { fcntl(fd_, F_SETFD, 0); }
  Inherited(const Inherited&) = delete;
  Inherited& operator=(const Inherited&) = delete;
  ~Inherited() { fcntl(fd_, F_SETFD, FD_CLOEXEC); }
  [[nodiscard]] std::string text() const { return std::to_string(fd_); }

 private:
  int fd_;
};

[[noreturn]] void echo(int from, int to, int core) {
  pin_to(core);
  std::uint64_t turn = 0;
  while (receive(from, turn)) {
    if (!send(to, turn + 1)) _exit(1);
  }
  _exit(kRan);
}

class SpawnCosts : public NativeCosts {
 public:
  std::uint64_t create_and_join(std::uint64_t rounds, std::uint64_t batch) override {
    took_.reset();
    used_.reset();
    std::uint64_t ran = 0;
    std::vector<pid_t> children;
    children.reserve(batch);
    for (std::uint64_t r = 0; r < rounds; ++r) {
      int error = 0;
      for (std::uint64_t i = 0; i < batch && error == 0; ++i) {
        pid_t child = 0;
        error = spawn_self(child, {kExit, ""});
        if (error == 0) children.push_back(child);
      }
      for (const pid_t child : children) ran += wait_for(child);
      children.clear();
      if (error != 0) fail(error, "posix_spawn");
    }
    return ran;
  }

  /// The turn that goes through the pipes counts the switches.
  std::uint64_t ping_pong(std::uint64_t switches, int core_a, int core_b) override {
    const Pinned pinned(core_a);
    Pipe there;
    Pipe back;
    pid_t child = 0;
    {
      const Inherited from(there.reading());
      const Inherited to(back.writing());
      const int error = spawn_self(child, {kEcho, from.text(), to.text(), std::to_string(core_b)});
      if (error != 0) fail(error, "posix_spawn");
    }
    there.close_end(0);
    back.close_end(1);
    std::uint64_t turn = 0;
    // The first turn waits until the image is loaded, a thousand times longer than a switch.
    const bool there_is = send(there.writing(), turn + 1) && receive(back.reading(), turn);
    const auto used = cpu_time_with(child);
    const auto start = std::chrono::steady_clock::now();
    const std::uint64_t first = turn;
    while (there_is && turn < first + switches) {
      if (!send(there.writing(), turn + 1) || !receive(back.reading(), turn)) break;
    }
    took_ = std::chrono::steady_clock::now() - start;
    const auto used_now = cpu_time_with(child);
    used_.reset();
    if (used && used_now) used_ = *used_now - *used;
    there.close_end(1);
    return wait_for(child) == 1 ? turn - first : 0;
  }

  [[nodiscard]] std::optional<std::chrono::nanoseconds> own_time() const override { return took_; }
  [[nodiscard]] std::optional<std::chrono::nanoseconds> own_cpu_time() const override {
    return used_;
  }

 private:
  // Of the turns alone.
  std::optional<std::chrono::nanoseconds> took_;
  std::optional<std::chrono::nanoseconds> used_;
};

}  // namespace

int spawn_self(pid_t& pid, std::vector<std::string> arguments) {
  std::vector<char*> argv{const_cast<char*>(kSpawnedName)};
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  const int error = posix_spawn(&pid, "/proc/self/exe", nullptr, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  return error;
}

void be_spawned_for_costs(int argc, char** argv) {
  if (argc == 5 && std::strcmp(argv[1], kEcho) == 0) {
    echo(std::atoi(argv[2]), std::atoi(argv[3]), std::atoi(argv[4]));
  }
  _exit(std::strcmp(argv[1], kExit) == 0 ? kRan : 1);
}

NativeCosts& spawn_costs() {
  static SpawnCosts costs;
  return costs;
}

}  // namespace assay
