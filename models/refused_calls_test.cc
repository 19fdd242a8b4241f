// The Nth system call of a kind is refused, for every N that small programs reach: each time either
// nothing is lost, or a message says what the machine refused; what was measured before is kept,
// what comes after is right again, and nothing is left behind.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/shared_mapping.h"
#include "models/testing_refusals.h"
#include "models/thread/std_thread.h"

namespace assay {
namespace {

/// The C library forks by clone(2) and starts threads by clone3(2).
const std::array<CallKind, 6> kKinds{
    {{"fork", {SYS_fork, SYS_vfork, SYS_clone}, EAGAIN},
     {"clone", {SYS_clone3}, EAGAIN},
     {"mmap", {SYS_mmap}, ENOMEM},
     {"pipe", {SYS_pipe, SYS_pipe2}, EMFILE},
     {"open", {SYS_open, SYS_openat, SYS_memfd_create, SYS_signalfd4}, EMFILE},
     {"epoll_create", {SYS_epoll_create, SYS_epoll_create1}, EMFILE}}};

/// Messages, a sleep and a lock between four units.
Program small_program() {
  Program program;
  program.channels = 2;
  program.locks = 1;
  program.bound_ns = 2'000'000'000;
  program.units = {{send(0, 41), receive(1), await_end(2)},
                   {receive(0), send(1, 42, 70'000)},
                   {lock(0), add(Region::kSharedMapping, 0, 1), unlock(0), sleep(1'000)},
                   {lock(0), add(Region::kSharedMapping, 0, 1), unlock(0), yield(2)}};
  return program;
}

/// Units that wait for a descriptor, as the scheduler of coroutines does with epoll.
BodyResult wait_for_descriptors(BodyRuntime& runtime) {
  std::array<int, 2> ends{};
  Bodies bodies;
  bodies.count = 4;
  bodies.reports = 4;
  bodies.bound = std::chrono::seconds(2);
  bodies.before = [&](std::byte*) {
    if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
      throw std::system_error(errno, std::generic_category(), "pipe2 of the test");
    }
  };
  bodies.task = [&](Unit& unit) -> Task {
    if (unit.index() == 0) {
      co_await unit.yield();
      static_cast<void>(!::write(ends[1], "four", 4));
      co_return;
    }
    co_await unit.wait_fd(ends[0], POLLIN);
    char byte = 0;
    unit.report(static_cast<std::uint64_t>(::read(ends[0], &byte, 1)));
  };
  bodies.after = [&](std::byte*) {
    for (const int end : ends) close(end);
  };
  return runtime.run_hosted(bodies);
}

/// What a child leaves behind.
struct Board {
  int completed;  ///< Runs whose every unit completed and whose values were right.
  int refused;    ///< Runs that said what was refused.
  std::array<char, 512> wrong;
};

void blame(Board& board, const std::string& what) {
  if (board.wrong[0] == '\0')
    std::strncpy(board.wrong.data(), what.c_str(), board.wrong.size() - 1);
}

/// Whether a text says what the machine refused, in words for which there is a manual page.
bool names_refusal(std::string_view text) {
  constexpr std::array<std::string_view, 4> kWords{"Resource temporarily unavailable",
                                                   "Cannot allocate memory", "Too many open files",
                                                   "bad_alloc"};
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  });
}

void count(Board& board, bool completed, const std::string& failure) {
  if (completed) {
    ++board.completed;
  } else if (names_refusal(failure)) {
    ++board.refused;
  } else {
    blame(board, "expected a message that says what was refused, found '" + failure + "'");
  }
}

std::string wrong_values(const Trace& trace) {
  if (trace.units[1].at(0)->value != 41 || trace.units[0].at(1)->value != 42) {
    return "a message had another value than its sender gave it";
  }
  return "";
}

void run_once(BodyRuntime& runtime, bool descriptors, Board& board) {
  try {
    if (descriptors) {
      const BodyResult result = wait_for_descriptors(runtime);
      return count(board, result.completed(), result.failure() + result.output);
    }
    const Trace trace = runtime.run(small_program());
    if (trace.completed()) blame(board, wrong_values(trace));
    count(board, trace.completed(), trace.failure() + trace.output);
  } catch (const std::exception& error) {
    count(board, false, error.what());
  }
}

/// Without a system call that may be refused.
int open_descriptors() {
  constexpr int kMost = 256;
  int count = 0;
  for (int fd = 0; fd < kMost; ++fd) count += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
  return count;
}

/// Two runs, one of which meets the refusal.
int run_and_audit(BodyRuntime& runtime, bool descriptors, Board& board) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const int before = open_descriptors();
  for (int i = 0; i < 2; ++i) run_once(runtime, descriptors, board);
  if (const int after = open_descriptors(); after != before) {
    blame(board, std::to_string(before) + " descriptors before the runs, " + std::to_string(after) +
                     " after them");
  }
  if (waitpid(-1, nullptr, WNOHANG) >= 0 || errno != ECHILD) blame(board, "a process is left");
  return 0;
}

struct RefusedCalls : testing::TestWithParam<BodyRuntime*> {
  /// For every N: returns the calls that the program makes without a refusal.
  void refuse_each(const CallKind& kind, bool descriptors) {
    std::uint64_t met = 0;
    for (std::uint64_t nth = 0; !HasFailure(); ++nth) {
      const SharedMapping memory(sizeof(Board));
      auto& board = *memory.at<Board>(0);
      const Refusals refusals =
          with_refusal(kind, nth, [&] { return run_and_audit(*GetParam(), descriptors, board); });
      if (!refusals.watched) GTEST_SKIP() << "this kernel has no seccomp_unotify(2)";
      const std::string which = std::string(kind.name) + " number " + std::to_string(nth + 1) +
                                " refused with " + strerror(kind.error) + ": ";
      EXPECT_FALSE(refusals.gave_up) << which << "the runs did not end within a minute";
      EXPECT_EQ(refusals.status, 0) << which << "expected the process to survive";
      EXPECT_STREQ(board.wrong.data(), "") << which;
      EXPECT_GE(board.completed, 1) << which << "expected the other run to be right";
      if (!refusals.refused) break;
      ++met;
    }
    std::printf("%s: %llu refused one by one\n", kind.name, static_cast<unsigned long long>(met));
    std::fflush(stdout);
  }
};

std::string name_of(const testing::TestParamInfo<BodyRuntime*>& info) {
  return info.param->info().name;
}

INSTANTIATE_TEST_SUITE_P(All, RefusedCalls,
                         testing::Values(&fork_runtime(), &std_thread(), &coroutine()), name_of);

TEST_P(RefusedCalls, OfEveryKindAreNamedInAProgram) {
  for (const CallKind& kind : kKinds) refuse_each(kind, false);
}

TEST_P(RefusedCalls, OfEveryKindAreNamedWhereUnitsWaitForDescriptors) {
  for (const CallKind& kind : kKinds) refuse_each(kind, true);
}

}  // namespace
}  // namespace assay
