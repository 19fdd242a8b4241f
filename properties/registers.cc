#include <algorithm>
#include <map>
#include <string>

#include "properties/probe.h"
#include "properties/program_rounds.h"

namespace assay {
namespace {

constexpr std::int64_t kGeneral = 1;
constexpr std::int64_t kRounding = 2;
constexpr std::int64_t kVectorControl = 4;
constexpr std::int64_t kX87Control = 8;

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

/// Where the steps of a unit stand.
struct Steps {
  std::uint32_t task;    ///< The kernel task, so that switches are counted once.
  std::uint32_t before;  ///< Its voluntary switches, and involuntary in the step after.
  std::uint32_t first;   ///< The first of the checks.
  std::uint32_t after;   ///< Its switches, as before.
};

constexpr std::uint32_t kChecks = 3;

std::uint32_t append_switches(Program& program, std::size_t unit) {
  const std::uint32_t at = append(program, unit, record(Identity::kVoluntarySwitches));
  append(program, unit, record(Identity::kInvoluntarySwitches));
  return at;
}

/// Units load patterns that differ from their neighbours' and give way to each other in between.
std::vector<Steps> add_steps(Program& program, std::mt19937_64& random, std::uint32_t yields) {
  std::vector<Steps> steps(program.units.size());
  const std::uint64_t base = below(random, 1ULL << 30);
  add_barrier(program);
  for (std::size_t unit = 0; unit < steps.size(); ++unit) {
    Steps& at = steps[unit];
    at.task = append(program, unit, record(Identity::kKernelTask));
    at.before = append_switches(program, unit);
    for (std::uint32_t check = 0; check < kChecks; ++check) {
      // Neighbours differ modulo 4, which is how the rounding mode is chosen.
      const auto pattern = static_cast<std::int64_t>(base + unit + 4 * below(random, 1ULL << 20));
      const std::uint32_t step = append(program, unit, check_registers(pattern, yields));
      if (check == 0) at.first = step;
    }
    at.after = append_switches(program, unit);
  }
  add_barrier(program);
  return steps;
}

class RegistersProbe {
 public:
  RegistersProbe(Runtime& runtime, const ProbeOptions& options)
      : rounds_(TraitId::kRegisters, runtime, options) {}

  Observation observe() {
    for (const std::size_t units : rounds_.units()) {
      const int programs = units > 64 ? 1 : units > 8 ? 4 : 20;
      for (int i = 0; i < programs && (i == 0 || rounds_.go_on()); ++i) {
        // On one core units must take turns; on several they also move from core to core.
        look_at(units, i % 2 == 0);
      }
    }
    return finish();
  }

 private:
  void look_at(std::size_t units, bool one_core) {
    Program program = program_of(units);
    program.one_core = one_core;
    const auto yields =
        static_cast<std::uint32_t>(units > 64 ? 2 : 1 + below(rounds_.random(), 20));
    const std::vector<Steps> steps = add_steps(program, rounds_.random(), yields);
    const auto trace = rounds_.run(program);
    if (!trace) return;
    std::map<std::int64_t, std::int64_t> of_task;
    for (std::size_t unit = 0; unit < units; ++unit) {
      for (std::uint32_t check = 0; check < kChecks; ++check) {
        judge_check(program, unit, value_at(*trace, unit, steps[unit].first + check));
      }
      // Units in one kernel task see the same switches.
      std::int64_t& switches = of_task[value_at(*trace, unit, steps[unit].task).value_or(0)];
      switches = std::max(switches, switches_at(*trace, unit, steps[unit].after) -
                                        switches_at(*trace, unit, steps[unit].before));
    }
    for (const auto& [task, switches] : of_task) switches_ += switches;
    yields_ += units * kChecks * yields;
  }

  static std::int64_t switches_at(const Trace& trace, std::size_t unit, std::uint32_t step) {
    return value_at(trace, unit, step).value_or(0) + value_at(trace, unit, step + 1).value_or(0);
  }

  void judge_check(const Program& program, std::size_t unit, std::optional<std::int64_t> mask) {
    ++rounds_.observation.tries;
    if (mask == 0) return;
    if (!mask) {
      seen_ = "unit " + std::to_string(unit) + " recorded no check of its registers";
      rounds_.exclude(Ownership::kOwn, program, seen_);
      rounds_.exclude(Ownership::kShared, program, seen_);
      return;
    }
    ++changed_;
    mask_ |= *mask;
    if (seen_.empty()) {
      seen_ =
          "unit " + std::to_string(unit) + " gave way and found changed: " + registers_of(*mask);
    }
    rounds_.exclude(Ownership::kOwn, program, seen_);
  }

  Observation finish() {
    Observation& observation = rounds_.observation;
    // "Shared" needs a witness.
    if (changed_ == 0 && rounds_.most_units() > 1) {
      observation.allowed.erase(static_cast<std::uint8_t>(Ownership::kShared));
    }
    observation.evidence.set("checks", observation.tries);
    observation.evidence.set("checks_that_found_a_change", changed_);
    observation.evidence.set("changed", mask_ == 0 ? std::string("nothing") : registers_of(mask_));
    observation.evidence.set("times_given_way", yields_);
    observation.evidence.set("kernel_switches_meanwhile", switches_);
    observation.figure = mask_ == 0         ? std::to_string(yields_) + " yields"
                         : (mask_ & 1) != 0 ? "general registers"
                                            : "floating-point modes";
    return rounds_.finish(seen_.empty() ? "registers and floating-point modes survived every switch"
                                        : seen_);
  }

  ProgramRounds rounds_;
  std::string seen_;  ///< The first change.
  std::int64_t mask_ = 0;
  std::int64_t switches_ = 0;
  std::uint64_t changed_ = 0;
  std::uint64_t yields_ = 0;
};

}  // namespace

static Observation observe_registers(Runtime& runtime, const ProbeOptions& options) {
  return RegistersProbe(runtime, options).observe();
}

static const ProbeRegistration kRegistered(TraitId::kRegisters, &observe_registers);

}  // namespace assay
