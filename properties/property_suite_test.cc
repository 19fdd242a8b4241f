// What the property suites say of runtimes that lie, and of properties that generate too little.
#include "properties/property_suite.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "models/coroutine/coroutine.h"
#include "models/pinning.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"
#include "properties/doctored.h"
#include "properties/impostor.h"
#include "properties/mutants/mutant.h"
#include "report/fake_runtime.h"

namespace assay {
namespace {

constexpr std::string_view kSleeps = "SleepsLastAndOverlapAsTheValueSays";
constexpr std::string_view kSpinners = "SiblingsOfASpinnerGoOnAsTheValueSays";

Property named(std::string_view name) {
  for (const Property& property : properties()) {
    if (property.name == name) return property;
  }
  throw std::invalid_argument("no property " + std::string(name));
}

Property visibility() { return named("ReadsReturnWhatTheMemorySpaceSays"); }

PropertyResult check(Runtime& runtime, const Property& property) {
  ProbeOptions options;
  options.seed = 3;
  return check_property(runtime, property, 0, 32, options);
}

void expect_parts(const std::string& text, std::initializer_list<const char*> parts) {
  for (const char* part : parts) {
    EXPECT_NE(text.find(part), std::string::npos) << "expected '" << part << "' in\n" << text;
  }
}

TEST(PropertySuite, AnHonestRuntimePassesAndSaysWhatWasGenerated) {
  const PropertyResult found = check(coroutine(), visibility());
  EXPECT_FALSE(found.fails) << found.text;
  expect_parts(found.text, {"32 programs", "with a sibling's write read in thread-local storage"});
}

TEST(PropertySuite, ALiarFailsWithASmallProgramTheSeedAndTheCommand) {
  Impostor liar(std_thread(), fork_runtime());
  const PropertyResult found = check(liar, visibility());
  EXPECT_TRUE(found.fails);
  expect_parts(found.text,
               {"expected separate as std_thread_as_fork declares", "unit 0", "await end of unit 0",
                "read ", "assay check --runtime=std_thread_as_fork --trait=memory_space --seed=3"});
}

TEST(PropertySuite, APropertyThatNeverGeneratesItsCaseFails) {
  Property idle = visibility();
  idle.must_occur.emplace_back("a read of the moon");
  const PropertyResult found = check(coroutine(), idle);
  EXPECT_TRUE(found.fails);
  expect_parts(found.text, {"found none with", "a read of the moon", "seed 3"});
  EXPECT_EQ(found.text.find("a sibling's write"), std::string::npos) << found.text;
}

TEST(PropertySuite, ALossThatIsDeclaredMustBeSeen) {
  Impostor careful(coroutine(), std_thread());
  const Property many = named("ManyUpdatesAreLostOrKeptAsTheValueSays");
  const PropertyResult found = check(careful, many);
  EXPECT_EQ(found.fails, allowed_cores().size() > 1) << found.text;
  if (found.fails) expect_parts(found.text, {"at least one that shows lost", "found none"});
  const PropertyResult honest = check(std_thread(), many);
  EXPECT_FALSE(honest.fails) << honest.text;
}

TEST(PropertySuite, SleepsThatBlockEverybodyFailWithTwoSleepers) {
  const PropertyResult found = check(*find_mutant("serial_sleep")->runtime, named(kSleeps));
  EXPECT_TRUE(found.fails) << found.text;
  expect_parts(found.text,
               {"expected overlaps as serial_sleep declares", "units slept at once", "sleep"});
}

TEST(PropertySuite, ASleepThatIsTooShortAllowsNoValue) {
  Doctored hasty(std_thread(), each_event(Op::kSleep, [](std::size_t, const Step& step, Event& of) {
                   of.aux = static_cast<std::uint64_t>(of.value + step.value - 1);
                 }));
  const PropertyResult found = check(hasty, named(kSleeps));
  EXPECT_TRUE(found.fails) << found.text;
  expect_parts(found.text, {"ns and slept from"});
}

TEST(PropertySuite, CoroutinesThatClaimPreemptionFail) {
  Impostor liar(coroutine(), std_thread());
  const PropertyResult found = check(liar, named(kSpinners));
  EXPECT_TRUE(found.fails) << found.text;
  expect_parts(found.text, {"expected yes as coroutine_as_std_thread declares",
                            "no sibling went on while unit"});
}

TEST(PropertySuite, ThreadsThatDenyPreemptionFail) {
  Impostor liar(std_thread(), coroutine());
  const PropertyResult found = check(liar, named(kSpinners));
  EXPECT_TRUE(found.fails) << found.text;
  expect_parts(found.text, {"siblings went on while unit"});
}

TEST(PropertySuite, WhatIsNotDeclaredIsSkippedWithTheReason) {
  FakeRuntime silent("silent", {});
  const PropertyResult found = check(silent, visibility());
  EXPECT_TRUE(found.skipped);
  expect_parts(found.text, {"declares nothing"});
}

TEST(PropertySuite, EveryPropertyGeneratesWhatItIsAbout) {
  ASSERT_GE(properties().size(), 10U);
  for (const Property& property : properties()) {
    std::vector<std::string_view> lacking = property.must_occur;
    for (std::uint64_t index = 0; index < 200; ++index) {
      const Case one = case_of(property, 0, 1, index).value();
      for (const std::string_view label : one.labels) std::erase(lacking, label);
    }
    for (const std::string_view label : lacking) ADD_FAILURE() << property.name << ": " << label;
  }
}

}  // namespace
}  // namespace assay
