#include "cli/measure.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <new>
#include <system_error>

#include "cli/open_results.h"
#include "cli/say.h"
#include "properties/embedded_race_helper.h"
#include "properties/low_limit.h"
#include "report/json.h"
#include "report/profile.h"
#include "report/results_file.h"
#include "report/run.h"
#include "report/table.h"

namespace assay {
namespace {

/// Of the three reference runtimes; of more of them, in proportion.
constexpr std::chrono::milliseconds kQuickBudget{9800};
constexpr std::chrono::milliseconds kDefaultBudget{59'000};

/// One line on standard error, rewritten; nothing where that is no terminal.
class ProgressLine {
 public:
  void show(const Progress& progress, const Cell& cell) {
    if (!terminal_) return;
    constexpr int kColumns = 79;
    const auto left = std::chrono::ceil<std::chrono::seconds>(progress.left).count();
    const std::string line =
        fmt::format("[{}/{}] {}: {} {}", progress.cell + 1, progress.cells,
                    cell.runtime->info().name, trait(cell.trait).title, progress.text);
    say("\r\033[K{:.{}} about {} s left", line, kColumns - 20, left);
    shown_ = true;
  }
  void clear() {
    if (shown_) say("\r\033[K");
    shown_ = false;
  }

 private:
  bool terminal_ = isatty(STDERR_FILENO) != 0;
  bool shown_ = false;
};

std::string now_utc() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

/// How many times the three reference runtimes these are: a program takes a driver longer.
double shares_of(const std::vector<Runtime*>& runtimes) {
  double shares = 0;
  for (const Runtime* runtime : runtimes) shares += runtime->info().language == "C++" ? 1 : 4;
  return shares / 3;
}

std::chrono::nanoseconds budget_of(const Options& options, Printed printed) {
  // A duration that was asked for is the user's own bound.
  if (printed != Printed::kTable || options.duration.count() > 0) return {};
  const auto budget = options.effort == Effort::kQuick ? kQuickBudget : kDefaultBudget;
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
      budget * std::max(1.0, shares_of(options.runtimes)));
}

void print_end(const RunResult& ran, const Options& options, Printed printed) {
  const MachineFacts machine = machine_facts();
  if (printed != Printed::kProfile) tell("\n{}\n", tally_line(ran.results));
  tell("seed {}, {:.1f} s, {} core{}, {}\n", options.seed,
       std::chrono::duration<double>(ran.wall).count(), machine.cores,
       machine.cores == 1 ? "" : "s", machine.kernel);
  show_told();
}

void print_table(const RunResult& ran, const Options& options, Printed printed,
                 const TableOptions& style) {
  if (printed == Printed::kTable && !ran.results.empty()) {
    tell("{}", table(ran.results, style));
    const std::string under = remarks(ran.results, style);
    if (!under.empty()) tell("\n{}", under);
  }
  if (printed == Printed::kProfile) {
    for (const Runtime* runtime : options.runtimes) {
      tell("{}\n", profile(*runtime, ran.results, style));
    }
  }
  print_end(ran, options, printed);
}

std::string document_of(const RunResult& ran, RunFacts facts) {
  facts.seconds = std::chrono::duration<double>(ran.wall).count();
  facts.interrupted = ran.signal != 0;
  return dump(to_json(ran.results, facts, machine_facts()), 2) + "\n";
}

int write_json(ResultsFile& file, const RunResult& ran, const RunFacts& facts) {
  try {
    file.write(document_of(ran, facts));
  } catch (const std::system_error& error) {
    say("assay: {}\n", error.what());
    return 2;
  }
  return 0;
}

}  // namespace

bool warn_of_low_limits() {
  std::string text = low_limit(kUnitsOfProbes);
  if (text.empty()) text = low_memory();
  if (!text.empty()) say("assay: {}\n", text);
  return !text.empty();
}

bool wants_colour() {
  const char* no_colour = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) != 0 && (no_colour == nullptr || *no_colour == '\0');
}

RunPlan plan_of(const Options& options, Printed printed) {
  RunPlan plan;
  plan.cells = cells_of(options.runtimes, options.traits);
  const auto all = probes();
  plan.probes.assign(all.begin(), all.end());
  plan.budget = budget_of(options, printed);
  plan.flags = options.flags;
  plan.ignores_claims = printed == Printed::kProfile;
  plan.cell_bound = std::max<std::chrono::nanoseconds>(plan.cell_bound, options.duration * 10);
  plan.options.seed = options.seed;
  plan.options.effort = options.effort;
  plan.options.units = options.units;
  plan.options.duration = options.duration;
  plan.options.race_helper = embedded_race_helper();
  return plan;
}

std::string measured_document(const Options& options, const Words& words) {
  warn_of_low_limits();
  const RunFacts facts{options.seed, options.effort, words, now_utc(), 0, false};
  RunPlan plan = plan_of(options, Printed::kTable);
  ProgressLine line;
  plan.progress = [&](const Progress& now) { line.show(now, plan.cells[now.cell]); };
  const RunResult ran = run(plan);
  line.clear();
  return document_of(ran, facts);
}

int measure(const Options& options, Printed printed, const Words& words) {
  const std::unique_ptr<ResultsFile> file = open_results(options.json);
  const bool warned = warn_of_low_limits();
  const RunFacts facts{options.seed, options.effort, words, now_utc(), 0, false};
  const TableOptions style{wants_colour()};
  RunPlan plan = plan_of(options, printed);
  ProgressLine line;
  plan.progress = [&](const Progress& now) { line.show(now, plan.cells[now.cell]); };
  plan.reached = [&](const Result& result) {
    if (printed != Printed::kDetails) return;
    line.clear();
    tell("{}", details(result, style));
    show_told();
  };
  RunResult ran;
  try {
    ran = run(plan);
  } catch (const std::system_error&) {
    // No worker could be started; one line is enough.
    if (!warned) throw;
    return 3;
  }
  line.clear();
  const int lost = file ? write_json(*file, ran, facts) : 0;
  print_table(ran, options, printed, style);
  if (ran.signal != 0) {
    say("assay: interrupted after {} of {} claims\n", ran.results.size(), plan.cells.size());
  }
  if (ran.signal != 0) return 128 + ran.signal;
  const int status =
      printed == Printed::kProfile ? profile_status(ran.results) : Tally(ran.results).exit_status();
  return status == 1 || lost == 0 ? status : lost;
}

}  // namespace assay
