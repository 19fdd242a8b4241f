#include "properties/cost_series.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <thread>

#include "models/host.h"
#include "models/pinning.h"
#include "models/shared_mapping.h"
#include "properties/statistics.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kNotCounted = std::numeric_limits<double>::quiet_NaN();
/// The distance of two cores may move by this factor within a round.
constexpr double kMoved = 1.25;

/// What the host tells of one subject, in shared memory.
struct Record {
  std::uint64_t operations;
  bool left_out;
  char problem[200];
};

/// What one call took, in ns; NaN where it did not count or is not known.
struct Times {
  double wall;
  double cpu;
};

/// CPU time of this process, exact, and of the children that it waited for, to the microsecond.
double cpu_now_ns() {
  timespec own{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
  rusage waited{};
  getrusage(RUSAGE_CHILDREN, &waited);
  const auto ns = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_usec) * 1e3;
  };
  return static_cast<double>(own.tv_sec) * 1e9 + static_cast<double>(own.tv_nsec) +
         ns(waited.ru_utime) + ns(waited.ru_stime);
}

/// The memory of a series: a header, a record a subject, the samples and the distances.
class Board {
 public:
  Board(std::size_t subjects, std::size_t rounds)
      : subjects_(subjects),
        rounds_(rounds),
        mapping_(64 + subjects * sizeof(Record) + (4 * subjects + 2) * rounds_ * sizeof(double)) {}

  /// Rounds that are over.
  std::atomic<std::uint64_t>& rounds_done() const {
    return *mapping_.at<std::atomic<std::uint64_t>>(0);
  }
  /// The subject that runs, plus 1; 0 when none does.
  std::atomic<std::uint64_t>& running() const {
    return *mapping_.at<std::atomic<std::uint64_t>>(8);
  }
  Record& record(std::size_t subject) const { return mapping_.at<Record>(64)[subject]; }
  /// Of the operations of a sample and of its setup.
  Times& total(std::size_t subject, std::size_t round) const {
    return times()[subject * rounds_ + round];
  }
  Times& setup(std::size_t subject, std::size_t round) const {
    return times()[(subjects_ + subject) * rounds_ + round];
  }
  double& before(std::size_t round) const { return doubles()[4 * subjects_ * rounds_ + round]; }
  double& after(std::size_t round) const {
    return doubles()[(4 * subjects_ + 1) * rounds_ + round];
  }

 private:
  Times* times() const { return mapping_.at<Times>(64 + subjects_ * sizeof(Record)); }
  double* doubles() const { return mapping_.at<double>(64 + subjects_ * sizeof(Record)); }

  std::size_t subjects_;
  std::size_t rounds_;
  SharedMapping mapping_;
};

void set_problem(Record& record, const std::string& text) {
  if (record.problem[0] != '\0') return;  // The first is the cause.
  std::strncpy(record.problem, text.c_str(), sizeof(record.problem) - 1);
}

/// Runs in the host.
class Sampler {
 public:
  Sampler(const CostSubject& subject, Record& record) : subject_(&subject), record_(&record) {}

  /// Doubles the operations of a sample until it takes an eighth of the planned time, then scales.
  /// By CPU time, which no disturbance makes longer, but no longer by the wall than is bearable.
  void warm_up(std::chrono::nanoseconds sample) {
    const double before = subject_->subtracts_setup ? work_of(least_of_a_few(subject_->least)) : 0;
    const auto planned = static_cast<double>(sample.count());
    const double target = std::clamp(kSetups * before, planned, kLongest * planned);
    // Something that takes no time at all is rejected by its floor, later.
    const double most = target / kLeastNs;
    for (std::uint64_t n = subject_->least; !record_->left_out; n *= 2) {
      const Times took = least_of_a_few(n);
      const double ns = work_of(took) - before;
      const double most_elapsed = std::max(kLongest * planned, kLongestCallNs);
      const bool bearable = took.wall < kLongest * planned && elapsed_ < most_elapsed;
      if (ns * 8 < target && bearable && static_cast<double>(n) < most) continue;
      const auto times = [&](double wanted, double got) {
        return static_cast<double>(n) * wanted / std::max(got, 1.0);
      };
      record_->operations =
          rounded(std::min({times(target, ns), times(kLongest * planned, took.wall),
                            times(most_elapsed, elapsed_), most}));
      return;
    }
  }

  void sample(Times& total, Times& setup) {
    total = setup = {kNotCounted, kNotCounted};
    if (record_->left_out) return;
    if (!subject_->subtracts_setup) {
      total = timed(record_->operations);
      setup = {0, 0};
    } else {
      setup = timed(subject_->least);
      total = timed(record_->operations + subject_->least);
    }
    if (record_->left_out) total = {kNotCounted, kNotCounted};
  }

 private:
  static constexpr double kLeastNs = 0.1;
  static constexpr int kWarmUps = 3;
  /// A sample takes so many times its setup, so that what varies in that does not hide it.
  static constexpr double kSetups = 3;
  /// But not longer than so many times the plan: a busy machine makes any setup look long.
  static constexpr double kLongest = 40;
  /// Nor longer than this with all that is around it, where the subject's own clock counts: one
  /// that hardly moves would ask for more and more.
  static constexpr double kLongestCallNs = 250e6;

  [[nodiscard]] std::uint64_t rounded(double operations) const {
    const auto times =
        static_cast<std::uint64_t>(operations / static_cast<double>(subject_->least));
    return std::max<std::uint64_t>(1, times) * subject_->least;
  }

  static double work_of(const Times& took) { return std::isnan(took.cpu) ? took.wall : took.cpu; }

  /// One disturbance must not make all samples of the series too short.
  Times least_of_a_few(std::uint64_t operations) {
    Times least = timed(operations);
    double elapsed = elapsed_;
    for (int i = 1; i < kWarmUps && !record_->left_out; ++i) {
      const Times took = timed(operations);
      least = {std::min(least.wall, took.wall), std::min(least.cpu, took.cpu)};
      elapsed = std::min(elapsed, elapsed_);
    }
    elapsed_ = elapsed;
    return least;
  }

  /// Leaves the subject out when it throws or counts wrongly.
  Times timed(std::uint64_t operations) {
    try {
      const double cpu = cpu_now_ns();
      const auto start = Clock::now();
      const std::uint64_t seen = subject_->run(operations);
      Times took{std::chrono::duration<double, std::nano>(Clock::now() - start).count(),
                 cpu_now_ns() - cpu};
      elapsed_ = took.wall;
      if (const auto own = subject_->own_time ? subject_->own_time() : std::nullopt) {
        const auto own_cpu = subject_->own_cpu_time ? subject_->own_cpu_time() : std::nullopt;
        took.wall = static_cast<double>(own->count());
        took.cpu = own_cpu ? static_cast<double>(own_cpu->count()) : kNotCounted;
      }
      if (seen >= operations && seen <= operations + subject_->least) return took;
      leave_out("its counter saw " + std::to_string(seen) + " operations where " +
                std::to_string(operations) + " were asked for");
    } catch (const std::exception& error) {
      leave_out(std::string("it failed: ") + error.what());
    }
    return {0, 0};
  }

  void leave_out(const std::string& why) {
    record_->left_out = true;
    set_problem(*record_, why);
  }

  const CostSubject* subject_;
  Record* record_;
  /// What the last call took by the clock of this process, or the least of a few, in ns.
  double elapsed_ = 0;
};

std::size_t rounds_of(const CostPlan& plan) {
  return static_cast<std::size_t>(std::max(plan.rounds, plan.most_rounds));
}

/// Memory of the host, present page by page, for a fork to copy.
void touch(std::size_t bytes) {
  if (bytes == 0) return;
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  madvise(memory, bytes, MADV_NOHUGEPAGE);
  constexpr std::size_t kPage = 4'096;
  for (std::size_t at = 0; at < bytes; at += kPage) static_cast<volatile char*>(memory)[at] = 1;
}

void take_samples(std::span<const CostSubject> subjects, const CostPlan& plan, const Board& board) {
  pin_to(plan.core >= 0 ? plan.core : allowed_cores().at(0));
  touch(plan.parent_bytes);
  std::vector<Sampler> samplers;
  for (std::size_t s = 0; s < subjects.size(); ++s) {
    samplers.emplace_back(subjects[s], board.record(s));
    board.running().store(s + 1);
    samplers.back().warm_up(plan.sample);
  }
  const auto fewest = static_cast<std::size_t>(plan.rounds);
  const auto end = Clock::now() + plan.budget;
  for (std::size_t round = 0; round < rounds_of(plan); ++round) {
    if (round >= fewest && Clock::now() >= end) break;
    if (plan.distance) board.before(round) = plan.distance();
    for (std::size_t s = 0; s < subjects.size(); ++s) {
      board.running().store(s + 1);
      samplers[s].sample(board.total(s, round), board.setup(s, round));
    }
    if (plan.distance) board.after(round) = plan.distance();
    board.rounds_done().fetch_add(1);
  }
  board.running().store(0);
}

bool moved(double before, double after) {
  return std::max(before, after) > kMoved * std::min(before, after);
}

/// The rounds that count: all that ended, but for those in which the distance moved.
std::vector<std::size_t> rounds_that_count(const Board& board, const CostPlan& plan,
                                           CostSeries& series) {
  std::vector<std::size_t> rounds;
  for (std::size_t round = 0; round < board.rounds_done().load(); ++round) {
    if (plan.distance) series.distance.push_back(board.before(round));
    if (plan.distance && moved(board.before(round), board.after(round))) {
      ++series.discarded;
    } else {
      rounds.push_back(round);
    }
  }
  return rounds;
}

/// What is subtracted: one for all samples, so that a disturbance of one setup does not spoil its
/// sample, and the lower quartile, because disturbances only make setups longer.
double setup_of(const Board& board, std::size_t subject, std::span<const std::size_t> rounds,
                double Times::* clock) {
  std::vector<double> setups;
  for (const std::size_t round : rounds) {
    const double ns = board.setup(subject, round).*clock;
    if (!std::isnan(ns)) setups.push_back(ns);
  }
  return setups.empty() ? kNotCounted : percentile(setups, 0.25);
}

/// In ns an operation, without the setup. Both clocks lose the same: the CPU time of the setup
/// where that is known, so that their difference stays what the operations waited.
TwoClocks of_each_round(const Board& board, std::size_t subject,
                        std::span<const std::size_t> rounds, bool waiting_counts) {
  const auto operations = static_cast<double>(board.record(subject).operations);
  const double cpu = setup_of(board, subject, rounds, &Times::cpu);
  const double setup =
      std::isnan(cpu) || waiting_counts ? setup_of(board, subject, rounds, &Times::wall) : cpu;
  TwoClocks clocks;
  for (const std::size_t round : rounds) {
    const Times total = board.total(subject, round);
    clocks.wall.push_back((total.wall - setup) / operations);
    clocks.cpu.push_back(waiting_counts ? kNotCounted : (total.cpu - setup) / operations);
  }
  return clocks;
}

CostSamples collect(const Board& board, const CostSubject& subject, std::size_t index,
                    std::span<const std::size_t> rounds, const CostPlan& plan) {
  Record& record = board.record(index);
  CostSamples samples;
  settle(of_each_round(board, index, rounds, plan.waiting_counts), samples);
  for (double& ns : samples.ns) {
    if (ns < subject.floor_ns || ns <= 0) {
      set_problem(record, "an operation of it took " + std::to_string(ns) +
                              " ns, below the physical floor of " +
                              std::to_string(subject.floor_ns) + " ns");
      ns = kNotCounted;
    }
    samples.rejected += std::isnan(ns) ? 1 : 0;
  }
  samples.operations = record.operations;
  samples.problem = record.problem;
  return samples;
}

/// Spins, and lets others run now and then in case the two share a core after all.
void wait_for_value(const std::atomic<std::uint32_t>& line, std::uint32_t value) {
  constexpr int kPatience = 10'000;
  for (int spins = 0; line.load(std::memory_order_acquire) != value; ++spins) {
    if (spins % kPatience == kPatience - 1) std::this_thread::yield();
  }
}

}  // namespace

std::vector<double> CostSamples::accepted() const {
  std::vector<double> counted;
  std::copy_if(ns.begin(), ns.end(), std::back_inserter(counted),
               [](double sample) { return !std::isnan(sample); });
  return counted;
}

std::vector<double> CostSamples::accepted_least() const {
  std::vector<double> least;
  for (std::size_t i = 0; i < ns.size(); ++i) {
    if (!std::isnan(ns[i])) least.push_back(least_ns[i]);
  }
  return least;
}

void settle(const TwoClocks& clocks, CostSamples& samples) {
  /// The part of a sample's time for which CPU time must account; what is below is waiting.
  constexpr double kWhole = 0.8;
  /// More CPU time than that was used on several cores, and is no bound of the time that passed.
  constexpr double kOneCore = 1.25;
  std::vector<double> shares;
  for (std::size_t i = 0; i < clocks.wall.size(); ++i) {
    if (clocks.wall[i] > 0 && clocks.cpu[i] > 0) shares.push_back(clocks.cpu[i] / clocks.wall[i]);
  }
  const bool known = !shares.empty() && median(shares) <= kOneCore;
  samples.by_cpu_time = known && *std::max_element(shares.begin(), shares.end()) >= kWhole;
  samples.ns = samples.by_cpu_time ? clocks.cpu : clocks.wall;
  samples.least_ns = samples.ns;
  if (!known || samples.by_cpu_time) return;
  for (std::size_t i = 0; i < samples.ns.size(); ++i) {
    const double cpu = clocks.cpu[i];
    samples.least_ns[i] = cpu > 0 ? std::min(cpu, samples.ns[i]) : kNotCounted;
    if (!(cpu > 0)) samples.ns[i] = kNotCounted;
  }
}

CostSeries measure(std::span<const CostSubject> subjects, const CostPlan& plan) {
  const Board board(subjects.size(), rounds_of(plan));
  const HostOptions options{.bound = plan.bound, .linger = {}, .linger_bound = {}};
  const HostResult host = run_in_host(options, [&] { take_samples(subjects, plan, board); });
  if (!host.end.ok()) {
    const std::uint64_t running = board.running().load();
    for (std::size_t s = 0; s < subjects.size(); ++s) {
      if (running != 0 && s + 1 != running) continue;
      set_problem(board.record(s), "the host that measured it " + to_string(host.end));
    }
  }
  CostSeries series;
  const std::vector<std::size_t> rounds = rounds_that_count(board, plan, series);
  for (std::size_t s = 0; s < subjects.size(); ++s) {
    series.subjects.push_back(collect(board, subjects[s], s, rounds, plan));
  }
  return series;
}

Pairs pairs_of(const CostSamples& a, const CostSamples& b) {
  Pairs pairs;
  for (std::size_t round = 0; round < std::min(a.ns.size(), b.ns.size()); ++round) {
    if (std::isnan(a.ns[round]) || std::isnan(b.ns[round])) continue;
    pairs.a.push_back(a.ns[round]);
    pairs.b.push_back(b.ns[round]);
    pairs.least_a.push_back(a.least_ns[round]);
    pairs.least_b.push_back(b.least_ns[round]);
  }
  return pairs;
}

double core_distance_ns(int core_a, int core_b) {
  constexpr std::uint32_t kWarm = 200;
  constexpr std::uint32_t kRounds = 1'000;
  alignas(64) std::atomic<std::uint32_t> line{0};
  const Pinned pinned(core_a);
  std::thread other([&] {
    pin_to(core_b);
    for (std::uint32_t i = 0; i < kWarm + kRounds; ++i) {
      wait_for_value(line, 2 * i + 1);
      line.store(2 * i + 2, std::memory_order_release);
    }
  });
  Clock::time_point start;
  for (std::uint32_t i = 0; i < kWarm + kRounds; ++i) {
    if (i == kWarm) start = Clock::now();
    line.store(2 * i + 1, std::memory_order_release);
    wait_for_value(line, 2 * i + 2);
  }
  const double ns = std::chrono::duration<double, std::nano>(Clock::now() - start).count();
  other.join();
  return ns / kRounds;
}

}  // namespace assay
