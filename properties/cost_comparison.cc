#include "properties/cost_comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "models/pinning.h"
#include "models/sanitized.h"
#include "properties/low_limit.h"
#include "properties/order.h"
#include "properties/quantity.h"
#include "properties/statistics.h"

namespace assay {
namespace {

/// What was measured of one runtime.
struct Costs {
  Runtime* runtime = nullptr;
  std::string name;
  std::optional<CostSamples> native;
  std::optional<CostSamples> native_again;  ///< A second series, where an order is close.
  CostSamples generic;
  double least_cpu_ns = std::numeric_limits<double>::infinity();  ///< Of its generic samples.
  std::string failure;    ///< Why its generic program did not complete.
  bool refused = false;   ///< That was a limit, or a bound.
  std::string rejection;  ///< Why its native hooks do not count.
};

/// One measurement of several runtimes.
struct Table {
  std::uint64_t seed = 0;
  Effort effort = Effort::kDefault;
  std::chrono::nanoseconds duration{0};
  std::vector<Costs> costs;
  bool generic_is_full = false;

  [[nodiscard]] bool is_of(const std::vector<Runtime*>& cast, const ProbeOptions& options) const {
    if (seed != options.seed || effort != options.effort || duration != options.duration) {
      return false;
    }
    return std::equal(costs.begin(), costs.end(), cast.begin(), cast.end(),
                      [](const Costs& of, const Runtime* runtime) {
                        return of.runtime == runtime && of.name == runtime->info().name;
                      });
  }
};

/// The runtime and its rivals of the same language, in the order of their names.
std::vector<Runtime*> cast_of(Runtime& runtime, const ProbeOptions& options) {
  std::vector<Runtime*> cast{&runtime};
  for (Runtime* rival : options.rivals) {
    if (rival == &runtime || rival->info().language != runtime.info().language) continue;
    cast.push_back(rival);
  }
  std::sort(cast.begin(), cast.end(),
            [](const Runtime* a, const Runtime* b) { return a->info().name < b->info().name; });
  return cast;
}

CostPlan plan_of(const ProbeOptions& options) {
  using std::chrono::milliseconds;
  const bool quick = options.effort == Effort::kQuick;
  CostPlan plan;
  plan.rounds = kFewestPairs + 6;  // A sample or two may be rejected.
  plan.most_rounds = 400;
  plan.budget = options.duration.count() > 0 ? options.duration : milliseconds(quick ? 120 : 600);
  return plan;
}

/// A busy machine rejects many samples: then all are taken again, twice and four times as many.
CostSeries measure_enough(const std::vector<CostSubject>& subjects, CostPlan plan) {
  constexpr int kMostRounds = 4 * kFewestPairs + 24;
  constexpr std::size_t kFewestAccepted = kFewestPairs + 3;
  for (;;) {
    CostSeries series = measure(subjects, plan);
    const bool enough =
        std::all_of(series.subjects.begin(), series.subjects.end(), [](const CostSamples& samples) {
          const std::size_t accepted = samples.accepted().size();
          return accepted == 0 || accepted >= kFewestAccepted;
        });
    if (enough || plan.rounds >= kMostRounds) return series;
    plan.rounds *= 2;
  }
}

/// A series of all that have hooks; sets the given member of each.
void measure_natively(const CostQuestion& question, const ProbeOptions& options, Table& table,
                      std::optional<CostSamples> Costs::* member) {
  const int core = allowed_cores().at(0);
  std::vector<CostSubject> subjects;
  std::vector<Costs*> owners;
  for (Costs& costs : table.costs) {
    NativeCosts* hooks = costs.runtime->native_costs();
    if (hooks == nullptr) continue;
    subjects.push_back(question.native(*hooks, core));
    subjects.back().name = costs.name;
    subjects.back().floor_ns = question.floor_ns;
    owners.push_back(&costs);
  }
  if (subjects.empty()) return;
  const CostSeries series = measure_enough(subjects, plan_of(options));
  for (std::size_t i = 0; i < owners.size(); ++i) owners[i]->*member = series.subjects[i];
}

/// The least CPU time of its generic samples so far.
void note_cpu(const GenericSample& sample, Costs& costs) {
  if (sample.cpu_ns > 0) costs.least_cpu_ns = std::min(costs.least_cpu_ns, sample.cpu_ns);
}

/// Takes the generic samples of all, in turn.
void measure_generically(const CostQuestion& question, int rounds, Table& table) {
  if (!question.generic) return;
  // What is not above 0 is not known: a runtime that tells no time has no samples.
  const auto known = [](double ns) { return ns > 0 ? ns : std::nan(""); };
  std::vector<TwoClocks> clocks(table.costs.size());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < table.costs.size(); ++i) {
      Costs& costs = table.costs[i];
      if (!costs.failure.empty()) continue;
      const GenericSample sample = question.generic(*costs.runtime);
      costs.failure = sample.failure;
      costs.refused = sample.refused;
      note_cpu(sample, costs);
      clocks[i].wall.push_back(known(sample.ns));
      clocks[i].cpu.push_back(known(sample.cpu_ns));
    }
  }
  for (std::size_t i = 0; i < table.costs.size(); ++i) {
    table.costs[i].generic = {};
    settle(clocks[i], table.costs[i].generic);
  }
}

/// A hook that is far below the cheapest generic form does something else than it says.
/// Disturbances only make the generic form look dearer: one undisturbed sample clears a hook, whose
/// own figure is without them.
void hold_against_sanity(const CostQuestion& question, Costs& costs) {
  constexpr int kTries = 8;
  if (!question.sanity || !costs.native || !costs.rejection.empty() || !costs.failure.empty()) {
    return;
  }
  const double native = median(costs.native->accepted_least());
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < kTries; ++i) {
    const GenericSample sample = question.sanity(*costs.runtime);
    if (!sample.failure.empty()) {
      costs.failure = sample.failure;
      costs.refused = sample.refused;
      return;
    }
    least = std::min(least, sample.cpu_ns > 0 ? sample.cpu_ns : sample.ns);
    if (native * question.most_overhead >= least) return;
  }
  costs.rejection = "by its native hook " + std::string(question.operation) + " takes " +
                    duration_text(native) + ", but " + duration_text(least) +
                    " in a program: the hook does not do what it counts";
}

/// By a hook that does what it says, a runtime that is many times cheaper than a rival is not
/// dearer in the same program. CPU time is compared, and one sample clears the hook.
void hold_against_rivals(const CostQuestion& question, const Table& table, Costs& costs) {
  constexpr double kManyTimes = 10;
  constexpr double kDearer = 0.8;  // Of the rival's: as dear, or dearer.
  constexpr int kTries = 8;
  if (!question.generic_tells_dear || !costs.native || !costs.rejection.empty()) return;
  const double native = median(costs.native->accepted());
  for (const Costs& rival : table.costs) {
    if (&rival == &costs || !rival.native || !rival.rejection.empty()) continue;
    const std::vector<double> samples = rival.native->accepted();
    if (samples.empty() || native * kManyTimes > median(samples)) continue;
    const auto dearer = [&] {
      return std::isfinite(costs.least_cpu_ns) && std::isfinite(rival.least_cpu_ns) &&
             costs.least_cpu_ns > kDearer * rival.least_cpu_ns;
    };
    for (int i = 0; i < kTries && dearer(); ++i) note_cpu(question.generic(*costs.runtime), costs);
    if (!dearer()) continue;
    costs.rejection = "by its native hook " + std::string(question.operation) + " takes " +
                      duration_text(native) + ", by that of " + rival.name + " " +
                      duration_text(median(samples)) + "; but in " +
                      std::string(question.generic_form) + " it uses " +
                      duration_text(costs.least_cpu_ns) + " of CPU time, " + rival.name + " " +
                      duration_text(rival.least_cpu_ns) + ": the hook does not do what it counts";
    return;
  }
}

Table make_table(const CostQuestion& question, const std::vector<Runtime*>& cast,
                 const ProbeOptions& options) {
  Table table;
  table.seed = options.seed;
  table.effort = options.effort;
  table.duration = options.duration;
  for (Runtime* runtime : cast) {
    Costs& costs = table.costs.emplace_back();
    costs.runtime = runtime;
    costs.name = runtime->info().name;
  }
  measure_natively(question, options, table, &Costs::native);
  for (Costs& costs : table.costs) {
    if (costs.native && costs.native->accepted().empty()) costs.rejection = costs.native->problem;
  }
  const int generic_rounds = options.effort == Effort::kQuick ? 3 : 10;
  measure_generically(question, kSanitized ? 1 : generic_rounds, table);
  for (Costs& costs : table.costs) hold_against_sanity(question, costs);
  for (Costs& costs : table.costs) hold_against_rivals(question, table, costs);
  return table;
}

Table& table_of(const CostQuestion& question, const std::vector<Runtime*>& cast,
                const ProbeOptions& options) {
  static std::map<std::string_view, Table> tables;
  Table& table = tables[question.operation];
  if (!table.is_of(cast, options)) table = make_table(question, cast, options);
  return table;
}

const CostSamples& samples_of(const Costs& costs, bool natively) {
  return natively ? *costs.native : costs.generic;
}

/// The ratio of two costs, with the interval in which it lies for certain where one of them lies
/// between its CPU time and its wall time.
Estimate ratio_of(const Pairs& pairs, std::uint64_t seed) {
  Estimate ratio = bootstrap_ratio(pairs.a, pairs.b, seed);
  if (pairs.least_a != pairs.a) {
    ratio.interval.low = bootstrap_ratio(pairs.least_a, pairs.b, seed).interval.low;
  }
  if (pairs.least_b != pairs.b) {
    ratio.interval.high = bootstrap_ratio(pairs.a, pairs.least_b, seed).interval.high;
  }
  return ratio;
}

/// Whether a busy machine could have put one above the other: its interval comes near to 1.
bool is_close(const Estimate& ratio) {
  constexpr double kNear = 1.5;
  return ratio.interval.low < kNear && ratio.interval.high > 1 / kNear;
}

/// Whether the order of some rival is decided, and closely.
bool has_close_order(const Table& table, const Costs& mine, std::uint64_t seed) {
  return std::any_of(table.costs.begin(), table.costs.end(), [&](const Costs& rival) {
    if (&rival == &mine || !rival.native) return false;
    const Pairs pairs = pairs_of(*mine.native, *rival.native);
    if (pairs.a.empty()) return false;
    const Estimate ratio = ratio_of(pairs, seed);
    return is_close(ratio) && order_of(ratio.interval, 1) != Order::kUnclear;
  });
}

/// What the layers take at most of an operation in a program of this runtime, in ns; 0 where it has
/// no hooks to tell.
double layers_ns(const Costs& costs) {
  if (!costs.native || !costs.rejection.empty()) return 0;
  const std::vector<double> native = costs.native->accepted_least();
  const std::vector<double> generic = costs.generic.accepted();
  if (native.empty() || generic.empty()) return 0;
  return std::max(0.0, median(generic) - median(native));
}

std::string interval_text(const Estimate& ratio) {
  return ratio_text(ratio.value) + " [" + ratio_text(ratio.interval.low) + ", " +
         ratio_text(ratio.interval.high) + "]";
}

/// "1.62x [1.60x, 1.65x] of std_thread", or, where that would be a small number, the other way
/// round.
std::string relation_text(const Estimate& ratio, const std::string& rival) {
  if (ratio.value >= 1) return interval_text(ratio) + " of " + rival;
  const Estimate inverse{1 / ratio.value, {1 / ratio.interval.high, 1 / ratio.interval.low}};
  return rival + " takes " + interval_text(inverse) + " of that";
}

/// Compares one runtime with the others of a table, and fills an observation.
class Comparison {
 public:
  Comparison(const CostQuestion& question, const Table& table, const Costs& mine,
             const ProbeOptions& options, bool natively)
      : question_(&question),
        table_(&table),
        mine_(&mine),
        options_(&options),
        natively_(natively) {}

  Observation observe() {
    const std::vector<double> own = samples_of(*mine_, natively_).accepted();
    if (own.empty()) return not_measured(trait(question_->trait), no_sample());
    own_ns_ = median(own);
    observation_.figure = duration_text(own_ns_);
    observation_.reason = std::string(question_->operation) + " takes " + duration_text(own_ns_);
    for (const Costs& rival : table_->costs) {
      if (&rival != mine_) compare_with(rival);
    }
    if (orders_.empty()) return not_measured(trait(question_->trait), "no rival was measured");
    observation_.allowed = allowed_ranks(orders_);
    if (rival_named_coroutine_ == nullptr) observation_.figure += "  1x";
    explain();
    return std::move(observation_);
  }

 private:
  void compare_with(const Costs& rival) {
    const bool measured = rival.failure.empty() && (!natively_ || rival.rejection.empty());
    const Pairs pairs =
        measured ? pairs_of(samples_of(*mine_, natively_), samples_of(rival, natively_)) : Pairs{};
    if (pairs.a.empty()) {
      observation_.reason += ", " + rival.name + " was not measured";
      return;
    }
    const Estimate ratio = ratio_of(pairs, options_->seed);
    const bool enough = pairs.a.size() >= static_cast<std::size_t>(kFewestPairs);
    const double layers = natively_ ? 0 : std::max(layers_ns(*mine_), layers_ns(rival));
    const double apart = std::max({0.0, ratio.interval.low - 1, 1 - ratio.interval.high});
    const bool separate = natively_ || apart * median(pairs.b) > layers;
    Order order = enough && separate ? order_of(ratio.interval, 1) : Order::kUnclear;
    observation_.tries += pairs.a.size();
    observation_.reason += ", " + relation_text(ratio, rival.name);
    if (order != Order::kUnclear && is_close(ratio)) order = confirmed(order, rival);
    orders_.push_back(order);
    if (!enough) observation_.reason += " (only " + std::to_string(pairs.a.size()) + " pairs)";
    if (apart > 0 && !separate) {
      observation_.reason += " (a difference within the " + duration_text(layers) +
                             " that the layers of a program take)";
    }
    if (rival.runtime->info().model == Model::kCoroutine) {
      rival_named_coroutine_ = &rival;
      observation_.figure += "  " + ratio_text(ratio.value);
    }
    Evidence& evidence = observation_.evidence;
    const std::string prefix = "vs_" + rival.name + "_";
    evidence.set(prefix + "ns", median(pairs.b));
    evidence.set(prefix + "ratio", ratio.value);
    evidence.set(prefix + "ratio_low", ratio.interval.low);
    evidence.set(prefix + "ratio_high", ratio.interval.high);
    evidence.set(prefix + "pairs", pairs.a.size());
  }

  /// The order if a second series says the same, where there is one.
  Order confirmed(Order order, const Costs& rival) {
    if (!natively_ || !mine_->native_again || !rival.native_again) return order;
    const Pairs pairs = pairs_of(*mine_->native_again, *rival.native_again);
    if (pairs.a.empty()) return Order::kUnclear;
    const Estimate again = ratio_of(pairs, options_->seed);
    observation_.evidence.set("vs_" + rival.name + "_ratio_again", again.value);
    if (order_of(again.interval, 1) == order) return order;
    observation_.reason += " (in a second series " + relation_text(again, rival.name) + ")";
    return Order::kUnclear;
  }

  void explain() {
    Evidence& evidence = observation_.evidence;
    const CostSamples& samples = samples_of(*mine_, natively_);
    evidence.set("form", std::string(natively_ ? question_->native_form : question_->generic_form));
    evidence.set("clock", std::string(samples.by_cpu_time ? "CPU time" : "wall time"));
    evidence.set("ns", own_ns_);
    evidence.set("samples_ns", samples.accepted());
    evidence.set("operations_per_sample", samples.operations);
    evidence.set("rejected_samples", samples.rejected);
    evidence.set("seed", static_cast<std::int64_t>(options_->seed));
    evidence.set("core", allowed_cores().at(0));
    if (const auto generic = mine_->generic.accepted(); !generic.empty()) {
      evidence.set("generic_form", std::string(question_->generic_form));
      evidence.set("generic_ns", median(generic));
    }
    if (natively_) return;
    observation_.reason += "; measured by " + std::string(question_->generic_form);
    if (!mine_->rejection.empty()) {
      observation_.reason += ", because its native hook was rejected: " + mine_->rejection;
      evidence.set("native_rejected", mine_->rejection);
    }
  }

  [[nodiscard]] std::string no_sample() const {
    return mine_->rejection.empty() ? "no sample of it counted" : mine_->rejection;
  }

  const CostQuestion* question_;
  const Table* table_;
  const Costs* mine_;
  const ProbeOptions* options_;
  bool natively_;
  double own_ns_ = 0;
  const Costs* rival_named_coroutine_ = nullptr;
  std::vector<Order> orders_;
  Observation observation_;
};

bool compares_natively(const Table& table, const Costs& mine) {
  const auto native = [](const Costs& costs) { return costs.native && costs.rejection.empty(); };
  return native(mine) && std::all_of(table.costs.begin(), table.costs.end(), [&](const Costs& of) {
           return native(of) || !of.failure.empty();
         });
}

}  // namespace

Observation compare_costs(const CostQuestion& question, Runtime& runtime,
                          const ProbeOptions& options) {
  const std::vector<Runtime*> cast = cast_of(runtime, options);
  if (cast.size() < 2) {
    return not_measured(trait(question.trait),
                        "an order needs rivals written in " + runtime.info().language);
  }
  if (options.progress) {
    options.progress(std::string(trait(question.trait).slug) + ": " + runtime.info().name);
  }
  Table& table = table_of(question, cast, options);
  const auto mine = std::find_if(table.costs.begin(), table.costs.end(),
                                 [&](const Costs& of) { return of.runtime == &runtime; });
  if (!mine->failure.empty()) {
    if (mine->refused) return not_measured(trait(question.trait), mine->failure);
    Observation observation;
    observation.tries = 1;
    observation.reason = "a program without a fault did not complete: " + mine->failure;
    return observation;
  }
  const bool natively = compares_natively(table, *mine);
  if (!natively && !question.generic) {
    return not_measured(trait(question.trait), "not all of the runtimes have native hooks");
  }
  if (natively && !mine->native_again && has_close_order(table, *mine, options.seed)) {
    if (options.progress) {
      options.progress(std::string(trait(question.trait).slug) + ": a second series");
    }
    measure_natively(question, options, table, &Costs::native_again);
  }
  if (!natively && !table.generic_is_full) {
    measure_generically(question, kFewestPairs + 4, table);
    table.generic_is_full = true;
  }
  return Comparison(question, table, *mine, options, natively).observe();
}

namespace {

/// The wall time in ns, or why there is none.
GenericSample wall_time(Runtime& runtime, const Program& program) {
  const Trace trace = runtime.run(program);
  if (trace.completed()) {
    return {static_cast<double>(trace.wall_ns), static_cast<double>(trace.cpu_ns), "", false};
  }
  const std::string limit = limit_of(trace);
  if (!limit.empty()) return {0, 0, limit, true};
  const bool was_slow =
      std::any_of(trace.units.begin(), trace.units.end(),
                  [](const UnitTrace& unit) { return unit.end.kind == EndKind::kGaveUp; });
  return {0, 0, trace.failure(), was_slow};
}

}  // namespace

GenericSample time_program(Runtime& runtime, const Program& program, double operations) {
  GenericSample sample = wall_time(runtime, program);
  sample.ns /= operations;
  sample.cpu_ns /= operations;
  return sample;
}

GenericSample time_programs(Runtime& runtime, const Program& longer, const Program& shorter,
                            double operations) {
  const GenericSample less = wall_time(runtime, shorter);
  if (!less.failure.empty()) return less;
  GenericSample sample = wall_time(runtime, longer);
  sample.ns = (sample.ns - less.ns) / operations;
  sample.cpu_ns = (sample.cpu_ns - less.cpu_ns) / operations;
  return sample;
}

}  // namespace assay
