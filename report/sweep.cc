#include "report/sweep.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <stdexcept>

#include "report/held_signals.h"
#include "report/json.h"
#include "report/line_child.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;
using Key = std::tuple<std::uint64_t, std::string, TraitId>;

Key key_of(const SweepRecord& record) { return {record.seed, record.runtime, record.trait}; }

constexpr std::array<VerdictKind, 6> kVerdicts{
    VerdictKind::kConfirmed,    VerdictKind::kUnrefuted,   VerdictKind::kRefuted,
    VerdictKind::kInconclusive, VerdictKind::kUnsupported, VerdictKind::kUntested};

VerdictKind verdict_named(const std::string& name) {
  const auto found = std::find_if(kVerdicts.begin(), kVerdicts.end(),
                                  [&](VerdictKind kind) { return to_string(kind) == name; });
  if (found == kVerdicts.end()) throw std::invalid_argument("unknown verdict '" + name + "'");
  return *found;
}

SweepRecord record_of(const Result& result, std::uint64_t seed) {
  return {seed,
          result.runtime,
          result.claim.trait,
          result.verdict.kind,
          result.verdict.fails,
          result.seconds,
          result.verdict.reason,
          result.command};
}

/// The cells of a plan that are not known under this seed.
std::vector<Cell> unknown_cells(const SweepPlan& plan, const std::set<Key>& known,
                                std::uint64_t seed) {
  std::vector<Cell> cells;
  for (const Cell& cell : plan.plan.cells) {
    if (!known.contains({seed, cell.runtime->info().name, cell.trait})) cells.push_back(cell);
  }
  return cells;
}

/// What a process does that runs every n-th seed.
[[noreturn]] void run_seeds(const SweepPlan& plan, const std::set<Key>& known, unsigned index,
                            int fd) {
  try {
    for (std::uint64_t i = index; i < plan.seeds; i += plan.jobs) {
      RunPlan one = plan.plan;
      one.options.seed = plan.first_seed + i;
      one.cells = unknown_cells(plan, known, one.options.seed);
      one.budget = {};
      one.progress = nullptr;
      one.reached = [&](const Result& result) {
        write_line(fd, to_line(record_of(result, one.options.seed)));
      };
      if (run(one).signal != 0) break;
    }
    _exit(0);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "assay: a job of the sweep: %s\n", error.what());
    _exit(1);
  }
}

/// Nothing for a job that ran all of its seeds or was stopped by a signal that it held.
std::optional<std::string> why_it_ended(int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::nullopt;
  return WIFSIGNALED(status)
             ? "was killed by " + to_string(End{EndKind::kSignalled, WTERMSIG(status), ""})
             : "ended with status " + std::to_string(WEXITSTATUS(status));
}

class Sweeper {
 public:
  explicit Sweeper(const SweepPlan& plan) : plan_(&plan) {
    std::set<std::string> runtimes;
    std::set<Key> wanted;
    for (const Cell& cell : plan.plan.cells) {
      for (std::uint64_t i = 0; i < plan.seeds; ++i) {
        wanted.insert({plan.first_seed + i, cell.runtime->info().name, cell.trait});
      }
    }
    for (const SweepRecord& record : plan.known) {
      if (!wanted.contains(key_of(record)) || !known_.insert(key_of(record)).second) continue;
      result_.records.push_back(record);
    }
  }

  SweepResult run() {
    const auto start = Clock::now();
    for (unsigned i = 0; i < plan_->jobs; ++i) {
      jobs_.push_back(
          std::make_unique<LineChild>([&](int fd) { run_seeds(*plan_, known_, i, fd); }));
    }
    while (!jobs_.empty()) {
      wait();
      hear();
    }
    result_.wall = Clock::now() - start;
    return std::move(result_);
  }

 private:
  void wait() {
    ready_.assign(1, {signals_.fd(), POLLIN, 0});
    for (const auto& job : jobs_) ready_.push_back({job->fd(), POLLIN, 0});
    poll(ready_.data(), ready_.size(), -1);
    const int signal = signals_.take();
    if (signal == 0 || result_.signal != 0) return;
    result_.signal = signal;
    for (const auto& job : jobs_) kill(job->pid(), SIGTERM);
  }

  void hear() {
    for (std::size_t i = jobs_.size(); i-- > 0;) {
      if (ready_[i + 1].revents == 0) continue;
      bool ended = false;
      for (const std::string& line : jobs_[i]->receive(ended)) {
        result_.records.push_back(sweep_record(line));
        if (plan_->reached) plan_->reached(result_.records.back());
      }
      if (!ended) continue;
      const std::optional<std::string> why = why_it_ended(jobs_[i]->wait());
      if (why && result_.signal == 0) result_.lost.push_back(*why);
      jobs_.erase(jobs_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  const SweepPlan* plan_;
  HeldSignals signals_;
  std::set<Key> known_;
  std::vector<std::unique_ptr<LineChild>> jobs_;
  std::vector<pollfd> ready_;
  SweepResult result_;
};

}  // namespace

std::string to_line(const SweepRecord& record) {
  Json json{{"seed", record.seed},
            {"runtime", record.runtime},
            {"trait", trait(record.trait).slug},
            {"verdict", to_string(record.verdict)},
            {"fails", record.fails},
            {"seconds", record.seconds},
            {"command", record.command}};
  if (!record.reason.empty()) json["reason"] = record.reason;
  return dump(json, -1);
}

SweepRecord sweep_record(const std::string& line) {
  try {
    const Json json = Json::parse(line);
    const Trait* of = find_trait(json.at("trait").get<std::string>());
    if (of == nullptr) throw std::invalid_argument("unknown trait " + json["trait"].dump());
    return {json.at("seed"),
            json.at("runtime"),
            of->id,
            verdict_named(json.at("verdict")),
            json.at("fails"),
            json.at("seconds"),
            json.value("reason", ""),
            json.at("command")};
  } catch (const Json::exception& error) {
    throw std::invalid_argument(std::string("expected a verdict of a sweep: ") + error.what());
  }
}

SweepResult sweep(const SweepPlan& plan) { return Sweeper(plan).run(); }

std::vector<SweepRow> rows_of(const std::vector<SweepRecord>& records) {
  std::vector<SweepRow> rows;
  for (const SweepRecord& record : records) {
    auto row = std::find_if(rows.begin(), rows.end(), [&](const SweepRow& known) {
      return known.runtime == record.runtime && known.trait == record.trait;
    });
    if (row == rows.end()) {
      row = rows.insert(rows.end(), SweepRow{record.runtime, record.trait});
    }
    ++row->runs;
    ++row->of_kind[static_cast<std::size_t>(record.verdict)];
    row->failures += record.fails ? 1 : 0;
    row->seconds += record.seconds;
  }
  return rows;
}

std::vector<Cell> testable(const std::vector<Cell>& cells) {
  std::vector<Cell> tested;
  std::copy_if(cells.begin(), cells.end(), std::back_inserter(tested), [](const Cell& cell) {
    const Claim* claim = cell.runtime->claim_of(cell.trait);
    return claim != nullptr && claim->modality != Modality::kUntested &&
           claim->modality != Modality::kUnsupported;
  });
  return tested;
}

int exit_status(const std::vector<SweepRow>& rows) {
  const auto failed = [](const SweepRow& row) { return row.failures > 0; };
  const auto undecided = [](const SweepRow& row) {
    return row.of_kind[static_cast<std::size_t>(VerdictKind::kInconclusive)] == row.runs;
  };
  if (std::any_of(rows.begin(), rows.end(), failed)) return 1;
  return std::any_of(rows.begin(), rows.end(), undecided) ? 3 : 0;
}

}  // namespace assay
