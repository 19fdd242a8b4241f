#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <memory>
#include <mutex>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"
#include "properties/impostor.h"
#include "properties/mutants/threads.h"
#include "properties/verdict_of.h"

namespace assay {
namespace {

Judged observe(Runtime& runtime) {
  ProbeOptions options;
  options.effort = Effort::kQuick;
  // On a busy machine it takes a while until two units get a core each.
  options.duration = std::chrono::seconds(5);
  return judge_runtime(runtime, TraitId::kParallelism, options);
}

bool one_core() {
  cpu_set_t allowed;
  sched_getaffinity(0, sizeof(allowed), &allowed);
  return CPU_COUNT(&allowed) < 2;
}

/// Runs every program on one core.
class Pinned : public Runtime {
 public:
  explicit Pinned(Runtime& runtime) : runtime_(&runtime), info_(runtime.info()) {
    info_.name += "_pinned";
  }
  [[nodiscard]] const RuntimeInfo& info() const override { return info_; }
  Trace run(const Program& program) override {
    Program pinned = program;
    pinned.one_core = true;
    return runtime_->run(pinned);
  }

 private:
  Runtime* runtime_;
  RuntimeInfo info_;
};

/// Threads of which the first two run at once, and of the others one after another.
class FirstTwoAtOnce : public MutantThreads {
 public:
  FirstTwoAtOnce() : MutantThreads("first_two_at_once") {}

 private:
  void live(Unit& unit) override {
    if (unit.index() < 2) return unit.run_to_end();
    const std::lock_guard hold(lock_);
    holds_ = true;
    unit.run_to_end();
    holds_ = false;
  }
  /// A channel whose receiver yields, and so lets go of the lock.
  std::unique_ptr<Channel> make_channel() override { return std::make_unique<QueueChannel>(); }
  std::unique_ptr<Switching> make_switching(Run&) override {
    return std::make_unique<LetsGo>(lock_);
  }

  class LetsGo : public KernelSwitching {
   public:
    explicit LetsGo(std::mutex& lock) : lock_(&lock) {}
    void yield() override {
      if (holds_) lock_->unlock();
      KernelSwitching::yield();
      if (holds_) lock_->lock();
    }

   private:
    std::mutex* lock_;
  };

  static inline thread_local bool holds_ = false;
  std::mutex lock_;
};

/// Neither is wrong on a machine that never ran two processes at once; both say so.
bool too_busy(const Judged& judged) {
  const bool undecided = judged.verdict.kind == VerdictKind::kInconclusive;
  return undecided && judged.observation.reason.starts_with("the machine is too busy");
}

struct Parallelism : testing::Test {
  void SetUp() override {
    if (one_core()) GTEST_SKIP() << "needs two cores, has one";
  }
};

TEST_F(Parallelism, ProcessesRunAtOnce) {
  const Judged judged = observe(fork_runtime());
  if (too_busy(judged)) GTEST_SKIP() << judged.observation.reason;
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kConfirmed) << judged.observation.reason;
}

TEST_F(Parallelism, ThreadsRunAtOnce) {
  const Judged judged = observe(std_thread());
  if (too_busy(judged)) GTEST_SKIP() << judged.observation.reason;
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kConfirmed) << judged.observation.reason;
}

TEST_F(Parallelism, CoroutinesRunOneAtATime) {
  const Judged judged = observe(coroutine());
  if (too_busy(judged)) GTEST_SKIP() << judged.observation.reason;
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kUnrefuted) << judged.observation.reason;
}

TEST_F(Parallelism, CoroutinesThatClaimItAreRefuted) {
  Impostor impostor(coroutine(), fork_runtime());
  const Judged judged = observe(impostor);
  if (too_busy(judged)) GTEST_SKIP() << judged.observation.reason;
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kRefuted);
  EXPECT_THAT(judged.verdict.reason, testing::HasSubstr("units never met while both ran"));
}

TEST_F(Parallelism, ThreadsThatDenyItAreRefuted) {
  Impostor impostor(std_thread(), coroutine());
  const Judged judged = observe(impostor);
  if (too_busy(judged)) GTEST_SKIP() << judged.observation.reason;
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kRefuted);
  EXPECT_THAT(judged.verdict.reason, testing::HasSubstr("times units answered each other"));
}

TEST_F(Parallelism, ThreadsOnOneCoreAreRefuted) {
  Pinned pinned(std_thread());
  const Judged judged = observe(pinned);
  if (too_busy(judged)) GTEST_SKIP() << judged.observation.reason;
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kRefuted) << judged.observation.reason;
}

TEST_F(Parallelism, ThreadsThatPassABatonAreRefuted) {
  Runtime& threads = *find_mutant("hidden_lock")->runtime;
  const Judged judged = observe(threads);
  if (too_busy(judged)) GTEST_SKIP() << judged.observation.reason;
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kRefuted) << judged.observation.reason;
}

TEST_F(Parallelism, ThreadsOfWhichOnlyTheFirstRunAtOnceAreRefuted) {
  FirstTwoAtOnce threads;
  const Judged judged = observe(threads);
  if (too_busy(judged)) GTEST_SKIP() << judged.observation.reason;
  EXPECT_EQ(judged.verdict.kind, VerdictKind::kRefuted) << judged.observation.reason;
  EXPECT_THAT(judged.verdict.reason, testing::HasSubstr("the first units run at once, but in 16"));
}

}  // namespace
}  // namespace assay
