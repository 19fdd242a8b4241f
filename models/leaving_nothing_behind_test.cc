// A run that is ended from outside, at any moment, leaves no process, no zombie and no file.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <random>
#include <thread>

#include "models/coroutine/coroutine.h"
#include "models/host.h"
#include "models/process/fork.h"
#include "models/testing_audit.h"
#include "models/testing_limits.h"
#include "models/thread/std_thread.h"

namespace assay {
namespace {

/// Units that stay for longer than any moment of this test, and orphans of theirs.
void run_long_units(std::uint64_t turn) {
  Program program;
  program.channels = 1;
  program.units = {{sleep(100'000'000'000)}, {spin(100'000'000'000)}, {yield(100)}, {receive(0)}};
  // Most runs last; some end at once, so that also the moments between two runs are met.
  if (turn % 2 == 0) program.units.resize(1), program.units[0] = {yield(2)};
  const std::array<BodyRuntime*, 3> runtimes{&fork_runtime(), &std_thread(), &coroutine()};
  if (turn % 8 != 7) {
    static_cast<void>(runtimes.at(turn % runtimes.size())->run(program));
    return;
  }
  run_in_host({}, [] {
    for (int i = 0; i < 4; ++i) {
      if (fork() != 0) continue;
      setsid();
      if (fork() != 0) _exit(0);
      for (;;) sleep(1000);
    }
    for (;;) sleep(1000);
  });
}

[[noreturn]] void be_victim(int started, std::uint64_t seed) {
  setpgid(0, 0);
  if (::write(started, "x", 1) != 1) _exit(1);
  for (std::uint64_t turn = seed;; ++turn) run_long_units(turn);
}

struct Moment {
  int signal;
  bool to_group;
  bool with_namespace;
};

struct LeavingNothingBehind : VictimsFolder {
  /// Starts a victim and ends it after a random time below 40 ms.
  void end_at(const Moment& moment, std::mt19937_64& random) {
    std::array<int, 2> held{};
    ASSERT_EQ(pipe(held.data()), 0);
    const std::uint64_t seed = random();
    const pid_t victim = fork();
    if (victim == 0) {
      close(held[0]);
      if (chdir(folder.c_str()) != 0) _exit(1);
      if (moment.with_namespace) be_victim(held[1], seed);
      const WithoutPidNamespace without;
      be_victim(held[1], seed);
    }
    close(held[1]);
    char started = 0;
    ASSERT_EQ(::read(held[0], &started, 1), 1);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 40'000));
    ASSERT_EQ(kill(moment.to_group ? -victim : victim, moment.signal), 0);
    audit(held[0]);
    close(held[0]);
  }
};

constexpr std::uint64_t kSeed = 20261123;
constexpr int kMoments = 24;

TEST_F(LeavingNothingBehind, KilledAtAnyMomentInANamespace) {
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < kMoments && !HasFailure(); ++i) end_at({SIGKILL, false, true}, random);
}

TEST_F(LeavingNothingBehind, KilledAtAnyMomentUnderAWatcher) {
  std::mt19937_64 random(kSeed + 1);
  for (int i = 0; i < kMoments && !HasFailure(); ++i) end_at({SIGKILL, false, false}, random);
}

TEST_F(LeavingNothingBehind, InterruptedLikeFromATerminal) {
  std::mt19937_64 random(kSeed + 2);
  for (int i = 0; i < kMoments && !HasFailure(); ++i) end_at({SIGINT, true, i % 2 == 0}, random);
}

TEST_F(LeavingNothingBehind, TerminatedAloneOrWithItsGroup) {
  std::mt19937_64 random(kSeed + 3);
  for (int i = 0; i < kMoments && !HasFailure(); ++i) {
    end_at({SIGTERM, i % 4 < 2, i % 2 == 0}, random);
  }
}

TEST_F(LeavingNothingBehind, TheAuditSeesAProcessThatStays) {
  std::array<int, 2> held{};
  ASSERT_EQ(pipe(held.data()), 0);
  const pid_t stays = fork();
  if (stays == 0) {
    for (;;) sleep(1000);
  }
  close(held[1]);
  pollfd wait{held[0], POLLIN, 0};
  EXPECT_EQ(poll(&wait, 1, 50), 0);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), 0);
  kill(stays, SIGKILL);
  audit(held[0]);
  close(held[0]);
}

}  // namespace
}  // namespace assay
