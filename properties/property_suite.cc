#include "properties/property_suite.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <vector>

#include "models/pinning.h"
#include "models/sanitized.h"
#include "properties/conformance.h"
#include "properties/program_rounds.h"
#include "properties/verdict.h"

namespace assay {
namespace {

// Builds with a sanitizer are those whose frames are not pooled.

/// One of the sizes at which a property is run.
struct Scale {
  std::size_t units;  ///< 0: 2 to 32.
  int programs;
  const char* name;
};

std::vector<Scale> scales() {
  if (kSanitized) return {{0, 32, "2_to_32"}, {64, 1, "64"}};
  return {{0, 100, "2_to_32"}, {64, 4, "64"}, {1000, 1, "1000"}};
}

/// Why so many units are not to be started, or an empty text.
std::string refusal(const Runtime& runtime, const Scale& scale) {
  const char* most = std::getenv("ASSAY_MOST_KERNEL_UNITS");
  if (most == nullptr || runtime.info().model == Model::kCoroutine) return "";
  if (scale.units <= std::strtoull(most, nullptr, 10)) return "";
  return std::string("ASSAY_MOST_KERNEL_UNITS is ") + most +
         ": more kernel tasks of runtimes that poll for messages take minutes of a busy machine";
}

std::string missing(const Property& property, const ProgramRounds& rounds) {
  std::string labels;
  for (const std::string_view label : property.must_occur) {
    if (!rounds.labels().contains(label)) labels += "\n  " + std::string(label);
  }
  return labels;
}

std::string generated(const ProgramRounds& rounds) {
  std::string text = std::to_string(rounds.generated()) + " programs, of them";
  for (const auto& [label, count] : rounds.labels()) {
    text += "\n  " + std::to_string(count) + " with " + std::string(label);
  }
  return text;
}

class PropertyTest : public testing::Test {
 public:
  PropertyTest(Runtime& runtime, Property property, Scale scale)
      : runtime_(&runtime), property_(std::move(property)), scale_(scale) {}

  void TestBody() override {
    if (const std::string why = refusal(*runtime_, scale_); !why.empty()) GTEST_SKIP() << why;
    ProbeOptions options = conformance_options(*runtime_);
    // The number of programs decides, not the time.
    options.duration = std::chrono::minutes(10);
    const PropertyResult result = check_property(*runtime_, property_, scale_.units,
                                                 property_.cases_for(scale_.programs), options);
    if (result.fails) FAIL() << result.text;
    if (result.skipped) GTEST_SKIP() << result.text;
    std::cout << result.text << "\n";
  }

 private:
  Runtime* runtime_;
  Property property_;
  Scale scale_;
};

}  // namespace

PropertyResult check_property(Runtime& runtime, const Property& property, std::size_t units,
                              int count, const ProbeOptions& options) {
  const Claim* claim = runtime.claim_of(property.trait);
  if (claim == nullptr) return {false, true, "the runtime declares nothing of it"};
  const bool judged =
      claim->modality != Modality::kUntested && claim->modality != Modality::kUnsupported;
  if (!judged) return {false, true, std::string(to_string(claim->modality)) + ": " + claim->reason};
  ProgramRounds rounds(property.trait, runtime, options);
  rounds.look(property, units, count);
  // On one core, only the clock's ticks let units meet; on a busy one that takes more programs.
  constexpr int kHarder = 16;
  const bool must_be_seen =
      units == 0 && property.must_witness.contains(claim->value) && allowed_cores().size() > 1;
  const auto is_seen = [&] { return rounds.observation.witnessed.contains(claim->value); };
  for (int i = 0; must_be_seen && !is_seen() && !rounds.failed() && i < kHarder; ++i) {
    rounds.look(property, units, count);
  }
  ValueSet declared;
  declared.insert(claim->value);
  rounds.show(declared);
  const Observation observation = rounds.finish("");
  if (!observation.measured) return {false, true, observation.reason};
  const std::string command = "assay check --runtime=" + runtime.info().name +
                              " --trait=" + std::string(trait(property.trait).slug) +
                              (units > 0 ? " --units=" + std::to_string(units) : "") +
                              " --seed=" + std::to_string(options.seed);
  const std::string again = "\nseed " + std::to_string(options.seed) + "; again: " + command;
  if (!observation.allowed.contains(claim->value)) {
    const std::string why =
        rounds.failed()
            ? observation.reason
            : "expected " + std::string(trait(property.trait).values[claim->value].slug) + " as " +
                  runtime.info().name + " declares, found a program that " + "excludes it";
    return {claim->modality == Modality::kRequired, false,
            why + "\n" + observation.counterexample + again};
  }
  if (must_be_seen && !observation.witnessed.contains(claim->value)) {
    return {true, false,
            "expected among " + std::to_string(rounds.generated()) +
                " generated programs at least one that shows " +
                std::string(trait(property.trait).values[claim->value].slug) + " as " +
                runtime.info().name + " declares, found none" + again};
  }
  const std::string lacking = units == 0 ? missing(property, rounds) : "";
  if (!lacking.empty()) {
    return {true, false,
            "expected among " + std::to_string(rounds.generated()) +
                " generated programs at least one with each of what the property is about, found "
                "none with" +
                lacking + again};
  }
  return {false, false, generated(rounds)};
}

void register_property_tests(Runtime& runtime) {
  for (const Property& property : properties()) {
    const std::string suite = std::string(trait(property.trait).suite) + "/" + runtime.info().name;
    for (const Scale& scale : scales()) {
      const std::string name = std::string(property.name) + "/" + scale.name;
      testing::RegisterTest(
          suite.c_str(), name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
          [&runtime, property, scale] { return new PropertyTest(runtime, property, scale); });
    }
  }
}

}  // namespace assay
