#include "report/result.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

namespace assay {

Claim claim_or_none(const Runtime& runtime, const Trait& trait) {
  if (const Claim* claim = runtime.claim_of(trait.id)) return *claim;
  return no_claim(runtime, trait);
}

Claim no_claim(const Runtime& runtime, const Trait& trait) {
  Claim none;
  none.model = runtime.info().model;
  none.trait = trait.id;
  none.modality = Modality::kUntested;
  none.word = "(no claim)";
  none.reason = "the runtime declares nothing of this trait";
  return none;
}

std::string reproduce_command(std::string_view chosen, const Trait& trait,
                              const ProbeOptions& options, std::string_view command_name) {
  const char* program = std::getenv("ASSAY_COMMAND");
  std::string command =
      fmt::format("{} {} {} --trait={}", program != nullptr && *program != '\0' ? program : "assay",
                  command_name, chosen, trait.slug);
  if (!options.units.empty()) command += fmt::format(" --units={}", fmt::join(options.units, ","));
  command += fmt::format(" --seed={}", options.seed);
  if (options.effort == Effort::kQuick) command += " --quick";
  if (options.duration.count() > 0) {
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(options.duration);
    command += fmt::format(" --duration={}ms", ms.count());
  }
  return command;
}

Tally::Tally(const std::vector<Result>& results) {
  for (const Result& result : results) {
    ++of_kind[static_cast<std::size_t>(result.verdict.kind)];
    if (result.verdict.fails) ++failures;
    if (result.verdict.undecided) ++undecided;
  }
}

int Tally::exit_status() const {
  if (failures > 0) return 1;
  return undecided > 0 ? 3 : 0;
}

}  // namespace assay
