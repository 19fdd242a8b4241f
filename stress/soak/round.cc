#include "stress/soak/round.h"

#include <algorithm>
#include <array>
#include <exception>
#include <random>
#include <system_error>

#include "models/claim.h"
#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"
#include "properties/live_units.h"
#include "properties/property.h"
#include "scenarios/scenario.h"
#include "stress/use_cases/echo_server.h"
#include "stress/use_cases/parallel_reduction.h"
#include "stress/use_cases/sandboxed_worker.h"

namespace assay {
namespace {

constexpr std::array<std::string_view, kWorks> kWorkNames{"program", "scenario", "fault",
                                                          "use case", "live units"};
constexpr std::array<std::string_view, kDisturbances> kDisturbanceNames{
    "none",          "pause",        "kill worker", "kill descendant", "few descriptors",
    "little memory", "few processes"};
constexpr std::array<std::string_view, kRoundEnds> kEndNames{"right", "refused", "cut", "undecided",
                                                             "wrong"};

/// For giving up a run; the worker that carries a round out has longer.
constexpr std::chrono::seconds kBound{10};

/// Says that a limit was met, in the words of strerror(3) or of the language.
bool names_refusal(std::string_view text) {
  constexpr std::array<std::string_view, 7> kWords{"Resource temporarily unavailable",
                                                   "Cannot allocate memory",
                                                   "Too many open files",
                                                   "bad_alloc",
                                                   "out of memory",
                                                   "No space left on device",
                                                   "MemoryError"};
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  });
}

/// A run that did not complete: refused where a message says by what, otherwise wrong.
RoundOutcome incomplete(const std::string& what, const std::string& failure) {
  return {names_refusal(failure) ? RoundEnd::kRefused : RoundEnd::kWrong, what + ": " + failure};
}

template <typename Range>
const auto& drawn(const Range& range, std::mt19937_64& random) {
  return range[random() % range.size()];
}

/// What is declared so that it can be held against it.
const Claim* judged_claim(const Runtime& runtime, TraitId trait) {
  const Claim* claim = runtime.claim_of(trait);
  if (claim == nullptr || claim->modality != Modality::kRequired) return nullptr;
  return claim;
}

RoundOutcome run_program(const Round& round, std::mt19937_64& random) {
  const std::vector<Property> all = properties();
  const Property& property = drawn(all, random);
  const std::size_t units = random() % 4 == 0 ? round.units : 0;
  const Case found = case_of(property, units, round.seed, random() % 100).value();
  const std::string what =
      std::string(property.name) + ", " + std::to_string(found.program.units.size()) + " units";
  Program program = found.program;
  program.bound_ns = std::chrono::nanoseconds(kBound).count();
  const Trace trace = round.runtime->run(program);
  if (!trace.completed()) {
    const bool unsupported = trace.failure().find("unsupported") != std::string::npos;
    if (unsupported) return {RoundEnd::kUndecided, what + ": " + trace.failure()};
    return incomplete(what, trace.failure() + " " + trace.output);
  }
  const Claim* claim = judged_claim(*round.runtime, property.trait);
  if (claim == nullptr) return {RoundEnd::kRight, what};
  for (const Finding::Exclusion& exclusion : found.judge(trace).exclusions) {
    if (exclusion.value != claim->value) continue;
    if (!stands(*round.runtime, found, exclusion)) continue;
    return {RoundEnd::kWrong, what + ": " + exclusion.why};
  }
  return {RoundEnd::kRight, what};
}

/// The runtimes on which scenarios and use cases are judged.
BodyRuntime& reference_for(const Round& round, std::mt19937_64& random) {
  const std::array<BodyRuntime*, 3> references{&fork_runtime(), &std_thread(), &coroutine()};
  for (BodyRuntime* each : references) {
    if (each == round.runtime) return *each;
  }
  return *drawn(references, random);
}

bool is_known(const ScenarioInfo& info, const std::string& outcome) {
  if (info.outcomes.empty()) return true;
  return std::any_of(info.outcomes.begin(), info.outcomes.end(), [&](const ExpectedOutcome& one) {
    return one.numbers == outcome && one.reach != Reach::kForbidden;
  });
}

RoundOutcome run_scenario(const Round& round, std::mt19937_64& random) {
  const auto all = scenarios();
  const Scenario& scenario = *drawn(all, random);
  const ScenarioInfo& info = scenario.info();
  BodyRuntime& runtime = reference_for(round, random);
  const std::string what = info.name + " on " + runtime.info().name;
  // A defect may hang, and is given up soon.
  const auto bound = info.defect ? std::chrono::milliseconds(300) : kBound;
  const RealRun run = scenario.run_on(runtime, info.units, true, bound);
  if (info.defect) return {RoundEnd::kRight, what + (run.broken.empty() ? "" : ": it showed")};
  if (!run.result.completed()) return incomplete(what, run.result.failure());
  if (!run.broken.empty()) return {RoundEnd::kWrong, what + ": broken: " + run.broken};
  const std::string outcome = run.outcome ? run.outcome->text() : "";
  if (!is_known(info, outcome)) return {RoundEnd::kWrong, what + ": outcome " + outcome};
  return {RoundEnd::kRight, what};
}

/// Faults after which a unit cannot have completed.
bool ends_its_unit(Fault fault) {
  constexpr std::array kEnding{
      Fault::kUncaughtException, Fault::kAbort,       Fault::kNullDereference, Fault::kExit,
      Fault::kKillOwnTask,       Fault::kEndlessLoop, Fault::kStackOverflow,   Fault::kDeadlock};
  return std::find(kEnding.begin(), kEnding.end(), fault) != kEnding.end();
}

RoundOutcome run_fault(const Round& round, std::mt19937_64& random) {
  const auto raised = static_cast<Fault>(random() % kFaults);
  Program program;
  program.bound_ns = 500'000'000;
  program.units.assign(std::min<std::size_t>(round.units, 16),
                       {yield(3), add(Region::kSharedMapping, 0, 10), sleep(100'000)});
  program.units[random() % program.units.size()] = {yield(), fault(raised)};
  const Trace trace = round.runtime->run(program);
  const std::string what = std::string(to_string(raised)) + " in one of " +
                           std::to_string(program.units.size()) + " units";
  if (trace.completed() && ends_its_unit(raised)) {
    return {RoundEnd::kWrong, what + ": every unit completed all the same"};
  }
  return {RoundEnd::kRight, what};
}

RoundEnd end_of(UseCaseOutcome outcome, const std::string& reason) {
  if (outcome == UseCaseOutcome::kWorked) return RoundEnd::kRight;
  if (outcome == UseCaseOutcome::kUndecided) return RoundEnd::kUndecided;
  return names_refusal(reason) ? RoundEnd::kRefused : RoundEnd::kWrong;
}

RoundOutcome run_echo(const Round& round, BodyRuntime& runtime) {
  const ConnectionLimit allowed = connections_allowed(round.units);
  const std::string what = "echo server on " + runtime.info().name + ": ";
  if (allowed.connections == 0) return {RoundEnd::kRefused, what + allowed.limit};
  EchoOptions options;
  options.connections = allowed.connections;
  options.seed = round.seed;
  options.bound = kBound;
  const EchoResult result = run_echo_server(runtime, options);
  return {end_of(result.outcome, result.reason), what + result.reason};
}

RoundOutcome run_reduction(const Round& round, BodyRuntime& runtime) {
  ReductionOptions options;
  options.seed = round.seed;
  options.rounds = 2;
  options.sample = std::chrono::milliseconds(5);
  options.duration = std::chrono::milliseconds(100);
  const ReductionResult result = run_parallel_reduction(runtime, options);
  // How fast it was is not asked in passing; a wrong sum throws.
  const bool failed = result.reason.find("the reduction failed") != std::string::npos;
  const RoundEnd end = failed ? end_of(result.outcome, result.reason) : RoundEnd::kRight;
  return {end, "reduction on " + runtime.info().name + ": " + result.reason};
}

RoundOutcome run_sandbox(const Round& round) {
  SandboxOptions options;
  options.seed = round.seed;
  options.inputs = 20;
  options.bound = kBound;
  const SandboxResult result = run_sandboxed_worker(fork_runtime(), options);
  return {end_of(result.outcome, result.reason), "sandboxed worker: " + result.reason};
}

RoundOutcome run_use_case(const Round& round, std::mt19937_64& random) {
  BodyRuntime& runtime = reference_for(round, random);
  switch (random() % 3) {
    case 0:
      return run_echo(round, runtime);
    case 1:
      return run_reduction(round, runtime);
    default:
      return run_sandbox(round);
  }
}

RoundOutcome run_live(const Round& round, std::mt19937_64& random) {
  BodyRuntime& runtime = reference_for(round, random);
  const LiveUnits live = run_live_units(runtime, round.units);
  const std::string what = std::to_string(round.units) + " live units of " + runtime.info().name;
  if (live.complete) return {RoundEnd::kRight, what};
  if (!live.refusal.empty()) return {RoundEnd::kRefused, what + ": " + live.refusal};
  return incomplete(what, live.failure);
}

RoundOutcome carried_out(const Round& round, std::mt19937_64& random) {
  switch (round.work) {
    case Work::kProgram:
      return run_program(round, random);
    case Work::kScenario:
      return run_scenario(round, random);
    case Work::kFault:
      return run_fault(round, random);
    case Work::kUseCase:
      return run_use_case(round, random);
    case Work::kLiveUnits:
      return run_live(round, random);
  }
  return {};
}

/// About what one unit takes, with a margin.
std::uint64_t bytes_of_unit(const Runtime& runtime) {
  switch (runtime.info().model) {
    case Model::kProcess:
      return std::uint64_t{256} << 10;
    case Model::kThread:
      return std::uint64_t{64} << 10;
    case Model::kCoroutine:
      return std::uint64_t{16} << 10;
  }
  return 0;
}

std::size_t most_units(const RoundChoice& choice, const Runtime& runtime) {
  // Those of another language take a driver of their own, which is slow to start.
  constexpr std::size_t kMostElsewhere = 16;
  const std::uint64_t fit =
      std::max<std::uint64_t>(1, choice.memory_bytes / bytes_of_unit(runtime));
  const std::size_t most = std::min<std::uint64_t>(choice.units, fit);
  return runtime.info().language == "C++" ? most : std::min(most, kMostElsewhere);
}

}  // namespace

std::string_view to_string(Work work) { return kWorkNames.at(static_cast<std::size_t>(work)); }

std::string_view to_string(Disturbance disturbance) {
  return kDisturbanceNames.at(static_cast<std::size_t>(disturbance));
}

std::string_view to_string(RoundEnd end) { return kEndNames.at(static_cast<std::size_t>(end)); }

Round round_of(const RoundChoice& choice, std::uint64_t seed, std::uint64_t index) {
  std::seed_seq both{seed, seed >> 32, index, index >> 32};
  std::mt19937_64 random(both);
  Round round;
  round.index = index;
  round.seed = random();
  // Programs and faults are quick, use cases are not.
  constexpr std::array kOften{Work::kProgram,  Work::kProgram, Work::kProgram, Work::kScenario,
                              Work::kScenario, Work::kFault,   Work::kUseCase, Work::kLiveUnits};
  round.work = drawn(kOften, random);
  if (random() % 2 == 0) round.disturbance = static_cast<Disturbance>(1 + random() % 6);
  round.runtime = drawn(choice.runtimes, random);
  const std::size_t most = most_units(choice, *round.runtime);
  round.units = round.work == Work::kLiveUnits ? most : 1 + random() % most;
  // Within a few milliseconds rounds start; most are over after some hundred.
  round.disturbed_after =
      std::chrono::microseconds(random() % (std::uint64_t{500} << random() % 9));
  return round;
}

RoundOutcome carry_out(const Round& round) {
  std::mt19937_64 random(round.seed);
  try {
    return carried_out(round, random);
  } catch (const std::exception& error) {
    return incomplete("threw", error.what());
  }
}

}  // namespace assay
