#include "models/process/process_costs.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <vector>

#include "models/pinning.h"

namespace assay {
namespace {

/// A child proves by its exit status that it ran.
constexpr int kRan = 42;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// 1 if the child ran and ended as it should, else 0.
std::uint64_t wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return 0;
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == kRan ? 1 : 0;
}

/// Alone in its frame: the child of vfork runs on this stack until it exits.
[[gnu::noinline]] pid_t vfork_and_exit() {
  // The child does nothing but end, which is all that vfork allows.
  const pid_t child = vfork();  // NOLINT(bugprone-unsafe-functions)
  if (child == 0) _exit(kRan);
  return child;
}

std::uint64_t vfork_and_join(std::uint64_t rounds) {
  std::uint64_t ran = 0;
  for (std::uint64_t i = 0; i < rounds; ++i) {
    const pid_t child = vfork_and_exit();
    if (child < 0) fail("vfork");
    ran += wait_for(child);
  }
  return ran;
}

class Pipe {
 public:
  Pipe() {
    if (pipe2(ends_.data(), O_CLOEXEC) != 0) fail("pipe2");
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  void close_end(std::size_t end) {
    if (ends_.at(end) >= 0) close(ends_.at(end));
    ends_.at(end) = -1;
  }
  void keep_reader() { close_end(1); }
  void keep_writer() { close_end(0); }
  [[nodiscard]] bool receive(std::uint64_t& turn) const {
    return ::read(ends_[0], &turn, sizeof(turn)) == sizeof(turn);
  }
  [[nodiscard]] bool send(std::uint64_t turn) const {
    return ::write(ends_[1], &turn, sizeof(turn)) == sizeof(turn);
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

class ProcessCosts : public NativeCosts {
 public:
  std::uint64_t create_and_join(std::uint64_t rounds, std::uint64_t batch) override {
    std::uint64_t ran = 0;
    std::vector<pid_t> children;
    children.reserve(batch);
    for (std::uint64_t r = 0; r < rounds; ++r) {
      for (std::uint64_t i = 0; i < batch; ++i) {
        const pid_t child = fork();
        if (child == 0) _exit(kRan);
        if (child < 0) {
          const int error = errno;
          join_all(children);
          errno = error;
          fail("fork");
        }
        children.push_back(child);
      }
      ran += join_all(children);
    }
    return ran;
  }

  /// The turn that goes through the pipes counts the switches.
  std::uint64_t ping_pong(std::uint64_t switches, int core_a, int core_b) override {
    const Pinned pinned(core_a);
    Pipe there;
    Pipe back;
    const pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
      there.keep_reader();
      back.keep_writer();
      echo(there, back, core_b);
    }
    there.keep_writer();
    back.keep_reader();
    std::uint64_t turn = 0;
    while (turn < switches) {
      if (!there.send(turn + 1) || !back.receive(turn)) break;
    }
    there.close_end(1);
    return wait_for(child) == 1 ? turn : 0;
  }

  [[nodiscard]] std::vector<CostVariant> variants() override {
    return {{"vfork", true, [](std::uint64_t units, int) { return vfork_and_join(units); }}};
  }

 private:
  static std::uint64_t join_all(std::vector<pid_t>& children) {
    std::uint64_t ran = 0;
    for (const pid_t child : children) ran += wait_for(child);
    children.clear();
    return ran;
  }

  [[noreturn]] static void echo(const Pipe& there, const Pipe& back, int core) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    if (sched_setaffinity(0, sizeof(one), &one) != 0) _exit(1);
    std::uint64_t turn = 0;
    while (there.receive(turn)) {
      if (!back.send(turn + 1)) _exit(1);
    }
    _exit(kRan);
  }
};

}  // namespace

NativeCosts& process_costs() {
  static ProcessCosts costs;
  return costs;
}

}  // namespace assay
