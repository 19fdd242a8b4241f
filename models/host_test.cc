#include "models/host.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <functional>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "models/shared_mapping.h"
#include "models/testing_limits.h"

namespace assay {
namespace {

/// Every test runs with a pid namespace, where one can be had, and without one.
struct Host : testing::TestWithParam<bool> {
  Host() {
    if (!GetParam()) without.emplace();
  }
  std::optional<WithoutPidNamespace> without;
};

INSTANTIATE_TEST_SUITE_P(Modes, Host, testing::Bool(), [](const auto& info) {
  return std::string(info.param ? "namespace" : "watcher");
});

HostResult run(const std::function<void()>& work) { return run_in_host({}, work); }

/// A pipe whose read end shows the end of the file when nobody holds the other end any more.
class Witness {
 public:
  Witness() {
    if (pipe(ends_.data()) != 0) throw std::runtime_error("no pipe");
  }
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  ~Witness() { close(ends_[0]); }

  /// To be called after the run: true when every process that had the pipe is gone.
  bool nobody_is_left() {
    close(ends_[1]);
    pollfd wait{ends_[0], POLLIN, 0};
    return poll(&wait, 1, 0) == 1 && (wait.revents & POLLHUP) != 0;
  }

 private:
  std::array<int, 2> ends_{};
};

TEST_P(Host, CanBeRunWithoutANamespace) {
  if (GetParam()) GTEST_SKIP() << "the other mode";
  EXPECT_FALSE(hosts_have_pid_namespace());
}

TEST_P(Host, CleanEndIsCompleted) {
  EXPECT_EQ(run([] {}).end.kind, EndKind::kCompleted);
}

TEST_P(Host, ExitCodeIsTold) {
  const End end = run([] { _exit(7); }).end;
  EXPECT_EQ(end.kind, EndKind::kExited);
  EXPECT_EQ(end.code, 7);
}

TEST_P(Host, SignalIsTold) {
  const End end = run([] { kill(getpid(), SIGKILL); }).end;
  EXPECT_EQ(end.kind, EndKind::kSignalled);
  EXPECT_EQ(end.code, SIGKILL);
}

TEST_P(Host, ExceptionIsTold) {
  const End end = run([] { throw std::runtime_error("out of luck"); }).end;
  EXPECT_EQ(end.kind, EndKind::kThrew);
  EXPECT_EQ(end.what, "out of luck");
}

TEST_P(Host, ExceptionOfAnyTypeIsTold) {
  EXPECT_EQ(run([] { throw 7; }).end.kind, EndKind::kThrew);
}

TEST_P(Host, HangIsGivenUp) {
  HostOptions options;
  options.bound = std::chrono::milliseconds(100);
  const End end = run_in_host(options, [] {
                    for (;;) pause();
                  }).end;
  EXPECT_EQ(end.kind, EndKind::kGaveUp);
  EXPECT_EQ(end.what, "after 100 ms");
}

TEST_P(Host, HangWithSignalsBlockedIsGivenUp) {
  HostOptions options;
  options.bound = std::chrono::milliseconds(100);
  Witness witness;
  const End end = run_in_host(options, [] {
                    sigset_t all;
                    sigfillset(&all);
                    sigprocmask(SIG_SETMASK, &all, nullptr);
                    for (;;) sleep(1000);
                  }).end;
  EXPECT_EQ(end.kind, EndKind::kGaveUp);
  EXPECT_TRUE(witness.nobody_is_left());
}

TEST_P(Host, TheLastOfTheOutputIsKept) {
  const HostResult result = run([] {
    for (int i = 0; i < 10'000; ++i) std::printf("line %d\n", i);
    std::fprintf(stderr, "the end\n");
  });
  EXPECT_EQ(result.output.size(), 16U * 1024);
  EXPECT_NE(result.output.find("line 9999\n"), std::string::npos);
  EXPECT_EQ(result.output.find("line 1\n"), std::string::npos);
}

TEST_P(Host, OutputOfAChildIsKept) {
  const HostResult result = run([] {
    if (fork() == 0) {
      if (write(STDERR_FILENO, "a child", 7) != 7) _exit(1);
      _exit(0);
    }
    wait(nullptr);
  });
  EXPECT_EQ(result.output, "a child");
}

TEST_P(Host, WhatItWroteToASharedMappingOutlivesIt) {
  const SharedMapping memory(sizeof(int));
  const End end = run([&] {
                    *memory.at<int>(0) = 42;
                    _exit(1);
                  }).end;
  EXPECT_EQ(end.kind, EndKind::kExited);
  EXPECT_EQ(*memory.at<int>(0), 42);
}

/// Forks a child that forks a grandchild that leaves the session, ignores every signal and stays.
void leave_orphans(int count) {
  for (int i = 0; i < count; ++i) {
    if (fork() != 0) continue;
    setsid();
    if (fork() != 0) _exit(0);
    for (int number = 1; number < NSIG; ++number) signal(number, SIG_IGN);
    for (;;) sleep(1000);
  }
}

TEST_P(Host, OrphansThatIgnoreSignalsAreRemoved) {
  Witness witness;
  const HostResult result = run([] { leave_orphans(20); });
  EXPECT_EQ(result.end.kind, EndKind::kCompleted) << result.output;
  EXPECT_TRUE(witness.nobody_is_left());
}

TEST_P(Host, OrphansOfAHostThatDiedAreRemoved) {
  Witness witness;
  const HostResult result = run([] {
    leave_orphans(20);
    kill(getpid(), SIGKILL);
  });
  EXPECT_EQ(result.end.kind, EndKind::kSignalled);
  EXPECT_TRUE(witness.nobody_is_left());
}

TEST_P(Host, AChainOfProcessesIsRemoved) {
  Witness witness;
  run([] {
    // The host ends; each link forks the next one and stays, out of reach of the host's group.
    constexpr int kLinks = 50;
    for (int link = 0; link < kLinks && fork() == 0; ++link) {
      setsid();
      if (link + 1 < kLinks) continue;
      for (;;) sleep(1000);
    }
    if (getsid(0) == getpid()) {
      for (;;) sleep(1000);
    }
  });
  EXPECT_TRUE(witness.nobody_is_left());
}

TEST_P(Host, LingersUntilTold) {
  const SharedMapping memory(sizeof(std::atomic<int>));
  auto& looks = *memory.at<std::atomic<int>>(0);
  HostOptions options;
  options.linger_bound = std::chrono::seconds(20);
  options.linger = [&] { return ++looks == 3; };
  EXPECT_TRUE(run_in_host(options, [] {}).end.ok());
  EXPECT_EQ(looks, 3);
}

TEST_P(Host, LingeringEndsAtItsBound) {
  HostOptions options;
  options.linger_bound = std::chrono::milliseconds(20);
  options.linger = [] { return false; };
  EXPECT_TRUE(run_in_host(options, [] {}).end.ok());
}

std::string refusal() {
  try {
    run([] {});
  } catch (const std::system_error& error) {
    return error.what();
  }
  return "";
}

TEST_P(Host, TooFewDescriptorsAreNamed) {
  if (kSanitizerNeedsDescriptors) GTEST_SKIP() << "UBSan cannot look at objects without a pipe";
  // From no descriptor more than there are to one too few.
  std::string text;
  for (rlim_t more = 0; more < 8; ++more) {
    const int next = dup(0);
    close(next);
    const SoftLimit limit(RLIMIT_NOFILE, static_cast<rlim_t>(next) + more);
    text = refusal();
    if (text.empty()) break;
    EXPECT_NE(text.find("the limit of descriptors is"), std::string::npos) << text;
    EXPECT_NE(text.find("`ulimit -n`"), std::string::npos) << text;
  }
  EXPECT_EQ(text, "") << "still refused with 7 more descriptors";
}

TEST_P(Host, OneHostRunsInAnother) {
  Witness witness;
  const HostResult result = run([] {
    const End inner = run([] { _exit(3); }).end;
    _exit(inner.code + 1);
  });
  EXPECT_EQ(result.end.code, 4) << result.output;
  EXPECT_TRUE(witness.nobody_is_left());
}

}  // namespace
}  // namespace assay
