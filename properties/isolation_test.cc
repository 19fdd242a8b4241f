#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/process/pipe_channel.h"
#include "models/sanitized.h"
#include "models/thread/std_thread.h"
#include "properties/doctored.h"
#include "properties/impostor.h"
#include "properties/verdict_of.h"

namespace assay {
namespace {

Judged observe(Runtime& runtime, std::vector<Runtime*> rivals) {
  ProbeOptions options;
  options.effort = Effort::kQuick;
  options.rivals = std::move(rivals);
  return judge_runtime(runtime, TraitId::kIsolation, options);
}

std::vector<std::string> rows(const Judged& judged) {
  return std::get<std::vector<std::string>>(*judged.observation.evidence.find("faults"));
}

/// Processes that all end when one of them ends by a signal of a certain kind.
class SinkTogether : public BodyRuntime {
 public:
  SinkTogether(std::string name, int signal) : info_(fork_runtime().info()), signal_(signal) {
    info_.name = std::move(name);
  }
  [[nodiscard]] const RuntimeInfo& info() const override { return info_; }

 private:
  std::unique_ptr<Channel> make_channel() override { return std::make_unique<PipeChannel>(); }
  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds) override {
    KernelSwitching switching;
    run.switching = &switching;
    std::vector<pid_t> pids;
    for (Unit& unit : units) {
      const pid_t pid = fork();
      if (pid == 0) be(unit);
      pids.push_back(pid);
    }
    int status = 0;
    for (pid_t pid = 0; (pid = wait(&status)) > 0;) {
      const auto unit = std::ranges::find(pids, pid) - pids.begin();
      const bool signalled = WIFSIGNALED(status);
      run.set_end(static_cast<std::size_t>(unit),
                  signalled ? End{EndKind::kSignalled, WTERMSIG(status), ""}
                            : End{EndKind::kCompleted, 0, ""});
      if (!signalled || WTERMSIG(status) != signal_) continue;
      for (const pid_t other : pids) kill(other, SIGKILL);
    }
  }
  [[noreturn]] static void be(Unit& unit) noexcept {
    unit.run_to_end();
    _exit(0);
  }

  RuntimeInfo info_;
  int signal_;
};

TEST(Isolation, OfProcessesIsHigh) {
  const Judged judged = observe(fork_runtime(), {&std_thread(), &coroutine()});
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kConfirmed) << judged.observation.reason;
  EXPECT_EQ(judged.observation.figure, "18/18 contained") << testing::PrintToString(rows(judged));
}

TEST(Isolation, OfThreadsIsMedium) {
  const Judged judged = observe(std_thread(), {&fork_runtime(), &coroutine()});
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kConfirmed)
      << judged.observation.reason << testing::PrintToString(rows(judged));
}

TEST(Isolation, OfCoroutinesIsLow) {
  const Judged judged = observe(coroutine(), {&fork_runtime(), &std_thread()});
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kConfirmed)
      << judged.observation.reason << testing::PrintToString(rows(judged));
}

TEST(Isolation, CoroutinesThatClaimItAreRefuted) {
  Impostor impostor(coroutine(), fork_runtime());
  const Judged judged = observe(impostor, {&std_thread(), &fork_runtime()});
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kRefuted);
  EXPECT_THAT(judged.verdict.reason, testing::HasSubstr("rivals: std_thread: "));
  EXPECT_THAT(judged.observation.counterexample, testing::HasSubstr("fault"));
}

TEST(Isolation, ProcessesThatASignalOfOneEndsAreRefuted) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer reports such a signal and ends the unit by exit";
  for (const auto& [signal, name] : {std::pair{SIGBUS, "SIGBUS"}, std::pair{SIGFPE, "SIGFPE"}}) {
    SinkTogether together(std::string("sunk_by_") + name, signal);
    const Judged judged = observe(together, {&std_thread(), &coroutine()});
    EXPECT_EQ(judged.verdict.kind, VerdictKind::kRefuted) << judged.observation.reason;
    EXPECT_THAT(judged.verdict.reason,
                testing::HasSubstr(std::string("the first that spread is ") + name));
  }
}

TEST(Isolation, ProcessesThatEndAloneByASignalAreNotRefuted) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer reports such a signal and ends the unit by exit";
  SinkTogether alone("sunk_by_nothing", 0);
  const Judged judged = observe(alone, {&std_thread(), &coroutine()});
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kConfirmed) << judged.observation.reason;
  EXPECT_THAT(rows(judged), testing::Contains("signals: contained (by 16 units)"));
}

TEST(Isolation, NeedsRivals) {
  const Judged judged = observe(coroutine(), {});
  EXPECT_FALSE(judged.observation.measured);
}

TEST(Isolation, AFaultThatDoesNothingIsNotContained) {
  // Units complete whatever happens to them, and see no change.
  Doctored immune(fork_runtime(), [](const Program&, Trace& trace) {
    for (UnitTrace& unit : trace.units) {
      unit.end = {EndKind::kCompleted, 0, ""};
      for (Event& event : unit.events) event.value = 0;
    }
  });
  const Judged judged = observe(immune, {&std_thread(), &coroutine()});
  EXPECT_FALSE(judged.observation.measured) << judged.observation.reason;
  EXPECT_THAT(rows(judged), testing::Each(testing::HasSubstr("not injected")));
}

TEST(Isolation, AChangedSiblingIsNotContained) {
  // The last thing that a sibling looks at is not what it was.
  // A name of its own, by which a matrix is kept.
  Impostor other(fork_runtime(), fork_runtime());
  Doctored leaky(other, [](const Program& program, Trace& trace) {
    for (std::size_t u = 1; u < trace.units.size(); ++u) {
      for (Event& event : trace.units[u].events) {
        if (event.step + 1 == program.units[u].size()) event.value += 1;
      }
    }
  });
  const Judged judged = observe(leaky, {&fork_runtime(), &std_thread()});
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kRefuted) << judged.observation.reason;
  EXPECT_THAT(rows(judged), testing::Contains(testing::HasSubstr("found umask changed from")));
}

/// A matrix is kept by name and seed.
ProbeOptions at_two_and_a_thousand_units(std::uint64_t seed) {
  ProbeOptions options;
  options.seed = seed;
  options.effort = Effort::kQuick;
  options.units = {2, 1'000};
  options.rivals = {&coroutine()};
  return options;
}

TEST(Isolation, AFaultThatSpreadsAmongAThousandUnitsIsNotContained) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer's units are at most 64";
  Impostor other(fork_runtime(), fork_runtime());
  Doctored leaky(other, [](const Program& program, Trace& trace) {
    if (program.units.size() == 1'000 && trace.completed())
      trace.units.back().events.back().value += 1;
  });
  const Judged judged = judge_runtime(leaky, TraitId::kIsolation, at_two_and_a_thousand_units(1));
  EXPECT_THAT(rows(judged),
              testing::Contains(testing::HasSubstr("umask: spread (unit 999 found umask changed")));
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kRefuted) << judged.observation.reason;
}

TEST(Isolation, ALimitOnTheNumberOfUnitsIsNamedAndSpoilsNothing) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer's units are at most 64";
  Impostor other(fork_runtime(), fork_runtime());
  Doctored limited(other, [](const Program& program, Trace& trace) {
    if (program.units.size() == 1'000) {
      trace.units.back().end = {EndKind::kNotStarted, 0, "fork: no more processes"};
    }
  });
  const Judged judged = judge_runtime(limited, TraitId::kIsolation, at_two_and_a_thousand_units(2));
  EXPECT_EQ(judged.observation.figure, "18/18 contained") << testing::PrintToString(rows(judged));
  const auto* limit = judged.observation.evidence.find("limit");
  ASSERT_NE(limit, nullptr);
  EXPECT_THAT(std::get<std::string>(*limit),
              testing::AllOf(testing::HasSubstr("at 1000 units"),
                             testing::HasSubstr("fork: no more processes")));
}

TEST(Isolation, SeparateMemoryIsNoWallAgainstProcessVmWritev) {
  const Judged judged = observe(fork_runtime(), {&coroutine()});
  const auto* attack = judged.observation.evidence.find("process_vm_writev_into_starter");
  ASSERT_NE(attack, nullptr);
  EXPECT_THAT(std::get<std::string>(*attack),
              testing::AnyOf("succeeded", testing::HasSubstr("refused")));
}

}  // namespace
}  // namespace assay
