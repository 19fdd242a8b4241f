#include <gtest/gtest.h>

#include <cfenv>
#include <memory>
#include <utility>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"
#include "properties/doctored.h"
#include "properties/impostor.h"
#include "properties/mutants/threads.h"
#include "properties/verdict_of.h"

namespace assay {
namespace {

Judged judged(Runtime& runtime) {
  ProbeOptions options;
  options.effort = Effort::kQuick;
  return judge_runtime(runtime, TraitId::kRegisters, options);
}

TEST(Registers, OwnIsUnrefutedForProcessesAndThreads) {
  for (Runtime* runtime : {&fork_runtime(), &std_thread()}) {
    const Judged own = judged(*runtime);
    EXPECT_EQ(own.verdict.kind, VerdictKind::kUnrefuted) << own.observation.reason;
    EXPECT_EQ(own.observation.allowed, ValueSet{Ownership::kOwn});
  }
}

TEST(Registers, FloatingPointModesOfCoroutinesAreShared) {
  const Judged shared = judged(coroutine());
  EXPECT_EQ(shared.verdict.kind, VerdictKind::kConfirmed) << shared.observation.reason;
  EXPECT_NE(shared.observation.reason.find("rounding mode"), std::string::npos);
}

TEST(Registers, CoroutinesDeclaredAsThreadsAreRefutedByTheRoundingMode) {
  Impostor impostor(coroutine(), std_thread());
  const Judged lie = judged(impostor);
  EXPECT_EQ(lie.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(lie.verdict.reason.find("rounding mode"), std::string::npos) << lie.verdict.reason;
}

TEST(Registers, ThreadsDeclaredAsCoroutinesAreRefuted) {
  Impostor impostor(std_thread(), coroutine());
  EXPECT_EQ(judged(impostor).verdict.kind, VerdictKind::kRefuted);
}

TEST(Registers, ASwitchThatLosesAGeneralRegisterIsNamed) {
  Doctored careless(std_thread(),
                    each_event(Op::kRegisters, [](std::size_t unit, const Step&, Event& event) {
                      if (unit == 1) event.value = 1;
                    }));
  const Judged found = judged(careless);
  EXPECT_EQ(found.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(found.verdict.reason.find("callee-saved registers"), std::string::npos)
      << found.verdict.reason;
}

/// Threads that lose the rounding mode in one of the ways to give way, and in no other.
class LosesRounding : public MutantThreads {
 public:
  enum class In { kSleep, kWait, kReceive };
  explicit LosesRounding(In in) : MutantThreads("loses_rounding"), in_(in) {}

 private:
  static void lose() { std::fesetround(FE_UPWARD); }

  class Switches : public KernelSwitching {
   public:
    explicit Switches(In in) : in_(in) {}
    void sleep_for(std::chrono::nanoseconds duration) override {
      KernelSwitching::sleep_for(duration);
      if (in_ == In::kSleep) lose();
    }
    void wait_fd(int fd, short events) override {
      KernelSwitching::wait_fd(fd, events);
      if (in_ == In::kWait) lose();
    }

   private:
    In in_;
  };

  class Receives : public WaitingChannel {
   public:
    bool receive_blocking(Message& message) override {
      const bool received = WaitingChannel::receive_blocking(message);
      lose();
      return received;
    }
  };

  std::unique_ptr<Switching> make_switching(Run&) override {
    return std::make_unique<Switches>(in_);
  }
  std::unique_ptr<Channel> make_channel() override {
    if (in_ == In::kReceive) return std::make_unique<Receives>();
    return MutantThreads::make_channel();
  }

  In in_;
};

TEST(Registers, ARoundingModeThatOneKindOfWaitLosesRefutesOwn) {
  using In = LosesRounding::In;
  for (const auto& [in, what] :
       {std::pair(In::kSleep, "slept and found changed: the rounding mode"),
        std::pair(In::kWait, "waited for a descriptor and found changed"),
        std::pair(In::kReceive, "waited for a message and found changed")}) {
    LosesRounding loses(in);
    const Judged found = judged(loses);
    EXPECT_EQ(found.verdict.kind, VerdictKind::kRefuted) << what;
    EXPECT_NE(found.verdict.reason.find(what), std::string::npos) << found.verdict.reason;
  }
}

}  // namespace
}  // namespace assay
