#include "report/sweep.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "report/held_signals.h"
#include "report/json.h"

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

/// Writes one line, whole. Nobody to read it: the sweep is over.
void send(int fd, const SweepRecord& record) {
  const std::string line = to_line(record) + "\n";
  for (std::size_t done = 0; done < line.size();) {
    const ssize_t wrote = ::write(fd, line.data() + done, line.size() - done);
    if (wrote < 0 && errno != EINTR) _exit(1);
    if (wrote > 0) done += static_cast<std::size_t>(wrote);
  }
}

/// A process that runs every n-th seed.
class Job {
 public:
  Job(const SweepPlan& plan, const std::set<Key>& known, unsigned index) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) refuse();
    const pid_t parent = getpid();
    std::fflush(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != parent) _exit(1);
      close(ends[0]);
      run_seeds(plan, known, index, ends[1]);
    }
    close(ends[1]);
    fd_ = ends[0];
    if (pid_ >= 0) return;
    close(fd_);
    refuse();
  }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    close(fd_);
  }

  [[nodiscard]] int fd() const { return fd_; }
  void stop() const {
    if (pid_ > 0) kill(pid_, SIGTERM);
  }

  /// Reads what has come; calls `reached` for each whole line. False at its end.
  bool receive(const std::function<void(const SweepRecord&)>& reached) {
    std::array<char, 65536> chunk{};
    const ssize_t got = ::read(fd_, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) return true;
    if (got <= 0) return false;
    buffer_.append(chunk.data(), static_cast<std::size_t>(got));
    std::size_t from = 0;
    for (std::size_t end = 0; (end = buffer_.find('\n', from)) != std::string::npos;
         from = end + 1) {
      reached(sweep_record(buffer_.substr(from, end - from)));
    }
    buffer_.erase(0, from);
    return true;
  }

  /// Waits for its end; nothing when it ran all of its seeds or was stopped by a signal it held.
  std::optional<std::string> why_it_ended() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::nullopt;
    return WIFSIGNALED(status)
               ? "was killed by " + to_string(End{EndKind::kSignalled, WTERMSIG(status), ""})
               : "ended with status " + std::to_string(WEXITSTATUS(status));
  }

 private:
  [[noreturn]] static void refuse() {
    throw std::system_error(errno, std::generic_category(),
                            "cannot start a process of the sweep; raise RLIMIT_NPROC (ulimit -u)");
  }

  [[noreturn]] static void run_seeds(const SweepPlan& plan, const std::set<Key>& known,
                                     unsigned index, int fd) {
    signal(SIGPIPE, SIG_IGN);
    try {
      for (std::uint64_t i = index; i < plan.seeds; i += plan.jobs) {
        RunPlan one = plan.plan;
        one.options.seed = plan.first_seed + i;
        one.cells = unknown_cells(plan, known, one.options.seed);
        one.budget = {};
        one.progress = nullptr;
        one.reached = [&](const Result& result) { send(fd, record_of(result, one.options.seed)); };
        if (run(one).signal != 0) break;
      }
      _exit(0);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "assay: a job of the sweep: %s\n", error.what());
      _exit(1);
    }
  }

  pid_t pid_ = -1;
  int fd_ = -1;
  std::string buffer_;
};

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
      jobs_.push_back(std::make_unique<Job>(*plan_, known_, i));
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
    for (const auto& job : jobs_) job->stop();
  }

  void hear() {
    for (std::size_t i = jobs_.size(); i-- > 0;) {
      if (ready_[i + 1].revents == 0) continue;
      const bool more = jobs_[i]->receive([&](const SweepRecord& record) {
        if (plan_->reached) plan_->reached(record);
        result_.records.push_back(record);
      });
      if (more) continue;
      const std::optional<std::string> why = jobs_[i]->why_it_ended();
      if (why && result_.signal == 0) result_.lost.push_back(*why);
      jobs_.erase(jobs_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  const SweepPlan* plan_;
  HeldSignals signals_;
  std::set<Key> known_;
  std::vector<std::unique_ptr<Job>> jobs_;
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
