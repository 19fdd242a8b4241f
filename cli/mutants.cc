// `assay mutants`: runtimes that deliberately break a claim, and the probes that must notice.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "cli/measure.h"
#include "cli/open_results.h"
#include "cli/quantities.h"
#include "cli/say.h"
#include "cli/suggest.h"
#include "properties/embedded_race_helper.h"
#include "properties/mutants/kill_matrix.h"
#include "report/json.h"

namespace assay {
namespace {

/// The flags as typed.
struct Typed {
  std::string mutant, seed = "1", seeds, json;
};

std::vector<const Mutant*> chosen(const std::string& name) {
  if (name.empty()) return mutants();
  if (const Mutant* found = find_mutant(name)) return {found};
  std::vector<std::string> known;
  for (const Mutant* mutant : mutants()) known.push_back(mutant->name());
  throw UsageError(fmt::format("--mutant: unknown '{}'; {}", name, suggestion(name, known)));
}

MatrixOptions options_of(std::uint64_t seed) {
  MatrixOptions options;
  options.seed = seed;
  options.race_helper = embedded_race_helper();
  if (isatty(STDERR_FILENO) != 0) {
    options.progress = [](const std::string& text) { say("\r\033[K{}", text); };
  }
  return options;
}

void clear_progress() {
  if (isatty(STDERR_FILENO) != 0) say("\r\033[K");
}

std::string_view word_of(Fate fate) {
  constexpr std::array<std::string_view, 8> kWords{"killed",    "entailed", "possible", "kept",
                                                   "undecided", "untested", "survived", "wrong"};
  return kWords.at(static_cast<std::size_t>(fate));
}

Json json_of(const MutantRow& row, std::uint64_t seed) {
  const Mutant& mutant = *row.mutant;
  Json cells = Json::array();
  for (const Result& result : row.results) {
    const Consequence* must = Mutant::find(mutant.dies, result.claim.trait);
    const Consequence* known =
        must != nullptr ? must : Mutant::find(mutant.may, result.claim.trait);
    Json cell = to_json(result);
    cell["fate"] = word_of(fate_of(mutant, result));
    if (known != nullptr) cell["because"] = known->because;
    cells.push_back(std::move(cell));
  }
  return {{"mutant", mutant.name()},
          {"pretends", mutant.pretends},
          {"breaks", mutant.breaks},
          {"made_for", trait(mutant.target()).slug},
          {"command", reproduce_command(mutant, seed)},
          {"cells", std::move(cells)}};
}

double seconds_of(const KillMatrix& matrix) {
  return std::chrono::duration<double>(matrix.wall).count();
}

int status_of(int signal, bool faulty, bool unmeasured) {
  constexpr int kNotMeasured = 3;
  if (signal != 0) return 128 + signal;
  if (faulty) return 1;
  return unmeasured ? kNotMeasured : 0;
}

/// "3 cells not as listed, 2 not measured here".
std::string summary(std::size_t faults, std::size_t unmeasured) {
  std::string text;
  if (faults > 0) text = fmt::format("{} cells not as listed", faults);
  if (unmeasured > 0) {
    text += fmt::format("{}{} not measured here", text.empty() ? "" : ", ", unmeasured);
  }
  return text.empty() ? "each killed by the probes that it lists, and by no other" : text;
}

int print_matrix(const std::vector<const Mutant*>& mutants, std::uint64_t seed, ResultsFile* file) {
  const KillMatrix matrix = make_kill_matrix(mutants, options_of(seed));
  clear_progress();
  const std::vector<std::string> faults = faults_of(matrix, seed);
  const std::vector<std::string> unmeasured = unmeasured_of(matrix, seed);
  if (file != nullptr) {
    Json rows = Json::array();
    for (const MutantRow& row : matrix.rows) rows.push_back(json_of(row, seed));
    file->write(dump({{"schema", "assay-mutants"},
                      {"schema_version", kSchemaVersion},
                      {"host", to_json(machine_facts())},
                      {"build", to_json(build_facts())},
                      {"seed", seed},
                      {"seconds", seconds_of(matrix)},
                      {"as_listed", faults.empty() && unmeasured.empty()},
                      {"interrupted", matrix.signal != 0},
                      {"mutants", std::move(rows)}},
                     2) +
                "\n");
  }
  tell("{}\n{}", to_evidence(matrix), to_table(matrix));
  for (const std::string& fault : faults) tell("\n{}", fault);
  for (const std::string& cell : unmeasured) tell("\n{}", cell);
  tell("\n{} mutants, {}; seed {}, {:.1f} s\n", mutants.size(),
       summary(faults.size(), unmeasured.size()), seed, seconds_of(matrix));
  return status_of(matrix.signal, !faults.empty(), !unmeasured.empty());
}

/// How often a mutant was killed by the probe that it is made for.
struct Kills {
  const Mutant* mutant;
  std::uint64_t killed = 0;
  std::uint64_t unmeasured = 0;
  std::uint64_t tried = 0;
  double seconds = 0;
  std::string first_survivor;  ///< What was found, and the command; empty when there was none.
};

void add(const KillMatrix& matrix, std::uint64_t seed, std::vector<Kills>& all) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const Result& result : matrix.rows[i].results) {
      Kills& kills = all[i];
      ++kills.tried;
      kills.seconds += result.seconds;
      const Fate fate = fate_of(*kills.mutant, result);
      if (fate == Fate::kOpen) {
        ++kills.unmeasured;
      } else if (fate == Fate::kKilled) {
        ++kills.killed;
      } else if (kills.first_survivor.empty()) {
        kills.first_survivor =
            fmt::format("{}\n  {}", result.verdict.reason, reproduce_command(*kills.mutant, seed));
      }
    }
  }
}

int sweep(const std::vector<const Mutant*>& mutants, std::uint64_t first, std::uint64_t count,
          ResultsFile* file) {
  std::vector<Kills> all;
  for (const Mutant* mutant : mutants) all.push_back({mutant, 0, 0, 0, 0, ""});
  double seconds = 0;
  int signal = 0;
  for (std::uint64_t i = 0; i < count && signal == 0; ++i) {
    const KillMatrix matrix = observe_targets(mutants, options_of(first + i));
    add(matrix, first + i, all);
    seconds += seconds_of(matrix);
    signal = matrix.signal;
  }
  clear_progress();
  Json rows = Json::array();
  bool faulty = false;
  bool unmeasured = false;
  for (const Kills& kills : all) {
    const std::string_view slug = trait(kills.mutant->target()).slug;
    tell("{:<22} {:<21} killed for {} of {} seeds{:>9.1f} s\n", kills.mutant->name(), slug,
         kills.killed, kills.tried, kills.seconds);
    if (!kills.first_survivor.empty()) tell("  survived: {}\n", kills.first_survivor);
    if (kills.unmeasured > 0) tell("  not measured here: {} seeds\n", kills.unmeasured);
    faulty = faulty || !kills.first_survivor.empty();
    unmeasured = unmeasured || kills.killed < count;
    rows.push_back({{"mutant", kills.mutant->name()},
                    {"made_for", slug},
                    {"killed", kills.killed},
                    {"seeds", kills.tried},
                    {"seconds", kills.seconds},
                    {"first_survivor", kills.first_survivor}});
  }
  tell("\nseeds {} to {}{}, {:.1f} s\n", first, first + count - 1,
       signal == 0 ? "" : ", interrupted: fewer were tried", seconds);
  if (file != nullptr) {
    file->write(dump({{"schema", "assay-mutants"},
                      {"schema_version", kSchemaVersion},
                      {"host", to_json(machine_facts())},
                      {"build", to_json(build_facts())},
                      {"first_seed", first},
                      {"seeds", count},
                      {"seconds", seconds},
                      {"interrupted", signal != 0},
                      {"mutants", std::move(rows)}},
                     2) +
                "\n");
  }
  return status_of(signal, faulty, unmeasured);
}

std::uint64_t count_of(const std::string& text) {
  const std::uint64_t count = parse_seed(text);
  if (count == 0) throw UsageError("--seeds: expected at least 1 seed, got 0");
  return count;
}

CommandRun set_up(CLI::App& app) {
  auto typed = std::make_shared<Typed>();
  app.add_option("--mutant", typed->mutant, "One mutant by name (default: all)");
  app.add_option("--seed", typed->seed, "Seed of every random choice (default 1)");
  app.add_option("--seeds", typed->seeds,
                 "Observe only what each mutant breaks, for so many seeds from --seed on");
  app.add_option("--json", typed->json, "Write the results to this file as JSON");
  return [typed](const Words&) {
    const std::vector<const Mutant*> mutants = chosen(typed->mutant);
    const std::uint64_t seed = parse_seed(typed->seed);
    const std::uint64_t count = typed->seeds.empty() ? 0 : count_of(typed->seeds);
    const std::unique_ptr<ResultsFile> file = open_results(typed->json);
    warn_of_low_limits();
    if (count > 0) return sweep(mutants, seed, count, file.get());
    return print_matrix(mutants, seed, file.get());
  };
}

const CommandRegistration kMutants("mutants",
                                   "Put the probes to the test: each mutant must be refuted",
                                   &set_up);

}  // namespace
}  // namespace assay
