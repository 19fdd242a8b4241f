/// Use case: three real programs (stress/use_cases), each on the runtime.
///
/// The values do not exclude each other: all three models can hold a thousand connections. A value
/// is witnessed when its program worked and excluded when it failed; what cannot be decided here is
/// allowed and not witnessed.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "models/sanitized.h"
#include "properties/probe.h"
#include "stress/use_cases/echo_server.h"
#include "stress/use_cases/parallel_reduction.h"
#include "stress/use_cases/sandboxed_worker.h"

namespace assay {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// The least that counts as high concurrency, and how far the ladder goes.
constexpr std::size_t kMany = 1'000;
constexpr std::size_t kMost = 10'000;
/// A sanitized thread takes megabytes and milliseconds.
constexpr std::size_t kManySanitized = 100;

/// What one effort may take.
struct Plan {
  ReductionOptions reduction;
  SandboxOptions sandbox;
  EchoOptions echo;
  std::vector<std::size_t> rungs;  ///< Connections at once, rising.
  nanoseconds extra_rung{0};       ///< The longest that a rung above kMany may be expected to take.
};

Plan plan_of(const ProbeOptions& options) {
  const bool quick = options.effort == Effort::kQuick;
  Plan plan;
  plan.reduction.seed = plan.sandbox.seed = plan.echo.seed = options.seed;
  plan.reduction.sample = milliseconds(quick ? 12 : 40);
  plan.reduction.rounds = quick ? 9 : 15;
  plan.reduction.duration = milliseconds(quick ? 400 : 1'500);
  if (options.duration.count() > 0) plan.reduction.duration = options.duration / 2;
  plan.sandbox.loop_ms = quick ? 20 : 50;
  plan.extra_rung = quick ? milliseconds(0) : milliseconds(1'200);
  plan.rungs = options.units;
  if (plan.rungs.empty() && !kSanitized) plan.rungs = {2, 64, kMany, kMost};
  if (plan.rungs.empty()) plan.rungs = {2, kManySanitized};
  std::sort(plan.rungs.begin(), plan.rungs.end());
  return plan;
}

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), ",");
  }
  return text;
}

std::string decimal(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), number < 10 ? "%.1f" : "%.0f", number);
  return text.data();
}

/// Puts the outcome of one program into the observation.
class Findings {
 public:
  explicit Findings(Observation& observation) : observation_(&observation) {
    observation.allowed = ValueSet::all(trait(TraitId::kUseCase));
  }

  /// The first success gives the figure: programs come from the most specific to the least.
  void add(UseCase value, UseCaseOutcome outcome, const std::string& reason,
           const std::string& figure) {
    const auto index = static_cast<std::uint8_t>(value);
    const std::string name(trait(TraitId::kUseCase).values[index].slug);
    constexpr std::array<const char*, 3> kWords{"worked", "failed", "undecided"};
    const std::string word = kWords.at(static_cast<std::size_t>(outcome));
    if (outcome == UseCaseOutcome::kFailed) {
      observation_->allowed.erase(index);
      observation_->counterexample += name + ": " + reason + "\n";
    }
    if (outcome == UseCaseOutcome::kWorked) {
      observation_->witnessed.insert(index);
      if (observation_->figure.empty()) observation_->figure = figure;
    }
    observation_->reason += (observation_->reason.empty() ? "" : "; ") + name + " " + word + ": ";
    observation_->reason += reason;
    observation_->evidence.set(name, word + ": " + reason);
  }

 private:
  Observation* observation_;
};

void observe_sandbox(BodyRuntime& runtime, const Plan& plan, Observation& seen,
                     Findings& findings) {
  const SandboxResult result = run_sandboxed_worker(runtime, plan.sandbox);
  findings.add(UseCase::kIsolation, result.outcome, result.reason,
               std::to_string(result.refused) + " attacks contained");
  seen.tries += kAttacks;
  seen.evidence.set("attacks", to_lines(result))
      .set("attacks_refused", result.refused)
      .set("attacks_undecided_here", result.undecided)
      .set("confined_worker", result.worker_end)
      .set("hostile_input_workers", result.hostile_ends);
  if (result.outcome != UseCaseOutcome::kFailed) return;
  for (const std::string& line : to_lines(result)) seen.counterexample += "  " + line + "\n";
}

void observe_reduction(BodyRuntime& runtime, const Plan& plan, Observation& seen,
                       Findings& findings) {
  const ReductionResult result = run_parallel_reduction(runtime, plan.reduction);
  findings.add(UseCase::kParallelCompute, result.outcome, result.reason,
               decimal(result.speed_up.value) + "x on " + std::to_string(result.cores) + " cores");
  seen.tries += result.rounds.size();
  std::vector<double> one;
  std::vector<double> many;
  std::vector<double> given;
  for (const ReductionRound& round : result.rounds) {
    one.push_back(round.one_ns);
    many.push_back(round.many_ns);
    given.push_back(round.cores_given);
  }
  seen.evidence.set("reduction_units", result.cores)
      .set("reduction_one_unit_ns", one)
      .set("reduction_all_units_ns", many)
      .set("reduction_cores_given", given)
      .set("reduction_rounds_counted", result.counted)
      .set("speed_up", result.speed_up.value)
      .set("speed_up_low", result.speed_up.interval.low)
      .set("speed_up_high", result.speed_up.interval.high);
}

/// Whether a rung above kMany would take too long, after one of `connections` took `wall_ns`.
bool too_long(const Plan& plan, std::size_t rung, const EchoResult& before) {
  if (rung <= kMany || before.connections == 0) return false;
  const auto growth = static_cast<std::int64_t>(rung / before.connections);
  return before.wall_ns * growth > plan.extra_rung.count();
}

/// The highest rung that worked, or the first that did not where it is not one above kMany.
EchoResult climb(BodyRuntime& runtime, const Plan& plan, std::vector<double>& held) {
  EchoResult best;
  for (const std::size_t wanted : plan.rungs) {
    const ConnectionLimit allowed = connections_allowed(wanted);
    EchoOptions rung = plan.echo;
    rung.connections = allowed.connections;
    if (rung.connections <= best.connections || too_long(plan, wanted, best)) break;
    EchoResult result = run_echo_server(runtime, rung);
    if (!allowed.limit.empty()) result.reason += " (" + allowed.limit + ")";
    if (result.outcome != UseCaseOutcome::kWorked && best.connections >= kMany) {
      best.reason += ", but not with more: " + result.reason;
      break;
    }
    held.push_back(static_cast<double>(result.held));
    best = std::move(result);
    if (best.outcome != UseCaseOutcome::kWorked) break;
  }
  return best;
}

void observe_echo(BodyRuntime& runtime, const Plan& plan, Observation& seen, Findings& findings) {
  std::vector<double> held;
  const EchoResult result = climb(runtime, plan, held);
  findings.add(UseCase::kHighConcurrency, result.outcome, result.reason,
               grouped(result.held) + " conns p99 " + decimal(result.p99_us / 1e3) + " ms");
  seen.tries += held.size();
  seen.evidence.set("connections_held_by_rung", held)
      .set("connections_asked", result.connections)
      .set("connections_held", result.held)
      .set("echoes", result.echoes)
      .set("echoes_per_s", result.echoes_per_s)
      .set("echo_p50_us", result.p50_us)
      .set("echo_p99_us", result.p99_us)
      .set("echo_counts_below_1_2_4_us", result.histogram)
      .set("server_pss_bytes_per_connection", result.bytes_per_connection);
}

}  // namespace

static Observation observe_use_case(Runtime& runtime, const ProbeOptions& options) {
  BodyRuntime* bodies = runtime.bodies();
  if (bodies == nullptr) {
    return not_measured(trait(TraitId::kUseCase),
                        "the three programs are C++ bodies, which this runtime does not run");
  }
  const Plan plan = plan_of(options);
  const auto progress = [&](const char* what) {
    if (options.progress) options.progress(what);
  };
  Observation seen;
  Findings findings(seen);
  progress("a sandboxed worker");
  observe_sandbox(*bodies, plan, seen, findings);
  progress("a parallel reduction");
  observe_reduction(*bodies, plan, seen, findings);
  progress("an echo server");
  observe_echo(*bodies, plan, seen, findings);
  return seen;
}

static const ProbeRegistration kRegistered(TraitId::kUseCase, &observe_use_case);

}  // namespace assay
