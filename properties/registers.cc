#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cfenv>
#include <map>
#include <string>

#include "properties/plan_cases.h"
#include "properties/probe.h"
#include "properties/program_maker.h"
#include "properties/program_rounds.h"

namespace assay {
namespace {

constexpr std::int64_t kGeneral = 1;
constexpr std::int64_t kRounding = 2;
constexpr std::int64_t kVectorControl = 4;
constexpr std::int64_t kX87Control = 8;

constexpr std::string_view kDiffer = "two units with different rounding modes";
constexpr std::string_view kOneCore = "all units on one core";
constexpr const char* kChanged = "checks_that_found_a_change";
constexpr const char* kGaveWay = "times_given_way";
constexpr const char* kSwitches = "kernel_switches_meanwhile";
constexpr const char* kGeneralChanged = "changes_of_callee_saved_registers";

std::string registers_of(std::int64_t mask) {
  std::string names;
  const auto name = [&](std::int64_t bit, const char* what) {
    if ((mask & bit) != 0) names += (names.empty() ? "" : ", ") + std::string(what);
  };
  name(kGeneral, "callee-saved registers");
  name(kRounding, "the rounding mode");
  name(kVectorControl, "the vector control word");
  name(kX87Control, "the x87 control word");
  return names;
}

/// Where a unit records its kernel task, so that switches are counted once, and its voluntary
/// switches; the step after records the involuntary ones.
struct Switches {
  Place task;
  Place before;
  Place after;
};

/// Units load patterns of their own, give way to each other, and compare.
class Oracle {
 public:
  explicit Oracle(const Plan& plan) : plan_(plan) {}

  Program make() {
    ProgramMaker maker(plan_.units);
    switches_.resize(plan_.units);
    maker.barrier();
    for (std::uint32_t unit = 0; unit < plan_.units; ++unit) {
      switches_[unit].task = maker.append(unit, record(Identity::kKernelTask));
      switches_[unit].before = record_switches(maker, unit);
    }
    places_ = maker.append(plan_, false);
    for (std::uint32_t unit = 0; unit < plan_.units; ++unit) {
      switches_[unit].after = record_switches(maker, unit);
    }
    maker.barrier();
    return maker.take();
  }

  [[nodiscard]] std::vector<std::string_view> labels() const {
    std::vector<std::string_view> labels;
    if (plan_.one_core) labels.push_back(kOneCore);
    const Move* first = nullptr;
    for (const Move& move : plan_.moves) {
      if (move.step.op != Op::kRegisters) continue;
      if (first == nullptr) first = &move;
      // How the rounding mode is chosen.
      const bool differs = move.step.value % 4 != first->step.value % 4;
      if (move.unit == first->unit || !differs) continue;
      labels.push_back(kDiffer);
      break;
    }
    return labels;
  }

  [[nodiscard]] Finding judge(const Trace& trace) const {
    Finding finding;
    std::uint64_t changed = 0;
    std::uint64_t general = 0;
    std::uint64_t yields = 0;
    for (std::size_t i = 0; i < plan_.moves.size(); ++i) {
      const Step& step = plan_.moves[i].step;
      if (step.op == Op::kYield || step.op == Op::kRegisters) yields += step.count;
      if (step.op != Op::kRegisters) continue;
      ++finding.tries;
      const auto mask = value_at(trace, places_[i].unit, places_[i].step);
      if (mask == 0) continue;
      judge_change(places_[i].unit, mask, finding);
      ++changed;
      general += (mask.value_or(0) & kGeneral) != 0 ? 1 : 0;
    }
    finding.counts = {{"checks", finding.tries},
                      {kChanged, changed},
                      {kGeneralChanged, general},
                      {kGaveWay, yields},
                      {kSwitches, kernel_switches(trace)}};
    return finding;
  }

 private:
  static Place record_switches(ProgramMaker& maker, std::uint32_t unit) {
    const Place place = maker.append(unit, record(Identity::kVoluntarySwitches));
    maker.append(unit, record(Identity::kInvoluntarySwitches));
    return place;
  }

  static void judge_change(std::uint32_t unit, std::optional<std::int64_t> mask, Finding& finding) {
    const std::string who = "unit " + std::to_string(unit);
    if (mask) {
      finding.exclude(Ownership::kOwn, who + " gave way and found changed: " + registers_of(*mask));
      return;
    }
    finding.exclude(Ownership::kOwn, who + " recorded no check of its registers");
    finding.exclude(Ownership::kShared, who + " recorded no check of its registers");
  }

  static std::int64_t switches_at(const Trace& trace, const Place& place) {
    return value_at(trace, place.unit, place.step).value_or(0) +
           value_at(trace, place.unit, place.step + 1).value_or(0);
  }

  /// Units in one kernel task see the same switches.
  [[nodiscard]] std::uint64_t kernel_switches(const Trace& trace) const {
    std::map<std::int64_t, std::int64_t> of_task;
    for (const Switches& at : switches_) {
      const auto task = value_at(trace, at.task.unit, at.task.step).value_or(0);
      std::int64_t& most = of_task[task];
      most = std::max(most, switches_at(trace, at.after) - switches_at(trace, at.before));
    }
    std::int64_t sum = 0;
    for (const auto& [task, switches] : of_task) sum += switches;
    return static_cast<std::uint64_t>(sum);
  }

  Plan plan_;
  std::vector<Place> places_;
  std::vector<Switches> switches_;
};

rc::Gen<Case> cases(std::size_t units) {
  static const Mix kMix{
      .kinds = {{Kind::kRegisters, 6}, {Kind::kYield, 3}, {Kind::kSpin, 1}, {Kind::kSleep, 1}},
      .most_moves = 160,
      .ordered = false};
  return cases_from(plans(kMix, units), &case_judged_by<Oracle, Plan>);
}

const PropertyRegistration kSurvive({TraitId::kRegisters,
                                     "RegistersAndFloatingPointModesSurviveASwitch",
                                     &cases,
                                     {kDiffer, kOneCore}});

/// The ways to give way; a runtime may keep registers in one of them and lose them in another.
enum class Way : std::uint8_t { kYield, kSleep, kReceive, kDescriptor, kLock };
constexpr std::array<std::string_view, 5> kWays{"yielded", "slept", "waited for a message",
                                                "waited for a descriptor", "waited for a lock"};
constexpr int kEach = 8;
constexpr std::int64_t kSleepNs = 100'000;

/// Two units, each with a rounding mode and numbers of its own, give way in every way.
class WaitingUnit {
 public:
  explicit WaitingUnit(BlockingUnit& unit) : unit_(&unit), ready_(eventfd(1, EFD_CLOEXEC)) {}
  WaitingUnit(const WaitingUnit&) = delete;
  WaitingUnit& operator=(const WaitingUnit&) = delete;
  ~WaitingUnit() { close(ready_); }

  void report_changes() {
    for (std::size_t way = 0; way < kWays.size(); ++way) {
      std::uint64_t changed = 0;
      for (int i = 0; i < kEach; ++i) changed |= across(static_cast<Way>(way));
      unit_->report(changed);
    }
  }

 private:
  void give_way(Way way) {
    const std::array<std::byte, 1> message{};
    switch (way) {
      case Way::kYield:
        return unit_->yield();
      case Way::kSleep:
        return unit_->sleep_for(std::chrono::nanoseconds(kSleepNs));
      case Way::kReceive:
        // Back and forth, so that each waits for the other.
        if (unit_->index() == 0) unit_->send(0, message);
        unit_->receive(1 - unit_->index());
        if (unit_->index() == 1) unit_->send(1, message);
        return;
      case Way::kDescriptor:
        return unit_->wait_fd(ready_, POLLIN);
      case Way::kLock:
        unit_->lock(0);
        unit_->yield();
        return unit_->unlock(0);
    }
  }

  /// What changed: bits as in Op::kRegisters. Numbers that live across a call are kept in the
  /// registers that the callee must save, as many as there are.
  __attribute__((noinline)) std::uint64_t across(Way way) {
    std::fesetround(unit_->index() == 0 ? FE_DOWNWARD : FE_TOWARDZERO);
    const int rounding = std::fegetround();
    const volatile std::uint64_t pattern = 1'000'003 * (unit_->index() + 1);
    std::uint64_t a = pattern + 1;
    std::uint64_t b = pattern + 2;
    std::uint64_t c = pattern + 3;
    std::uint64_t d = pattern + 4;
    std::uint64_t e = pattern + 5;
    std::uint64_t f = pattern + 6;
    asm volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f));
    give_way(way);
    asm volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f));
    const bool same = a == pattern + 1 && b == pattern + 2 && c == pattern + 3 &&
                      d == pattern + 4 && e == pattern + 5 && f == pattern + 6;
    const std::uint64_t changed =
        (same ? 0 : kGeneral) | (std::fegetround() == rounding ? 0 : kRounding);
    std::fesetround(FE_TONEAREST);
    return changed;
  }

  BlockingUnit* unit_;
  int ready_;
};

/// The way as a program, for the reader of a counterexample.
Program shown(Way way) {
  ProgramMaker maker(2);
  for (std::uint32_t unit = 0; unit < 2; ++unit) {
    maker.append(unit, check_registers(unit, way == Way::kYield ? 1 : 0));
    if (way == Way::kSleep) maker.append(unit, sleep(kSleepNs));
    if (way == Way::kReceive) maker.append(unit, send(unit, 0, 1));
    if (way == Way::kReceive) maker.append(unit, receive(1 - unit));
    if (way != Way::kLock) continue;
    maker.append(unit, lock(0));
    maker.append(unit, yield());
    maker.append(unit, unlock(0));
  }
  return maker.take();
}

/// Where units have a stack; the others say enough of their registers by yielding.
void look_at_every_wait(Runtime& runtime, ProgramRounds& rounds) {
  Bodies bodies;
  bodies.count = 2;
  bodies.channels = 2;
  bodies.locks = 1;
  bodies.reports = 2 * kWays.size();
  bodies.blocking = [](BlockingUnit& unit) { WaitingUnit(unit).report_changes(); };
  BodyRuntime* const runs = runtime.bodies();
  if (runs == nullptr || runs->refuses(bodies)) return;
  const BodyResult result = runs->run_hosted(bodies);
  if (!result.completed() || result.reports.size() != 2) {
    rounds.observation.evidence.set("waits_of_every_kind", "failed: " + result.failure());
    return;
  }
  for (std::size_t unit = 0; unit < 2; ++unit) {
    for (std::size_t way = 0; way < result.reports[unit].size(); ++way) {
      ++rounds.observation.tries;
      const auto changed = static_cast<std::int64_t>(result.reports[unit][way]);
      if (changed == 0) continue;
      rounds.exclude(Ownership::kOwn, shown(static_cast<Way>(way)),
                     "unit " + std::to_string(unit) + " " + std::string(kWays.at(way)) +
                         " and found changed: " + registers_of(changed));
    }
  }
}

Observation finish(ProgramRounds& rounds) {
  Observation& observation = rounds.observation;
  const std::uint64_t changed = rounds.counted(kChanged);
  // "Shared" needs a witness.
  if (changed == 0 && rounds.most_units() > 1) {
    observation.allowed.erase(static_cast<std::uint8_t>(Ownership::kShared));
  }
  observation.figure = changed == 0 ? std::to_string(rounds.counted(kGaveWay)) + " yields"
                       : rounds.counted(kGeneralChanged) > 0 ? "general registers"
                                                             : "floating-point modes";
  const std::string seen = rounds.why_not(Ownership::kOwn);
  return rounds.finish(seen.empty() ? "registers and floating-point modes survived every switch"
                                    : seen);
}

}  // namespace

static Observation observe_registers(Runtime& runtime, const ProbeOptions& options) {
  ProgramRounds rounds(TraitId::kRegisters, runtime, options);
  rounds.look_at_properties(rounds.quick() ? 30 : 200);
  if (!rounds.failed()) look_at_every_wait(runtime, rounds);
  return finish(rounds);
}

static const ProbeRegistration kRegistered(TraitId::kRegisters, &observe_registers);

}  // namespace assay
