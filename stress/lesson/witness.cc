// Runs a scenario under the controlled runtime while ThreadSanitizer watches: one schedule, or
// random ones until something is reported. Built with ThreadSanitizer, whose reports on standard
// error are what it is run for; see witness_run.h.
#include <charconv>
#include <cstdio>
#include <exception>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "models/controlled/sampling.h"
#include "models/controlled/schedule.h"
#include "scenarios/scenario.h"

namespace assay {
namespace {

constexpr int kUsage = 2;

using Flags = std::map<std::string, std::string, std::less<>>;

Flags flags_of(int argc, char** argv) {
  Flags flags;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const std::size_t equals = word.find('=');
    if (!word.starts_with("--") || equals == std::string_view::npos)
      throw std::invalid_argument("expected --NAME=VALUE, found '" + std::string(word) + "'");
    flags.emplace(word.substr(2, equals - 2), word.substr(equals + 1));
  }
  return flags;
}

std::uint64_t number(const Flags& flags, const std::string& name) {
  const auto found = flags.find(name);
  std::uint64_t value = 0;
  if (found == flags.end()) return value;
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw std::invalid_argument("--" + name + ": expected a number, found '" + text + "'");
  return value;
}

void run_random(controlled::Subject& subject, const controlled::ExecutionOptions& options,
                std::uint64_t runs) {
  const auto execution = std::make_unique<controlled::Execution>();
  controlled::RandomWalk walk(1);
  Outcome outcome;
  for (std::uint64_t i = 0; i < runs && execution->sightings().empty(); ++i) {
    controlled::run_once(*execution, subject, options, outcome,
                         [&](const controlled::Execution& now, std::uint64_t choices) {
                           return walk.pick(now, choices);
                         });
  }
}

int run(const Flags& flags) {
  const auto name = flags.find("scenario");
  const Scenario* const scenario = name == flags.end() ? nullptr : find_scenario(name->second);
  if (scenario == nullptr) throw std::invalid_argument("--scenario: expected one of Assay's");
  const auto subject = scenario->subject(number(flags, "units"));
  controlled::ExecutionOptions options = scenario->execution_options();
  options.watch = controlled::Watch::kThreads;
  const auto memory = flags.find("memory-model");
  if (memory != flags.end() && memory->second == "tso")
    options.memory = controlled::MemoryModel::kTso;
  const auto schedule = flags.find("schedule");
  if (schedule == flags.end()) {
    run_random(*subject, options, number(flags, "random"));
    return 0;
  }
  const controlled::Story story =
      controlled::replay(*subject, options, controlled::parse_schedule(schedule->second));
  if (!story.mismatch) return 0;
  std::fprintf(stderr, "witness: %s\n", story.mismatch->c_str());
  return kUsage;
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  try {
    return assay::run(assay::flags_of(argc, argv));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "witness: %s\n", error.what());
    return assay::kUsage;
  }
}
