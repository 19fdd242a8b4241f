#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "models/coroutine/coroutine.h"
#include "models/host.h"
#include "models/process/fork.h"
#include "models/sanitized.h"
#include "models/shared_mapping.h"
#include "models/thread/std_thread.h"
#include "properties/impostor.h"
#include "properties/live_units.h"
#include "properties/verdict_of.h"

namespace assay {
namespace {

Judged judged(Runtime& runtime, std::vector<Runtime*> rivals) {
  ProbeOptions options;
  options.effort = Effort::kQuick;
  options.rivals = std::move(rivals);
  return judge_runtime(runtime, TraitId::kScalability, options);
}

TEST(Scalability, CoroutinesTakeTheFewestBytes) {
  const Judged result = judged(coroutine(), {&fork_runtime(), &std_thread()});
  EXPECT_EQ(result.verdict.kind, VerdictKind::kConfirmed) << result.verdict.reason;
  EXPECT_LE(result.observation.figure.size(), 24U) << result.observation.figure;
  const auto* rungs = result.observation.evidence.find("ladder_units");
  ASSERT_NE(rungs, nullptr);
  EXPECT_GE(std::get<std::vector<double>>(*rungs).back(), 1'000);
}

TEST(Scalability, ThreadsAndProcessesFollowInThisOrder) {
  const Judged threads = judged(std_thread(), {&fork_runtime(), &coroutine()});
  const Judged processes = judged(fork_runtime(), {&std_thread(), &coroutine()});
  // A sanitizer's thread and a sanitizer's process are both far heavier, in no certain order.
  const VerdictKind expected = kSanitized ? threads.verdict.kind : VerdictKind::kConfirmed;
  EXPECT_EQ(threads.verdict.kind, expected) << threads.verdict.reason;
  for (const Judged* result : {&threads, &processes}) {
    EXPECT_TRUE(result->observation.measured) << result->observation.reason;
    EXPECT_FALSE(result->observation.allowed.contains(static_cast<std::uint8_t>(Rank::kHigh)))
        << result->observation.reason;
    EXPECT_NE(result->observation.evidence.find("next_limit"), nullptr);
  }
}

TEST(Scalability, AThreadThatPassesForACoroutineIsRefuted) {
  Impostor impostor(std_thread(), coroutine());
  const Judged result = judged(impostor, {&coroutine()});
  EXPECT_EQ(result.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(result.verdict.reason.find("more than coroutine"), std::string::npos)
      << result.verdict.reason;
}

/// Claims to run its units, and runs none.
class RunsNothing : public BodyRuntime {
 public:
  [[nodiscard]] const RuntimeInfo& info() const override { return info_; }

 protected:
  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds) override {
    for (Unit& unit : units) run.set_end(unit.index(), {EndKind::kCompleted, 0, ""});
  }

 private:
  RuntimeInfo info_{"runs_nothing",
                    Model::kCoroutine,
                    "C++",
                    "for this test",
                    {claim(Model::kCoroutine, TraitId::kScalability, Rank::kHigh, "high", "none")}};
};

TEST(Scalability, UnitsThatNeverLiveAreRefuted) {
  RunsNothing runtime;
  const Judged result = judged(runtime, {&std_thread()});
  EXPECT_EQ(result.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(result.verdict.reason.find("did not all live"), std::string::npos)
      << result.verdict.reason;
}

TEST(LiveUnits, AllAreAliveAtOnce) {
  for (BodyRuntime* runtime : {&fork_runtime(), &std_thread(), &coroutine()}) {
    const LiveUnits rung = run_live_units(*runtime, 20);
    EXPECT_TRUE(rung.complete) << runtime->info().name << ": " << rung.failure << rung.refusal;
    EXPECT_EQ(rung.alive, 20U);
    EXPECT_GT(rung.tree.pss_bytes, 0);
    EXPECT_GT(rung.tree.page_tables_bytes, 0);
  }
  EXPECT_EQ(run_live_units(fork_runtime(), 20).tree.processes, 21);
  EXPECT_GE(run_live_units(std_thread(), 20).tree.tasks, 21);
  EXPECT_EQ(run_live_units(coroutine(), 20).tree.processes, 1);
}

TEST(LiveUnits, ManyCoroutinesAreAliveAtOnce) {
  const std::size_t many = kSanitized ? 10'000 : 100'000;
  const LiveUnits rung = run_live_units(coroutine(), many);
  EXPECT_TRUE(rung.complete) << rung.failure << rung.refusal;
  EXPECT_EQ(rung.alive, many);
}

std::string pid_max() {
  std::ifstream file("/proc/sys/kernel/pid_max");
  std::string value;
  file >> value;
  return value;
}

TEST(LiveUnits, ARefusalIsNamedAndTouchesNobodyElse) {
  if (!namespaces_have_pid_max()) {
    GTEST_SKIP() << "a pid namespace has no limit of its own here (Linux 6.14, CAP_SYS_ADMIN)";
  }
  const std::string before = pid_max();
  const LiveUnits rung = run_live_units(fork_runtime(), 400, 350);
  EXPECT_FALSE(rung.complete);
  EXPECT_NE(rung.refusal.find("Resource temporarily unavailable"), std::string::npos)
      << rung.refusal << rung.failure;
  EXPECT_EQ(pid_max(), before);
}

TEST(MemoryUse, MemoryThatIsTouchedIsCountedOnce) {
  constexpr std::size_t kBytes = std::size_t{32} << 20U;
  const SharedMapping report(sizeof(std::int64_t) * 2);
  run_in_host({}, [&] {
    const std::string self = number_in_proc();
    report.at<std::int64_t>(0)[0] = memory_of_tree(self).pss_bytes;
    const SharedMapping memory(kBytes);
    for (std::size_t at = 0; at < kBytes; at += 4'096) memory.data()[at] = std::byte{1};
    report.at<std::int64_t>(0)[1] = memory_of_tree(self).pss_bytes;
  });
  const auto* pss = report.at<std::int64_t>(0);
  EXPECT_GE(pss[1] - pss[0], static_cast<std::int64_t>(kBytes));
  EXPECT_LT(pss[1] - pss[0], static_cast<std::int64_t>(4 * kBytes));
}

// Of the pages of its program a tree has a smaller part the more others run it just now.
TEST(MemoryUse, PagesOfFilesAreNotCounted) {
  const SharedMapping report(sizeof(std::int64_t) * 3);
  run_in_host({}, [&] {
    auto* pss = report.at<std::int64_t>(0);
    const std::string self = number_in_proc();
    const int program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    pss[2] = lseek(program, 0, SEEK_END);
    pss[0] = memory_of_tree(self).pss_bytes;
    const auto bytes = static_cast<std::size_t>(pss[2]);
    void* pages = mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE | MAP_POPULATE, program, 0);
    if (pages == MAP_FAILED) pss[2] = 0;
    pss[1] = memory_of_tree(self).pss_bytes;
  });
  const auto* pss = report.at<std::int64_t>(0);
  ASSERT_GT(pss[2], 1 << 20) << "this program could not be mapped";
  EXPECT_LT(pss[1] - pss[0], pss[2] / 4) << "mapped " << pss[2] << " bytes of a file";
}

TEST(MemoryUse, AProcessThatIsNotThereIsAnError) {
  EXPECT_THROW(memory_of_tree("0"), std::runtime_error);
}

}  // namespace
}  // namespace assay
