// `assay soak`: rounds of everything, disturbed, for as long as one likes; what they leave behind.
#include "stress/soak/soak.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/quantities.h"
#include "cli/say.h"
#include "models/machine.h"
#include "models/registry.h"
#include "stress/soak/soak_journal.h"

namespace assay {
namespace {

constexpr std::chrono::hours kLongest{24 * 7};
constexpr std::uint64_t kMostUnits = 1'000'000;

struct Typed {
  std::string duration = "10m", memory = "1G", units = "64", seed = "1", out, runtime = "all",
              round;
  bool resume = false;
};

/// On a terminal one line that is rewritten; elsewhere a line for each tenth.
class SoakLine {
 public:
  void show(const SoakProgress& now) {
    const int tenth = static_cast<int>(now.part * 10);
    if (!terminal_ && tenth == tenth_) return;
    tenth_ = tenth;
    const auto left = std::chrono::ceil<std::chrono::seconds>(now.left).count();
    const std::string line = fmt::format(
        "[{:3.0f} %] round {}, {} failed; {} on {}, {} units; about {} min {:02} s left",
        now.part * 100, now.rounds, now.failed, to_string(now.round->work),
        now.round->runtime->info().name, now.round->units, left / 60, left % 60);
    if (terminal_) {
      say("\r\033[K{:.100}", line);
    } else {
      say("assay soak: {}\n", line);
    }
    std::fflush(stderr);
  }
  void clear() const {
    if (terminal_) say("\r\033[K");
  }

 private:
  bool terminal_ = isatty(STDERR_FILENO) != 0;
  int tenth_ = -1;
};

/// Half of what is available, so that no soak takes the machine down.
void check_memory(std::uint64_t bytes) {
  const Machine machine = read_machine();
  const Limit* limit = machine.tightest(Resource::kMemoryBytes);
  if (limit == nullptr || bytes <= limit->left() / 2) return;
  throw UsageError(fmt::format("--memory: expected at most {}M, half of what {} leaves, found {}M",
                               limit->left() / 2 >> 20, limit->name, bytes >> 20));
}

SoakPlan plan_of(const Typed& typed) {
  SoakPlan plan;
  plan.duration = parse_duration(typed.duration, kLongest);
  plan.choice.memory_bytes = parse_bytes("--memory", typed.memory);
  check_memory(plan.choice.memory_bytes);
  plan.choice.units = parse_count("--units", typed.units, kMostUnits);
  plan.seed = parse_seed(typed.seed);
  plan.choice.runtimes = parse_runtimes(typed.runtime);
  if (typed.round.empty()) return plan;
  plan.first_round = parse_seed(typed.round);
  plan.most_rounds = 1;
  return plan;
}

std::unique_ptr<SoakJournal> open_out(const Typed& typed, SoakPlan& plan) {
  if (typed.out.empty() && typed.resume) throw UsageError("--resume: name the file with --out");
  if (typed.out.empty()) return nullptr;
  std::error_code none;
  const bool begun = std::filesystem::is_regular_file(typed.out, none) &&
                     std::filesystem::file_size(typed.out, none) > 0;
  if (begun && !typed.resume) {
    throw UsageError(fmt::format(
        "--out: '{}' has something in it; add --resume to go on, or name another file", typed.out));
  }
  try {
    auto journal = std::make_unique<SoakJournal>(typed.out, plan);
    plan.spent = journal->spent();
    plan.first_round = std::max(plan.first_round, journal->next_round());
    return journal;
  } catch (const std::exception& error) {
    throw UsageError(std::string("--out: ") + error.what());
  }
}

void print_failure(const RoundRecord& record, const Typed& typed) {
  tell("X round {}: {} on {}, {} units, disturbance {}: {}\n", record.index, to_string(record.work),
       record.runtime, record.units, to_string(record.disturbance), record.text);
  for (const std::string& left : record.left) tell("    left behind: {}\n", left);
  tell("    assay soak --seed={} --units={} --memory={} --runtime={} --round={}\n", typed.seed,
       typed.units, typed.memory, typed.runtime, record.index);
  show_told();
}

void print_counts(const SoakCounts& counts) {
  tell("{:<12}", "");
  for (int end = 0; end < kRoundEnds; ++end) {
    tell("{:>11}", to_string(static_cast<RoundEnd>(end)));
  }
  tell("\n");
  for (std::size_t work = 0; work < kWorks; ++work) {
    tell("{:<12}", to_string(static_cast<Work>(work)));
    for (const std::uint64_t count : counts.rounds.at(work)) tell("{:>11}", count);
    tell("\n");
  }
  tell("\ndisturbed:");
  for (std::size_t i = 1; i < kDisturbances; ++i) {
    tell("{} {} {}", i == 1 ? "" : ",", to_string(static_cast<Disturbance>(i)),
         counts.disturbances.at(i));
  }
  tell("\nthe most memory that a round was seen to take: {} MiB\n", counts.peak_bytes >> 20);
}

void print_audit(const SoakResult& result) {
  for (const std::string& left : result.left) tell("X left behind: {}\n", left);
  for (const std::string& what : result.not_looked_at) tell("not audited: {}\n", what);
  tell("audit of processes, zombies, descriptors, shared memory, temporary files and memory: {}\n",
       result.left.empty() ? "clean" : "NOT clean");
}

int run_soak(const Typed& typed) {
  SoakPlan plan = plan_of(typed);
  const std::unique_ptr<SoakJournal> journal = open_out(typed, plan);
  SoakCounts counts = journal ? journal->counts() : SoakCounts{};
  SoakLine line;
  if (isatty(STDERR_FILENO) != 0 || typed.round.empty()) {
    plan.progress = [&](const SoakProgress& now) { line.show(now); };
  }
  plan.reached = [&](const RoundRecord& record) {
    if (journal) journal->append(record);
    counts.add(record);
    if (!record.fails()) return;
    line.clear();
    print_failure(record, typed);
  };
  const SoakResult result = soak(plan);
  line.clear();
  if (journal) journal->append(result);
  print_counts(counts);
  print_audit(result);
  tell("{} rounds, {} failed; seed {}, {:.0f} s{}\n", counts.all(), counts.failed, plan.seed,
       std::chrono::duration<double>(result.wall + plan.spent).count(),
       result.signal != 0 ? ", interrupted" : "");
  show_told();
  if (counts.failed > 0 || !result.left.empty()) return 1;
  return result.signal != 0 ? 128 + result.signal : 0;
}

CommandRun set_up(CLI::App& app) {
  const auto typed = std::make_shared<Typed>();
  app.add_option("--duration", typed->duration, "How long, such as 30s, 10m, 1h (default 10m)");
  app.add_option("--memory", typed->memory,
                 "The most that the processes of a round may take, such as 512M (default 1G)");
  app.add_option("--units", typed->units, "The most units of a round (default 64)");
  app.add_option("--seed", typed->seed, "Every random choice comes from it (default 1)");
  app.add_option("--runtime", typed->runtime, "Names, separated by commas (default all)");
  app.add_option("--out", typed->out, "Write each round to this file as it ends");
  app.add_flag("--resume", typed->resume, "Go on with the soak that the file holds");
  app.add_option("--round", typed->round, "Run this round alone");
  app.footer(
      "Exit status: 0 every result right and nothing left behind, 1 not so, 2 wrong usage, 3 not\n"
      "measured, 130 or 143 interrupted.");
  return [typed](const Words&) { return run_soak(*typed); };
}

const CommandRegistration kSoak(
    "soak", "Run everything, disturbed, for minutes or hours; audit what is left behind", &set_up);

}  // namespace
}  // namespace assay
