#include "properties/conformance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "models/registry.h"
#include "properties/embedded_race_helper.h"
#include "report/result.h"
#include "report/table.h"
#include "sanitizers/compiled_with.h"

namespace assay {
namespace {

/// The values of the trait in words, or "what no value allows".
std::string values_of(const Trait& of, ValueSet set) {
  std::string text;
  for (std::size_t i = 0; i < of.values.size(); ++i) {
    if (!set.contains(static_cast<std::uint8_t>(i))) continue;
    text += (text.empty() ? "" : " or ") + std::string(of.values[i].slug) + " (" +
            std::string(of.values[i].meaning) + ")";
  }
  return text.empty() ? "what no value of the trait allows" : text;
}

std::string test_command(const Runtime& runtime, const Trait& of, std::uint64_t seed) {
  return "bazel test --test_filter='Conformance/" + runtime.info().name + "." +
         std::string(of.suite) + "' --test_env=ASSAY_SEED=" + std::to_string(seed) + " TARGET";
}

std::string report_of(const Runtime& runtime, const Trait& of, const Result& result,
                      std::uint64_t seed) {
  const Claim& claim = result.claim;
  std::string text = "claim:    " + claim.slug() + " of " + runtime.info().name + ", \"" +
                     claim.word + "\" (" + std::string(to_string(claim.modality)) + ")\n";
  text += "source:   " + claim.source + "\n";
  text += "expected: " + std::string(of.values[claim.value].slug) + " (" +
          std::string(of.values[claim.value].meaning) + ")\n";
  text += "observed: " +
          (result.observation.measured ? values_of(of, result.observation.allowed) : "nothing") +
          "\n";
  return text + details(result, {}) + "  or          " + test_command(runtime, of, seed) + "\n";
}

class ConformanceTest : public testing::Test {
 public:
  ConformanceTest(Runtime& runtime, const Trait& of, const char* file, int line)
      : runtime_(&runtime), trait_(&of), file_(file), line_(line) {}

  void TestBody() override {
    const std::string not_judged = not_judged_here(*trait_);
    if (!not_judged.empty()) return pass("not judged", not_judged);
    const Conformance found =
        check_conformance(*runtime_, *trait_, probe_of(trait_->id), conformance_options(*runtime_));
    if (!found.fails) return pass(found.verdict, found.text);
    RecordProperty("verdict", found.verdict);
    GTEST_MESSAGE_AT_(file_, line_, found.text.c_str(), testing::TestPartResult::kNonFatalFailure);
  }

 private:
  /// Says what stands behind a test that passes: never a silent skip.
  static void pass(const std::string& verdict, const std::string& text) {
    RecordProperty("verdict", verdict);
    const bool holds = verdict.substr(0, 9) == "confirmed" || verdict.substr(0, 9) == "unrefuted";
    std::cout << verdict << "\n" << (holds ? "" : text + "\n");
  }

  Runtime* runtime_;
  const Trait* trait_;
  const char* file_;
  int line_;
};

}  // namespace

ProbeOptions conformance_options(const Runtime& runtime) {
  ProbeOptions options;
  for (const char* name : {"TEST_RANDOM_SEED", "ASSAY_SEED"}) {
    if (const char* seed = std::getenv(name)) options.seed = std::strtoull(seed, nullptr, 10);
  }
  const char* effort = std::getenv("ASSAY_EFFORT");
  const bool thorough = effort != nullptr && std::string_view(effort) == "default";
  options.effort = thorough ? Effort::kDefault : Effort::kQuick;
  options.rivals = rivals_of(runtime);
  options.race_helper = embedded_race_helper();
  return options;
}

std::string not_judged_here(const Trait& trait) {
  constexpr std::array<TraitId, 3> kCosts{TraitId::kSwitchCost, TraitId::kCreationCost,
                                          TraitId::kScalability};
  if (std::find(kCosts.begin(), kCosts.end(), trait.id) == kCosts.end()) return "";
  const std::string title(trait.title);
  const std::string build(compiled_with());
  if (build != "plain") {
    return title + " is not judged in a build with " + build +
           ", which changes what time and memory things take; the plain test judges it";
  }
  if (!optimized()) {
    return title + " is not judged in a build without optimization, which measures templates " +
           "that nobody inlined; build with --copt=-O1 or --compilation_mode=opt";
  }
  return "";
}

Conformance check_conformance(Runtime& runtime, const Trait& trait, const Probe& probe,
                              const ProbeOptions& options) {
  Result result;
  result.runtime = runtime.info().name;
  result.claim = claim_or_none(runtime, trait);
  const Modality modality = result.claim.modality;
  if (modality == Modality::kUntested || modality == Modality::kUnsupported) {
    return {false, std::string(to_string(modality)), result.claim.reason};
  }
  result.observation = observe(probe, runtime, options);
  result.verdict = judge(result.claim, result.observation);
  result.command = reproduce_command("--runtime=" + result.runtime, trait, options);
  std::string verdict(to_string(result.verdict.kind));
  if (result.verdict.kind == VerdictKind::kUnrefuted) {
    verdict += " (" + std::to_string(result.observation.tries) + " tries)";
  }
  return {result.verdict.fails, verdict, report_of(runtime, trait, result, options.seed)};
}

bool register_conformance(Runtime& runtime, const char* file, int line) {
  const std::string suite = "Conformance/" + runtime.info().name;
  for (const Trait& of : traits()) {
    testing::RegisterTest(
        suite.c_str(), std::string(of.suite).c_str(), nullptr, nullptr, file, line,
        [&runtime, &of, file, line] { return new ConformanceTest(runtime, of, file, line); });
  }
  return true;
}

}  // namespace assay
