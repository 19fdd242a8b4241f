/// Scenarios: small concurrent programs with shared variables and a named defect, its fixed twin,
/// or litmus tests that are graded by the set of their outcomes. One source runs everywhere.
///
/// A scenario is a class template over an environment (models/controlled/environment.h):
///
///     template <typename Env>
///     struct LostUpdate {
///       Shared<Env, int> counter{"counter"};
///
///       Body<Env> body(UnitOf<Env> unit) {       // every unit runs it; `unit.index()` tells them
///         const int seen = co_await counter.read();
///         co_await counter.write(seen + 1);
///       }
///       void finish(Outcome& outcome) {          // after all units ended
///         outcome.record(counter.value());
///         outcome.require(counter.value() == int(outcome.units()), "no update is lost");
///       }
///     };
///     const ScenarioRegistration kRegistered = scenario<LostUpdate>({.name = "lost_update", ...});
///
/// Its members are the shared state, made anew for each run; it may have a constructor that takes
/// the number of units (std::size_t). What is no operation of the environment (locals, members that
/// only `finish` reads) must not be shared, or the explorer does not see it.
///
/// Hazard: a member that several units access without operations is invisible to the explorer and a
/// real race on real threads; results of a unit go into an array with one element a unit.
///
/// Hazard: compilers differ where a body lets them. Of two operations in one expression,
/// `co_await a.load() + co_await b.load()`, either may come first: have a statement for each. And
/// g++ 12 lays out a coroutine wrongly that declares no variable in its outermost block and awaits
/// in the condition of an `if` or a loop (GCC bug 106188; it crashes): declare what the operation
/// returns, and look at that.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/controlled/explore.h"
#include "models/controlled/subject.h"
#include "models/runtime.h"
#include "scenarios/real.h"
#include "scenarios/samples.h"

namespace assay {

/// Where an outcome can be seen.
enum class Reach : std::uint8_t {
  kSc,       ///< Under sequential consistency, and so everywhere.
  kTso,      ///< With store buffers as those of x86, and not without.
  kRelaxed,  ///< Allowed by C++ for the orders used; x86 does not show it, the explorer neither.
  kForbidden,
};

/// Whether parallel units on two cores whose memory has the outcome in reach must show it.
enum class Showing : std::uint8_t { kMay, kMust };

struct ExpectedOutcome {
  std::string numbers;  ///< As Outcome::text: "0,1".
  Reach reach;
  std::string reason;  ///< One sentence.
  Showing showing = Showing::kMay;
};

struct ScenarioInfo {
  std::string name;   ///< Letters, digits, underscores.
  std::string title;  ///< One sentence.
  std::size_t units = 2;
  std::size_t least_units = 2;
  std::size_t most_units = 4;
  /// What is wrong with it; nothing for a fixed twin and for a litmus test.
  std::optional<controlled::FailureKind> defect = std::nullopt;
  /// The memory model under which the defect shows.
  controlled::MemoryModel memory = controlled::MemoryModel::kSc;
  std::string twin = "";  ///< Name of the fixed twin of a defect.
  /// True: only waits and yields give way, as in a coroutine runtime.
  bool cooperative = false;
  /// True: unit 0 spawns the others.
  bool spawned = false;
  /// Of a litmus test with `units` units: all outcomes that are worth a word. Those of kSc and kTso
  /// are complete.
  std::vector<ExpectedOutcome> outcomes = {};
};

/// One run on a real runtime.
struct RealRun {
  BodyResult result;
  std::optional<Outcome> outcome;  ///< When all units ended.
  std::string broken;              ///< The requirement that did not hold, or empty.
};

class Scenario {
 public:
  virtual ~Scenario() = default;
  [[nodiscard]] virtual const ScenarioInfo& info() const = 0;
  /// For the controlled runtime. Throws std::invalid_argument for a number of units that the
  /// scenario does not have.
  [[nodiscard]] virtual std::unique_ptr<controlled::Subject> subject(std::size_t units) const = 0;
  /// On a real runtime: in this process, or in a host process, where a unit that hangs or crashes
  /// is given up after `bound`.
  [[nodiscard]] virtual RealRun run_on(BodyRuntime& runtime, std::size_t units, bool hosted,
                                       std::chrono::nanoseconds bound) const = 0;

  /// Batches of it for units that block, each a kernel task, or for units of any other kind.
  [[nodiscard]] virtual std::unique_ptr<Samples> samples(std::size_t units, bool block) const = 0;

  /// Options for the explorer that fit the scenario.
  [[nodiscard]] controlled::ExecutionOptions execution_options() const;

 protected:
  void check_units(std::size_t units) const;
};

/// All scenarios, by name.
std::vector<const Scenario*> scenarios();
/// Null when there is none of the name.
const Scenario* find_scenario(std::string_view name);

/// Registers at start-up, at namespace scope in a library with `alwayslink`.
struct ScenarioRegistration {
  explicit ScenarioRegistration(std::unique_ptr<Scenario> scenario);
};

namespace internal {

struct RealBodies {
  std::size_t bytes;
  std::function<void(std::byte*)> make;
  TaskBody body;
  /// Ends the state; false when a unit has not ended.
  std::function<bool(std::byte*, Outcome&)> finish;
};
RealRun run_real(BodyRuntime& runtime, std::size_t units, bool hosted,
                 std::chrono::nanoseconds bound, const RealBodies& bodies);

template <typename State>
struct RealState {
  real::Ledger ledger;
  State scenario;
  explicit RealState(std::size_t units)
    requires std::is_constructible_v<State, std::size_t>
      : scenario(units) {}
  explicit RealState(std::size_t) {}

  Task drive(Unit& unit, bool spawned) { co_await run(unit, spawned); }
  Routine<> run(Unit& unit, bool spawned) {
    const UnitOf<Real> self(unit, ledger);
    if (spawned && unit.index() > 0)
      co_await self.until([flag = &ledger.started.at(unit.index())] { return flag->load(); });
    co_await scenario.body(self);
    ledger.ended.at(unit.index()).store(true, std::memory_order_release);
  }
  void finish(Outcome& outcome) {
    scenario.finish(outcome);
    const char* broken = ledger.broken.load();
    outcome.require(broken == nullptr, broken);
  }
  [[nodiscard]] bool ended(std::size_t units) const {
    for (std::size_t i = 0; i < units; ++i) {
      if (!ledger.ended.at(i)) return false;
    }
    return true;
  }
};

/// By what the template makes, not by the template: `scenario` says why.
template <typename OnControlled, typename OnReal, typename InBatches>
class ScenarioOf final : public Scenario {
 public:
  explicit ScenarioOf(ScenarioInfo info) : info_(std::move(info)) {}
  [[nodiscard]] const ScenarioInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<controlled::Subject> subject(std::size_t units) const override {
    check_units(units);
    return std::make_unique<controlled::ScenarioSubject<OnControlled>>(units);
  }
  [[nodiscard]] RealRun run_on(BodyRuntime& runtime, std::size_t units, bool hosted,
                               std::chrono::nanoseconds bound) const override {
    check_units(units);
    using State = RealState<OnReal>;
    RealBodies bodies;
    bodies.bytes = sizeof(State);
    bodies.make = [units](std::byte* memory) { new (memory) State(units); };
    bodies.body = [spawned = info_.spawned](Unit& unit) {
      return unit.shared<State>().drive(unit, spawned);
    };
    bodies.finish = [units](std::byte* memory, Outcome& outcome) {
      auto& state = *reinterpret_cast<State*>(memory);
      if (!state.ended(units)) return false;
      state.finish(outcome);
      state.~State();
      return true;
    };
    return run_real(runtime, units, hosted, bound, bodies);
  }
  [[nodiscard]] std::unique_ptr<Samples> samples(std::size_t units, bool block) const override {
    check_units(units);
    if (block) return std::make_unique<BatchSamples<InBatches>>(units, info_.spawned);
    return std::make_unique<SuspendingSamples<RealState<OnReal>>>(units, info_.spawned);
  }

 private:
  ScenarioInfo info_;
};

}  // namespace internal

/// Static: g++ 12 shares between files what it instantiates with a template of an unnamed namespace
/// as argument (GCC bug 70413), and every `Defect` would be the one that the linker saw first.
template <template <typename> typename Template>
static ScenarioRegistration scenario(ScenarioInfo info) {
  using Made = internal::ScenarioOf<Template<Controlled>, Template<Real>, Template<Batch>>;
  return ScenarioRegistration(std::make_unique<Made>(std::move(info)));
}

}  // namespace assay
