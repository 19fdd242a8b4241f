#include <gtest/gtest.h>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/sanitized.h"
#include "models/thread/std_thread.h"
#include "properties/doctored.h"
#include "properties/impostor.h"
#include "properties/verdict_of.h"

namespace assay {
namespace {

Judged judged(Runtime& runtime) {
  ProbeOptions options;
  options.effort = Effort::kQuick;
  return judge_runtime(runtime, TraitId::kCommunication, options);
}

double number(const Observation& observation, std::string_view name) {
  const EvidenceValue* value = observation.evidence.find(name);
  return value != nullptr ? std::get<double>(*value) : -1;
}

/// Changes the receives of the program in which several send to one; barriers are left alone.
Doctored::Doctor of_long_programs(std::function<void(std::vector<Event*>&)> change) {
  return [change = std::move(change)](const Program& program, Trace& trace) {
    std::vector<Event*> receives;
    for (Event& event : trace.units[0].events) {
      if (program.units[0][event.step].op == Op::kReceive) receives.push_back(&event);
    }
    if (program.channels == 1 && receives.size() > 8) change(receives);
  };
}

TEST(Communication, NothingIsRunAfterAProgramThatHung) {
  int runs = 0;
  Doctored hanging(std_thread(), [&](const Program&, Trace& trace) {
    ++runs;
    trace.host = {EndKind::kGaveUp, 0, "after 20000 ms"};
  });
  EXPECT_EQ(judged(hanging).verdict.kind, VerdictKind::kRefuted);
  EXPECT_EQ(runs, 1);
}

/// A sanitizer makes a process tens of times slower, and the trace is changed here, not there.
std::vector<BodyRuntime*> doctored_runtimes() {
  if (kSanitized) return {&coroutine()};
  return {&fork_runtime(), &coroutine()};
}

void expect_allowed_by_nothing(Doctored::Doctor doctor, const std::string& because) {
  for (BodyRuntime* runtime : doctored_runtimes()) {
    Doctored wrong(*runtime, doctor);
    const Judged found = judged(wrong);
    EXPECT_EQ(found.verdict.kind, VerdictKind::kRefuted);
    EXPECT_TRUE(found.observation.allowed.empty());
    EXPECT_NE(found.verdict.reason.find(because), std::string::npos) << found.verdict.reason;
    EXPECT_FALSE(found.observation.counterexample.empty());
  }
}

TEST(Communication, MessagesOfProcessesCrossTheKernel) {
  const Judged process = judged(fork_runtime());
  EXPECT_EQ(process.verdict.kind, VerdictKind::kConfirmed) << process.observation.reason;
  EXPECT_EQ(process.observation.allowed, ValueSet{Communication::kIpc});
  // One write by the sender and one read by the receiver, which has length and content.
  EXPECT_NEAR(number(process.observation, "read_write_calls_per_8_B_message"), 2, 0.5);
  EXPECT_NEAR(number(process.observation, "kernel_copies_per_byte_at_64_KiB"), 2, 0.1);
}

TEST(Communication, ThreadsReadSharedMemoryInPlace) {
  const Judged thread = judged(std_thread());
  EXPECT_EQ(thread.verdict.kind, VerdictKind::kConfirmed) << thread.observation.reason;
  EXPECT_EQ(thread.observation.allowed, ValueSet{Communication::kSharedMemory});
  EXPECT_LT(number(thread.observation, "read_write_calls_per_8_B_message"), 0.5);
}

TEST(Communication, CoroutinesShareTheStateOfOneKernelTask) {
  const Judged coroutines = judged(coroutine());
  EXPECT_EQ(coroutines.verdict.kind, VerdictKind::kConfirmed) << coroutines.observation.reason;
  EXPECT_EQ(coroutines.observation.allowed, ValueSet{Communication::kSharedState});
}

TEST(Communication, ThreadsDeclaredAsProcessesAreRefuted) {
  Impostor impostor(std_thread(), fork_runtime());
  const Judged lie = judged(impostor);
  EXPECT_EQ(lie.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(lie.verdict.reason.find("reads the sender's heap in place"), std::string::npos)
      << lie.verdict.reason;
}

TEST(Communication, ProcessesDeclaredAsThreadsAreRefuted) {
  Impostor impostor(fork_runtime(), std_thread());
  EXPECT_EQ(judged(impostor).verdict.kind, VerdictKind::kRefuted);
}

TEST(Communication, CoroutinesDeclaredAsThreadsAreRefutedByTheirKernelTask) {
  Impostor impostor(coroutine(), std_thread());
  const Judged lie = judged(impostor);
  EXPECT_EQ(lie.verdict.kind, VerdictKind::kRefuted);
  EXPECT_NE(lie.verdict.reason.find("the same kernel task"), std::string::npos)
      << lie.verdict.reason;
}

TEST(Communication, AMessageTwiceIsAllowedByNothing) {
  const auto again = [](auto& receives) {
    receives[3]->value = receives[2]->value;
    receives[3]->aux = receives[2]->aux;
  };
  expect_allowed_by_nothing(of_long_programs(again), "had come before");
}

TEST(Communication, MessagesOutOfOrderAreAllowedByNothing) {
  const auto reverse = [](auto& receives) {
    for (std::size_t i = 0; i < receives.size() / 2; ++i) {
      std::swap(receives[i]->value, receives[receives.size() - 1 - i]->value);
      std::swap(receives[i]->aux, receives[receives.size() - 1 - i]->aux);
    }
  };
  expect_allowed_by_nothing(of_long_programs(reverse), "of the same sender was due");
}

TEST(Communication, ADamagedMessageIsAllowedByNothing) {
  expect_allowed_by_nothing(of_long_programs([](auto& receives) { receives[5]->aux |= kDamaged; }),
                            "damaged");
}

TEST(Communication, AMessageCutShortIsAllowedByNothing) {
  expect_allowed_by_nothing(of_long_programs([](auto& receives) { receives[5]->aux -= 1; }),
                            "bytes instead of");
}

/// Changes one message of a thousand, and programs of fewer not at all.
Doctored::Doctor each_thousandth(std::function<void(const Event& before, Event& one)> change) {
  return [change = std::move(change)](const Program& program, Trace& trace) {
    std::vector<Event*> receives;
    for (Event& event : trace.units[0].events) {
      const Step& step = program.units[0][event.step];
      if (step.op == Op::kReceive && step.cell == 0) receives.push_back(&event);
    }
    for (std::size_t i = 999; i < receives.size(); i += 1'000) {
      change(*receives[i - 1], *receives[i]);
    }
  };
}

TEST(Communication, OneOfAThousandMessagesTwiceIsAllowedByNothing) {
  expect_allowed_by_nothing(each_thousandth([](const Event& before, Event& one) {
                              one.value = before.value;
                              one.aux = before.aux;
                            }),
                            "had come before");
}

TEST(Communication, OneOfAThousandMessagesDamagedIsAllowedByNothing) {
  expect_allowed_by_nothing(each_thousandth([](const Event&, Event& one) { one.aux |= kDamaged; }),
                            "damaged");
}

TEST(Communication, DamageOfMessagesOfOnePageAloneIsAllowedByNothing) {
  expect_allowed_by_nothing(each_event(Op::kReceive,
                                       [](std::size_t, const Step&, Event& event) {
                                         if (event.aux == 4096) event.aux |= kDamaged;
                                       }),
                            "damaged");
}

}  // namespace
}  // namespace assay
