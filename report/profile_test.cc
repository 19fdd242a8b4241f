#include "report/profile.h"

#include <gtest/gtest.h>

#include <sstream>

#include "report/fake_runtime.h"

namespace assay {
namespace {

FakeRuntime& silent() {
  static FakeRuntime runtime("silent", {});
  return runtime;
}

/// What was observed of a trait, by a runtime that declares nothing.
Result seen(TraitId id, ValueSet allowed, const std::string& reason) {
  Result result;
  result.runtime = "silent";
  result.claim = no_claim(silent(), trait(id));
  result.observation.allowed = allowed;
  result.observation.tries = 12;
  result.observation.reason = reason;
  result.command = "assay profile --runtime=silent";
  return result;
}

std::string profile_of(const std::vector<Result>& results) {
  return profile(silent(), results, {});
}

void expect_in(const std::string& part, const std::string& whole) {
  EXPECT_NE(whole.find(part), std::string::npos) << whole;
}

TEST(Profile, SaysTheValueThatRemainsWithItsMeaningAndReason) {
  Result result =
      seen(TraitId::kMemorySpace, {MemorySpace::kSeparate}, "no write of a sibling was seen");
  result.observation.figure = "307 programs";
  const std::string text = profile_of({result});
  expect_in("~ separate (12 tries without a counterexample); 307 programs", text);
  expect_in("seen: no write of a sibling was seen", text);
  EXPECT_EQ(profile_status(std::vector{result}), 0);
}

TEST(Profile, SaysWhatCannotBeToldApart) {
  const Result result = seen(TraitId::kParallelism,
                             {Parallelism::kParallel, Parallelism::kOneAtATime}, "it was too busy");
  const std::string text = profile_of({result});
  expect_in("? not told apart: parallel or one_at_a_time", text);
  expect_in("assay profile --runtime=silent", text);
  EXPECT_EQ(profile_status(std::vector{result}), 3);
}

TEST(Profile, SaysWhatNoValueExplainsAndWhatWasNotMeasured) {
  Result damaged = seen(TraitId::kCommunication, {}, "a message was damaged");
  expect_in("X nothing that the trait knows", profile_of({damaged}));
  damaged.observation = not_measured(trait(TraitId::kCommunication), "needs two cores");
  const std::string text = profile_of({damaged});
  expect_in("? not measured", text);
  expect_in("needs two cores", text);
}

TEST(Profile, NamesTheReferenceThatItResembles) {
  const Result sleep = seen(TraitId::kSleep, {Sleep::kOverlaps}, "");
  const Result preemption = seen(TraitId::kPreemption, {Preemption::kNo}, "");
  const Result memory = seen(TraitId::kMemorySpace, {MemorySpace::kSharedSameThread}, "");
  const Result parallel = seen(TraitId::kParallelism, {Parallelism::kParallel}, "");
  expect_in("as `coroutine` declares to be in 3 of 4 traits that could be told, but for\n",
            profile_of({sleep, preemption, memory, parallel}));
}

TEST(Profile, KeepsToTheWidthAndTellsRuntimesApart) {
  Result other = seen(TraitId::kSleep, {Sleep::kSerial}, "");
  other.runtime = "another";
  const std::string long_reason =
      "a reason that goes on and on, because what was seen takes many words to say, and a reader "
      "on a terminal of a hundred columns wants to read all of them";
  const std::string text =
      profile_of({seen(TraitId::kSleep, {Sleep::kOverlaps}, long_reason), other});
  EXPECT_EQ(text.find("serial"), std::string::npos) << text;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), kTableWidth) << line;
}

}  // namespace
}  // namespace assay
