/// Scalability: bytes per live unit against the rivals', and a ladder of unit counts.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "models/machine.h"
#include "models/sanitized.h"
#include "properties/least_effort.h"
#include "properties/left_behind.h"
#include "properties/live_units.h"
#include "properties/order.h"
#include "properties/probe.h"
#include "properties/quantity.h"
#include "properties/statistics.h"

namespace assay {
namespace {

constexpr std::uint64_t kLoweredPidMax = 600;

/// How much is done; sanitized units are many times heavier.
struct Extent {
  std::size_t small;  ///< The rungs between which bytes per unit are taken.
  std::size_t large;
  int repetitions;
  std::size_t most_tasks;  ///< The end of the ladder, of units with a kernel task of their own.
  std::size_t most_units;  ///< The end of the ladder, of others.
  double seconds;          ///< A rung that would take longer than what is left of it is not tried.
};

Extent extent_of(const ProbeOptions& options) {
  const bool quick = options.effort == Effort::kQuick;
  Extent extent =
      quick ? Extent{20, 200, 6, 1'000, 100'000, 0.6} : Extent{50, 500, 8, 4'000, 1'000'000, 2.5};
  if (kSanitized) extent = {5, 40, 6, 100, 10'000, 1};
  if (options.duration.count() > 0) {
    extent.seconds = std::chrono::duration<double>(options.duration).count();
    extent.most_tasks = 100'000;
    extent.most_units = 10'000'000;
    if (least_effort(options)) extent.large = std::min<std::size_t>(extent.large, 80);
  }
  return extent;
}

/// Bytes per unit of one runtime, once a repetition; NaN where it did not complete.
struct Slopes {
  Runtime* runtime;
  std::string name;
  std::vector<double> bytes;
  std::string refusal;
  std::string failure;
};

struct Series {
  std::uint64_t seed = 0;
  Effort effort = Effort::kDefault;
  std::vector<Slopes> runtimes;
};

double slope_of(const LiveUnits& small, const LiveUnits& large) {
  return (large.bytes() - small.bytes()) / static_cast<double>(large.units - small.units);
}

void repeat_once(Slopes& slopes, const Extent& extent) {
  if (!slopes.refusal.empty() || !slopes.failure.empty()) return;
  const LiveUnits small = run_live_units(*slopes.runtime->bodies(), extent.small);
  const LiveUnits large = run_live_units(*slopes.runtime->bodies(), extent.large);
  for (const LiveUnits* rung : {&small, &large}) {
    if (!rung->refusal.empty()) slopes.refusal = count_text(rung->units) + ": " + rung->refusal;
    if (!rung->failure.empty()) slopes.failure = count_text(rung->units) + ": " + rung->failure;
  }
  slopes.bytes.push_back(small.complete && large.complete ? slope_of(small, large) : std::nan(""));
}

/// The runtimes that can be compared, in the order of their names.
std::vector<Runtime*> cast_of(Runtime& runtime, const ProbeOptions& options) {
  std::vector<Runtime*> cast{&runtime};
  for (Runtime* rival : options.rivals) {
    if (rival == &runtime || rival->bodies() == nullptr) continue;
    if (rival->info().language == runtime.info().language) cast.push_back(rival);
  }
  std::sort(cast.begin(), cast.end(),
            [](const Runtime* a, const Runtime* b) { return a->info().name < b->info().name; });
  return cast;
}

bool is_of(const Series& series, const std::vector<Runtime*>& cast, const ProbeOptions& options) {
  return series.seed == options.seed && series.effort == options.effort &&
         std::equal(series.runtimes.begin(), series.runtimes.end(), cast.begin(), cast.end(),
                    [](const Slopes& of, const Runtime* runtime) {
                      return of.runtime == runtime && of.name == runtime->info().name;
                    });
}

std::vector<double> differences(const Slopes& a, const Slopes& b) {
  std::vector<double> all;
  for (std::size_t i = 0; i < std::min(a.bytes.size(), b.bytes.size()); ++i) {
    const double difference = a.bytes[i] - b.bytes[i];
    if (!std::isnan(difference)) all.push_back(difference);
  }
  return all;
}

/// Is each runtime that was measured above or below each other one?
bool is_clear(const Series& series) {
  for (const Slopes& a : series.runtimes) {
    for (const Slopes& b : series.runtimes) {
      const std::vector<double> all = differences(a, b);
      if (&a == &b || all.empty()) continue;
      const Estimate difference = bootstrap_median(all, series.seed);
      if (order_of(difference.interval, 0) == Order::kUnclear) return false;
    }
  }
  return true;
}

/// The last series is kept: the observations of three runtimes come from one measurement.
const Series& series_of(const std::vector<Runtime*>& cast, const ProbeOptions& options) {
  static Series series;
  if (is_of(series, cast, options)) return series;
  series = {options.seed, options.effort, {}};
  for (Runtime* runtime : cast)
    series.runtimes.push_back({runtime, runtime->info().name, {}, "", ""});
  const Extent extent = extent_of(options);
  const auto repeat = [&](int times) {
    for (int i = 0; i < times; ++i) {
      for (Slopes& slopes : series.runtimes) repeat_once(slopes, extent);
    }
  };
  repeat(extent.repetitions);
  // The kernel's figures are of the whole machine: a few repetitions in which others started or
  // ended much may be too many of six, and are few of eighteen.
  if (!is_clear(series)) repeat(2 * extent.repetitions);
  return series;
}

/// Few bytes are a high rank, so orders are turned round.
Order turned(Order order) {
  if (order == Order::kAbove) return Order::kBelow;
  return order == Order::kBelow ? Order::kAbove : Order::kUnclear;
}

/// "34.4 KiB more than coroutine [33.5 KiB, 37.6 KiB]".
std::string difference_text(const Estimate& difference, const std::string& rival) {
  const double sign = difference.value < 0 ? -1 : 1;
  const double one = sign * difference.interval.low;
  const double other = sign * difference.interval.high;
  return bytes_text(sign * difference.value) + (sign < 0 ? " less than " : " more than ") + rival +
         " [" + bytes_text(std::min(one, other)) + ", " + bytes_text(std::max(one, other)) + "]";
}

void compare(const Slopes& mine, const Series& series, const ProbeOptions& options,
             Observation& observation) {
  constexpr std::size_t kFewest = 6;  // Fewer repetitions have no interval of 95 %.
  std::vector<Order> orders;
  for (const Slopes& rival : series.runtimes) {
    if (&rival == &mine) continue;
    const std::vector<double> all = differences(mine, rival);
    if (all.empty()) {
      observation.reason +=
          ", " + rival.name + " was not measured (" + rival.refusal + rival.failure + ")";
      continue;
    }
    const Estimate difference = bootstrap_median(all, options.seed);
    orders.push_back(all.size() < kFewest ? Order::kUnclear
                                          : turned(order_of(difference.interval, 0)));
    observation.tries += all.size();
    observation.reason += ", " + difference_text(difference, rival.name);
    observation.evidence.set("vs_" + rival.name + "_bytes", difference.value)
        .set("vs_" + rival.name + "_bytes_low", difference.interval.low)
        .set("vs_" + rival.name + "_bytes_high", difference.interval.high);
  }
  observation.allowed = allowed_ranks(orders);
  observation.measured = !orders.empty();
}

/// What one more unit takes of each resource.
struct Need {
  double tasks = 0;
  double mappings = 0;
  double bytes = 0;
};

Need need_of(const LiveUnits& small, const LiveUnits& large) {
  const auto more = static_cast<double>(large.units - small.units);
  return {static_cast<double>(large.tree.tasks - small.tree.tasks) / more,
          static_cast<double>(large.tree.mappings - small.tree.mappings) / more,
          std::max(1.0, slope_of(small, large))};
}

/// How many units a limit allows, and its name.
struct Ceiling {
  double units = std::numeric_limits<double>::infinity();
  std::string name;
};

/// The limit that would be met first.
Ceiling ceiling_of(const Machine& machine, const Need& need) {
  Ceiling ceiling;
  const auto consider = [&](Resource resource, double each) {
    const Limit* limit = machine.tightest(resource);
    if (limit == nullptr || each < 0.01) return;
    const double units = static_cast<double>(limit->left()) / each;
    if (units >= ceiling.units) return;
    const bool memory = resource == Resource::kMemoryBytes;
    ceiling = {units, limit->name + " = " +
                          (memory ? bytes_text(static_cast<double>(limit->value))
                                  : count_text(limit->value))};
  };
  consider(Resource::kTasks, need.tasks);
  consider(Resource::kMappings, need.mappings);
  consider(Resource::kMemoryBytes, need.bytes);
  return ceiling;
}

/// Climbs until the end of the ladder, a limit, the time, or a refusal.
class Ladder {
 public:
  Ladder(BodyRuntime& runtime, const ProbeOptions& options)
      : runtime_(&runtime),
        options_(&options),
        extent_(extent_of(options)),
        machine_(read_machine()) {}

  void climb() {
    for (const std::size_t units : rungs()) {
      if (!may_climb(units)) return;
      if (options_->progress) options_->progress("scalability: " + count_text(units) + " units");
      const LiveUnits rung = run_live_units(*runtime_, units);
      spent_ += rung.seconds;
      if (!rung.complete) {
        stopped_ = "at " + count_text(rung.alive) + " of " + count_text(units) + " units by " +
                   (rung.refusal.empty() ? rung.failure : "refusal (" + rung.refusal + ")");
        return;
      }
      done_.push_back(rung);
    }
  }

  /// The rung with the most units, or null.
  [[nodiscard]] const LiveUnits* top() const { return done_.empty() ? nullptr : &done_.back(); }

  /// Between the two highest rungs; nothing when there are not two.
  [[nodiscard]] std::optional<Need> need() const {
    if (done_.size() < 2) return std::nullopt;
    return need_of(done_[done_.size() - 2], done_.back());
  }

  void add_evidence(Evidence& evidence) const {
    std::vector<double> units;
    std::vector<double> bytes;
    std::vector<double> seconds;
    for (const LiveUnits& rung : done_) {
      units.push_back(static_cast<double>(rung.units));
      bytes.push_back(rung.bytes());
      seconds.push_back(rung.seconds);
    }
    evidence.set("ladder_units", std::move(units)).set("ladder_bytes", std::move(bytes));
    evidence.set("ladder_seconds", std::move(seconds));
    evidence.set("ladder_stopped", stopped_);
    if (const LiveUnits* last = top(); last != nullptr) {
      evidence.set("top_pss_bytes", last->tree.pss_bytes);
      evidence.set("top_page_tables_bytes", last->tree.page_tables_bytes);
      evidence.set("top_kernel_stacks_bytes", last->kernel.stacks_bytes);
      evidence.set("top_slab_bytes", last->kernel.slab_bytes);
      evidence.set("top_kernel_tasks", last->tree.tasks);
    }
    if (!next_limit().empty()) evidence.set("next_limit", next_limit());
  }

  /// "kernel.pid_max = 32,768, at about 32,000 units"; empty when none was found.
  [[nodiscard]] std::string next_limit() const {
    const auto each = need();
    const Ceiling ceiling = each ? ceiling_of(machine_, *each) : Ceiling{};
    if (!std::isfinite(ceiling.units)) return "";
    return ceiling.name + ", at about " + count_text(static_cast<std::uint64_t>(ceiling.units)) +
           " units";
  }

 private:
  [[nodiscard]] std::vector<std::size_t> rungs() const {
    if (!options_->units.empty()) return options_->units;
    return {1, 10, 100, 1'000, 4'000, 10'000, 20'000, 100'000, 1'000'000, 10'000'000};
  }

  bool may_climb(std::size_t units) {
    const auto each = need();
    if (!each) return true;
    const bool has_task = each->tasks > 0.5;
    const std::size_t most = has_task ? extent_.most_tasks : extent_.most_units;
    if (units > most && options_->units.empty()) {
      stopped_ = "at " + count_text(done_.back().units) + " units, the end of this ladder";
      return false;
    }
    // Half of a limit is left to everybody else.
    const Ceiling ceiling = ceiling_of(machine_, *each);
    if (static_cast<double>(units) > ceiling.units / 2) {
      stopped_ =
          "at " + count_text(done_.back().units) + " units, a safe margin below " + ceiling.name;
      return false;
    }
    const LiveUnits& last = done_.back();
    const double seconds = last.seconds * static_cast<double>(units) /
                           static_cast<double>(std::max<std::size_t>(1, last.units));
    if (last.units >= 1'000 && spent_ + seconds > extent_.seconds) {
      stopped_ = "at " + count_text(last.units) + " units, by the time for it (--duration)";
      return false;
    }
    return true;
  }

  BodyRuntime* runtime_;
  const ProbeOptions* options_;
  Extent extent_;
  Machine machine_;
  std::vector<LiveUnits> done_;
  double spent_ = 0;
  std::string stopped_ = "at the top";
};

/// Units that leave something behind use up what there is, however little they take while they
/// live: no value allows that. Returns whether they do.
bool add_left_behind(BodyRuntime& runtime, Observation& observation) {
  const LeftBehind left = look_for_leaks(runtime);
  const std::string units = count_text(left.units);
  std::string text = "nothing, in " + count_text(left.runs) + " runs of " + units + " units";
  if (!left.failure.empty()) text = "not measured: " + left.failure;
  if (!left.leak.empty()) text = left.leak;
  observation.evidence.set("left_behind", text);
  observation.tries += left.runs;
  if (left.leak.empty()) return false;
  observation.allowed = observation.witnessed = {};
  observation.figure = "leaks";
  observation.reason = "every one of " + count_text(left.runs) + " runs of " + units +
                       " units left behind " + left.leak + "; " + observation.reason;
  observation.counterexample = units + " units that yield once, run again and again\n";
  observation.evidence.set("left_behind_after_each_run", left.all);
  return true;
}

/// What happens at a limit, where one can be had that is the host's alone.
void add_refusal(BodyRuntime& runtime, Evidence& evidence) {
  if (!namespaces_have_pid_max()) {
    evidence.set("refusal", "not tried: a pid namespace has no limit of its own here");
    return;
  }
  const LiveUnits rung = run_live_units(runtime, kLoweredPidMax + 100, kLoweredPidMax);
  const std::string words = !rung.refusal.empty() ? rung.refusal : rung.failure;
  evidence.set("refusal", rung.complete ? "none: units take no process identifiers"
                                        : words + " (kernel.pid_max = " +
                                              count_text(kLoweredPidMax) + " in their namespace)");
}

}  // namespace

static Observation observe_scalability(Runtime& runtime, const ProbeOptions& options) {
  const Trait& of = trait(TraitId::kScalability);
  if (runtime.bodies() == nullptr) {
    return not_measured(of, "its units cannot be held alive and counted: it runs programs only");
  }
  const std::vector<Runtime*> cast = cast_of(runtime, options);
  if (cast.size() < 2) {
    return not_measured(of, "an order needs rivals written in " + runtime.info().language);
  }
  const Series& series = series_of(cast, options);
  const auto mine = std::find_if(series.runtimes.begin(), series.runtimes.end(),
                                 [&](const Slopes& slopes) { return slopes.runtime == &runtime; });
  if (!mine->refusal.empty()) return not_measured(of, mine->refusal);
  Observation observation;
  if (!mine->failure.empty()) {
    observation.tries = 1;
    observation.reason = "units that only wait did not all live and end: " + mine->failure;
    return observation;
  }
  const Estimate bytes = bootstrap_median(mine->bytes, options.seed);
  observation.reason = "a live unit takes " + bytes_text(bytes.value);
  compare(*mine, series, options, observation);
  const Extent extent = extent_of(options);
  observation.evidence.set("bytes_per_unit", bytes.value)
      .set("bytes_per_unit_low", bytes.interval.low)
      .set("bytes_per_unit_high", bytes.interval.high)
      .set("bytes_per_unit_samples", mine->bytes)
      .set("between_units", std::vector<double>{static_cast<double>(extent.small),
                                                static_cast<double>(extent.large)})
      .set("seed", static_cast<std::int64_t>(options.seed));
  if (add_left_behind(*runtime.bodies(), observation)) return observation;
  Ladder ladder(*runtime.bodies(), options);
  ladder.climb();
  ladder.add_evidence(observation.evidence);
  const auto need = ladder.need();
  const double each = need ? need->bytes : bytes.value;
  const LiveUnits* top = ladder.top();
  observation.figure = bytes_text(each) + ", " + count_text(top != nullptr ? top->units : 0);
  observation.reason += "; " + count_text(top != nullptr ? top->units : 0) + " were alive at once";
  if (!ladder.next_limit().empty()) observation.reason += ", next limit " + ladder.next_limit();
  const bool tasks = need && need->tasks > 0.5;
  if (tasks && !kSanitized && options.effort == Effort::kDefault) {
    add_refusal(*runtime.bodies(), observation.evidence);
  }
  return observation;
}

static const ProbeRegistration kRegistered(TraitId::kScalability, &observe_scalability);

}  // namespace assay
