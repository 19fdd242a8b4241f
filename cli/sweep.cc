// `assay sweep`: the same claims for many seeds, and how often each verdict came out.
#include <cstdio>
#include <map>
#include <memory>

#include "cli/measure.h"
#include "cli/open_results.h"
#include "cli/say.h"
#include "report/json.h"
#include "report/sweep_journal.h"

namespace assay {
namespace {

constexpr std::uint64_t kMostSeeds = 1'000'000;
constexpr std::uint64_t kMostJobs = 64;

struct Typed {
  std::string seeds = "100", jobs = "1", journal;
};

/// What must be the same for verdicts to be counted together.
JournalHead head_of(const ProbeOptions& options) {
  const BuildFacts build = build_facts();
  const Json facts{{"version", build.version},
                   {"variant", build.variant},
                   {"units", options.units},
                   {"duration_ns", options.duration.count()}};
  Json head{{"schema", "assay-sweep-journal"}, {"schema_version", kSchemaVersion}};
  Json older{{"schema", "assay-sweep"}};
  head.update(facts);
  older.update(facts);
  return {dump(head, -1), dump(older, -1)};
}

void print_rows(const std::vector<SweepRow>& rows) {
  tell("{:<24} {:<22} {:>6} {:>8} {:>13} {:>9}\n", "runtime", "trait", "seeds", "refuted",
       "inconclusive", "s a seed");
  for (const SweepRow& row : rows) {
    const auto count = [&](VerdictKind kind) {
      return row.of_kind[static_cast<std::size_t>(kind)];
    };
    tell("{:<24} {:<22} {:>6} {:>8} {:>13} {:>9.3f}{}\n", row.runtime, trait(row.trait).slug,
         row.runs, count(VerdictKind::kRefuted), count(VerdictKind::kInconclusive),
         row.seconds / static_cast<double>(row.runs),
         row.failures == 0 && count(VerdictKind::kRefuted) > 0 ? "  (optional)" : "");
  }
}

/// A few of each cell: the rest say the same.
void print_refuted(const std::vector<SweepRecord>& records) {
  constexpr int kShown = 3;
  std::map<std::pair<std::string, TraitId>, int> shown;
  for (const SweepRecord& record : records) {
    if (record.verdict != VerdictKind::kRefuted) continue;
    if (++shown[{record.runtime, record.trait}] > kShown) continue;
    tell("X {} of {}, seed {}: {}\n    {}\n", trait(record.trait).slug, record.runtime, record.seed,
         record.reason, record.command);
  }
}

Json to_json(const SweepResult& swept, const SweepPlan& plan, const Words& words) {
  Json cells = Json::array();
  for (const SweepRow& row : rows_of(swept.records)) {
    Json cell{{"runtime", row.runtime}, {"trait", trait(row.trait).slug}, {"seeds", row.runs}};
    for (std::size_t i = 0; i < std::size(row.of_kind); ++i) {
      cell[std::string(to_string(static_cast<VerdictKind>(i)))] = row.of_kind[i];
    }
    cell["failures"] = row.failures;
    cell["seconds"] = row.seconds;
    cells.push_back(std::move(cell));
  }
  Json refuted = Json::array();
  for (const SweepRecord& record : swept.records) {
    if (record.verdict == VerdictKind::kRefuted) refuted.push_back(Json::parse(to_line(record)));
  }
  return {{"schema", "assay-sweep"},
          {"schema_version", kSchemaVersion},
          {"host", assay::to_json(machine_facts())},
          {"build", assay::to_json(build_facts())},
          {"arguments", words},
          {"first_seed", plan.first_seed},
          {"seeds", plan.seeds},
          {"jobs", plan.jobs},
          {"duration_ns", plan.plan.options.duration.count()},
          {"wall_seconds", std::chrono::duration<double>(swept.wall).count()},
          {"interrupted", swept.signal != 0},
          {"cells", std::move(cells)},
          {"refuted", std::move(refuted)}};
}

SweepPlan sweep_plan(const Options& options, const Typed& typed) {
  SweepPlan plan;
  plan.first_seed = options.seed;
  plan.seeds = parse_count("--seeds", typed.seeds, kMostSeeds);
  plan.jobs = static_cast<unsigned>(parse_count("--jobs", typed.jobs, kMostJobs));
  plan.plan = plan_of(options, Printed::kDetails);
  plan.plan.cells = testable(plan.plan.cells);
  return plan;
}

void print_end(const SweepResult& swept) {
  std::uint64_t refuted = 0;
  std::uint64_t inconclusive = 0;
  for (const SweepRow& row : rows_of(swept.records)) {
    refuted += row.of_kind[static_cast<std::size_t>(VerdictKind::kRefuted)];
    inconclusive += row.of_kind[static_cast<std::size_t>(VerdictKind::kInconclusive)];
  }
  tell("\n{} verdicts: {} refuted, {} inconclusive; {:.0f} s{}\n", swept.records.size(), refuted,
       inconclusive, std::chrono::duration<double>(swept.wall).count(),
       swept.signal != 0 ? ", interrupted" : "");
  for (const std::string& why : swept.lost) tell("a job of the sweep {}\n", why);
  show_told();
}

std::unique_ptr<SweepJournal> open_journal(const std::string& path, const ProbeOptions& options) {
  if (path.empty()) return nullptr;
  try {
    return std::make_unique<SweepJournal>(path, head_of(options));
  } catch (const std::exception& error) {
    throw UsageError(std::string("--journal: ") + error.what());
  }
}

int run_sweep(const Options& options, const Typed& typed, const Words& words) {
  const std::unique_ptr<ResultsFile> file = open_results(options.json);
  SweepPlan plan = sweep_plan(options, typed);
  const auto journal = open_journal(typed.journal, plan.plan.options);
  if (journal) plan.known = journal->known();
  tell("{} cells that a probe tests, {} seeds from {}, {} job{}\n", plan.plan.cells.size(),
       plan.seeds, plan.first_seed, plan.jobs, plan.jobs == 1 ? "" : "s");
  show_told();
  plan.reached = [&](const SweepRecord& record) {
    if (journal) journal->append(record);
    if (record.fails) {
      tell("X {} of {}, seed {}: {}\n", trait(record.trait).slug, record.runtime, record.seed,
           record.command);
      show_told();
    }
  };
  const SweepResult swept = sweep(plan);
  const std::vector<SweepRow> rows = rows_of(swept.records);
  print_rows(rows);
  print_refuted(swept.records);
  print_end(swept);
  if (file) file->write(dump(to_json(swept, plan, words), 2) + "\n");
  const int status = exit_status(rows);
  if (status == 1) return status;
  if (swept.signal != 0) return 128 + swept.signal;
  return swept.lost.empty() ? status : 3;
}

CommandRun set_up(CLI::App& app) {
  const auto typed = std::make_shared<Typed>();
  const auto options = add_options(app, OffersQuick::kNo);
  app.add_option("--seeds", typed->seeds, "How many seeds, from --seed on (default 100)");
  app.add_option("--jobs", typed->jobs, "How many seeds to run at once (default 1)");
  app.add_option("--journal", typed->journal,
                 "Append each verdict to this file, and do not run again what it holds");
  return [options, typed](const Words& words) { return run_sweep(options(), *typed, words); };
}

const CommandRegistration kSweep(
    "sweep", "Check claims for many seeds, and count the verdicts; --duration is 50ms by default",
    &set_up);

}  // namespace
}  // namespace assay
