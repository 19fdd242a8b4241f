#include "properties/mutants/kill_matrix.h"

#include <fmt/format.h>

#include <algorithm>

#include "properties/least_effort.h"
#include "report/run.h"
#include "report/table.h"

namespace assay {
namespace {

constexpr std::size_t kNameWidth = 22;

/// For a probe that need not find anything.
constexpr auto kLeast = kLeastEffort - std::chrono::milliseconds(10);

char mark_of(Fate fate) {
  constexpr std::string_view kMarks = "Kk(+?.!X";
  return kMarks.at(static_cast<std::size_t>(fate));
}

/// Traits are known by three letters here.
std::string_view short_name(const Trait& trait) { return trait.slug.substr(0, 3); }

bool is_listed(const Mutant& mutant, TraitId trait) {
  return Mutant::find(mutant.dies, trait) != nullptr || Mutant::find(mutant.may, trait) != nullptr;
}

KillMatrix observe(const std::vector<const Mutant*>& mutants, const MatrixOptions& options,
                   bool targets_only) {
  RunPlan plan;
  plan.options.seed = options.seed;
  plan.options.effort = Effort::kQuick;
  plan.options.race_helper = options.race_helper;
  const auto all = probes();
  plan.probes.assign(all.begin(), all.end());
  for (const Mutant* mutant : mutants) {
    for (const Trait& trait : traits()) {
      if (targets_only && trait.id != mutant->target()) continue;
      plan.cells.push_back({mutant->runtime, trait.id});
      if (!is_listed(*mutant, trait.id)) plan.cells.back().duration = kLeast;
    }
  }
  plan.progress = [&](const Progress& now) {
    if (!options.progress) return;
    const Cell& cell = plan.cells[now.cell];
    options.progress(fmt::format("[{}/{}] {}: {}", now.cell + 1, now.cells,
                                 cell.runtime->info().name, trait(cell.trait).title));
  };
  RunResult ran = run(plan);
  KillMatrix matrix;
  matrix.signal = ran.signal;
  matrix.wall = ran.wall;
  for (const Mutant* mutant : mutants) {
    MutantRow row{mutant, {}};
    for (Result& result : ran.results) {
      if (result.runtime == mutant->name()) row.results.push_back(std::move(result));
    }
    matrix.rows.push_back(std::move(row));
  }
  return matrix;
}

std::string text_of_fault(const Mutant& mutant, const Result& result, std::uint64_t seed) {
  const Trait& of = trait(result.claim.trait);
  const Consequence* must = Mutant::find(mutant.dies, of.id);
  const std::string expected =
      must != nullptr ? "refuted, because " + must->because
                      : std::string("not refuted, because nothing that it does breaks it");
  const std::string& why =
      result.verdict.reason.empty() ? result.observation.reason : result.verdict.reason;
  return fmt::format("mutant {} ({}), {} = {}: expected {}; found {}: {}\n  shown again by: {}\n",
                     mutant.name(), mutant.breaks, of.slug, of.values[result.claim.value].slug,
                     expected, to_string(result.verdict.kind), why,
                     reproduce_command(mutant, seed));
}

void append_wrapped(std::string& text, const std::string& what, std::size_t indent) {
  for (const std::string& line : wrap(what, kTableWidth - indent)) {
    text += std::string(indent, ' ') + line + "\n";
  }
}

/// The machine let nothing be learnt: not measured, or every value is as possible as before.
bool tells_nothing(const Observation& observation, TraitId trait) {
  return !observation.measured || observation.allowed == ValueSet::all(assay::trait(trait));
}

}  // namespace

Fate fate_of(const Mutant& mutant, const Result& result) {
  const TraitId trait = result.claim.trait;
  const bool refuted = result.verdict.kind == VerdictKind::kRefuted;
  if (Mutant::find(mutant.dies, trait) != nullptr) {
    if (!refuted) return tells_nothing(result.observation, trait) ? Fate::kOpen : Fate::kSurvived;
    return trait == mutant.target() ? Fate::kKilled : Fate::kEntailed;
  }
  if (refuted) {
    return Mutant::find(mutant.may, trait) != nullptr ? Fate::kPossible : Fate::kWrong;
  }
  switch (result.verdict.kind) {
    case VerdictKind::kUntested:
    case VerdictKind::kUnsupported:
      return Fate::kUntested;
    case VerdictKind::kInconclusive:
      return Fate::kOpen;
    default:
      return Fate::kKept;
  }
}

KillMatrix make_kill_matrix(const std::vector<const Mutant*>& mutants,
                            const MatrixOptions& options) {
  return observe(mutants, options, false);
}

KillMatrix observe_targets(const std::vector<const Mutant*>& mutants,
                           const MatrixOptions& options) {
  return observe(mutants, options, true);
}

std::string reproduce_command(const Mutant& mutant, std::uint64_t seed) {
  return fmt::format("assay mutants --mutant={} --seed={}", mutant.name(), seed);
}

std::vector<std::string> faults_of(const KillMatrix& matrix, std::uint64_t seed) {
  std::vector<std::string> faults;
  for (const MutantRow& row : matrix.rows) {
    for (const Result& result : row.results) {
      if (is_fault(fate_of(*row.mutant, result))) {
        faults.push_back(text_of_fault(*row.mutant, result, seed));
      }
    }
  }
  return faults;
}

std::vector<std::string> unmeasured_of(const KillMatrix& matrix, std::uint64_t seed) {
  std::vector<std::string> unmeasured;
  for (const MutantRow& row : matrix.rows) {
    bool ran = false;
    for (const Result& result : row.results) {
      ran = ran || result.observation.measured;
      const bool listed = Mutant::find(row.mutant->dies, result.claim.trait) != nullptr;
      if (listed && fate_of(*row.mutant, result) == Fate::kOpen) {
        unmeasured.push_back(text_of_fault(*row.mutant, result, seed));
      }
    }
    if (!ran) {
      unmeasured.push_back(
          fmt::format("mutant {} did not run: expected an observation, found none\n"
                      "  shown again by: {}\n",
                      row.mutant->name(), reproduce_command(*row.mutant, seed)));
    }
  }
  return unmeasured;
}

std::string to_table(const KillMatrix& matrix) {
  std::string text = std::string(kNameWidth, ' ');
  for (const Trait& trait : traits()) text += fmt::format(" {}", short_name(trait));
  text += "\n";
  for (const MutantRow& row : matrix.rows) {
    std::string line = fmt::format("{:<{}}", row.mutant->name(), kNameWidth);
    for (const Trait& trait : traits()) {
      const auto found =
          std::find_if(row.results.begin(), row.results.end(),
                       [&](const Result& result) { return result.claim.trait == trait.id; });
      const char mark = found != row.results.end() ? mark_of(fate_of(*row.mutant, *found)) : ' ';
      line += fmt::format("  {} ", mark);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  text +=
      "\nK killed by the probe that it is made for   k refuted, as the break entails   "
      "( may be refuted\n+ not refuted   ? undecided here   . untested   "
      "! must be refuted and was not   X must not be\n\n";
  std::string names;
  for (const Trait& trait : traits()) {
    names += fmt::format("{}{} {}", names.empty() ? "" : ", ", short_name(trait), trait.slug);
  }
  append_wrapped(text, names, 0);
  return text;
}

std::string to_evidence(const KillMatrix& matrix) {
  std::string text;
  for (const MutantRow& row : matrix.rows) {
    const Mutant& mutant = *row.mutant;
    append_wrapped(
        text, fmt::format("{} passes for {}: {}", mutant.name(), mutant.pretends, mutant.breaks),
        0);
    for (const Result& result : row.results) {
      if (result.verdict.kind != VerdictKind::kRefuted) continue;
      const TraitId id = result.claim.trait;
      const Consequence* must = Mutant::find(mutant.dies, id);
      const Consequence* known = must != nullptr ? must : Mutant::find(mutant.may, id);
      const std::string because =
          known != nullptr ? known->because : std::string("nothing that it does explains it");
      append_wrapped(
          text, fmt::format("{} {}: {}", mark_of(fate_of(mutant, result)), trait(id).slug, because),
          2);
      append_wrapped(text, result.verdict.reason, 4);
    }
  }
  return text;
}

}  // namespace assay
