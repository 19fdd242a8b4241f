#include <set>
#include <utility>

#include "properties/probe.h"
#include "properties/program_rounds.h"

namespace assay {
namespace {

constexpr std::int64_t kFirstValue = 1000;

/// Where the reads of a unit stand.
struct Steps {
  std::uint32_t before;   ///< Before any write of its own, while siblings may have written.
  std::uint32_t after;    ///< When all have written.
  std::uint32_t heap;     ///< Who shares its address space: the last of those who wrote the heap.
  std::uint32_t address;  ///< Of the variable.
};

std::int64_t value_of(std::size_t unit) { return kFirstValue + static_cast<std::int64_t>(unit); }

/// All units write the same thread-local cell, each its own value, wait for each other and read.
std::vector<Steps> add_steps(Program& program, std::uint32_t cell) {
  std::vector<Steps> steps(program.units.size());
  for (std::size_t unit = 0; unit < steps.size(); ++unit) {
    steps[unit].before = append(program, unit, read(Region::kThreadLocal, cell));
    append(program, unit, write(Region::kThreadLocal, cell, value_of(unit)));
    append(program, unit, write(Region::kHeap, cell, value_of(unit)));
    append(program, unit, yield(2));
  }
  add_barrier(program);
  for (std::size_t unit = 0; unit < steps.size(); ++unit) {
    steps[unit].after = append(program, unit, read(Region::kThreadLocal, cell));
    steps[unit].heap = append(program, unit, read(Region::kHeap, cell));
    steps[unit].address = append(program, unit, record(Identity::kThreadLocalAddress));
  }
  // Nobody ends, and gives its storage back, before all have recorded.
  add_barrier(program);
  return steps;
}

class ThreadLocalProbe {
 public:
  ThreadLocalProbe(Runtime& runtime, const ProbeOptions& options)
      : rounds_(TraitId::kThreadLocalStorage, runtime, options) {}

  Observation observe() {
    for (const std::size_t units : rounds_.units()) {
      const int programs = units > 64 ? 1 : units > 8 ? 3 : 20;
      for (int i = 0; i < programs && (i == 0 || rounds_.go_on()); ++i) look_at(units);
    }
    return finish();
  }

 private:
  void look_at(std::size_t units) {
    Program program = program_of(units);
    const auto cell = static_cast<std::uint32_t>(below(rounds_.random(), kCells));
    const std::vector<Steps> steps = add_steps(program, cell);
    const auto trace = rounds_.run(program);
    if (!trace) return;
    std::set<std::pair<std::int64_t, std::int64_t>> places;
    for (std::size_t unit = 0; unit < units; ++unit) {
      const Steps& at = steps[unit];
      judge_read(program, unit, 0, value_at(*trace, unit, at.before));
      judge_read(program, unit, value_of(unit), value_at(*trace, unit, at.after));
      places.emplace(value_at(*trace, unit, at.heap).value_or(-1),
                     value_at(*trace, unit, at.address).value_or(-1));
    }
    rounds_.observation.evidence.set("variables_of_" + std::to_string(units) + "_units",
                                     places.size());
  }

  void judge_read(const Program& program, std::size_t unit, std::int64_t own,
                  std::optional<std::int64_t> seen) {
    ++rounds_.observation.tries;
    if (seen == own) return;
    const auto units = static_cast<std::int64_t>(program.units.size());
    const bool of_sibling = seen && *seen >= kFirstValue && *seen < kFirstValue + units;
    const std::string why = "unit " + std::to_string(unit) + " read " +
                            (seen ? std::to_string(*seen) : "nothing") + " where its own was " +
                            std::to_string(own);
    rounds_.exclude(Ownership::kOwn, program, why);
    if (of_sibling) {
      if (foreign_ == 0)
        first_ = why + ", as unit " + std::to_string(*seen - kFirstValue) + " wrote";
      ++foreign_;
    } else {
      strange_ = why + ", which nobody wrote";
      rounds_.exclude(Ownership::kShared, program, strange_);
    }
  }

  Observation finish() {
    Observation& observation = rounds_.observation;
    // "Shared" needs a witness: all reads saw a unit's own value.
    if (foreign_ == 0 && rounds_.most_units() > 1) {
      observation.allowed.erase(static_cast<std::uint8_t>(Ownership::kShared));
    }
    observation.evidence.set("reads", observation.tries);
    observation.evidence.set("reads_of_a_siblings_value", foreign_);
    observation.figure =
        std::to_string(foreign_) + " of " + std::to_string(observation.tries) + " foreign";
    if (!strange_.empty()) return rounds_.finish(strange_);
    if (foreign_ > 0) return rounds_.finish(first_);
    return rounds_.finish("every unit read what it wrote, and 0 before it wrote");
  }

  ProgramRounds rounds_;
  std::uint64_t foreign_ = 0;  ///< Reads that returned what a sibling wrote.
  std::string first_;          ///< The first of them.
  std::string strange_;        ///< A read of what nobody wrote.
};

}  // namespace

static Observation observe_thread_local_storage(Runtime& runtime, const ProbeOptions& options) {
  return ThreadLocalProbe(runtime, options).observe();
}

static const ProbeRegistration kRegistered(TraitId::kThreadLocalStorage,
                                           &observe_thread_local_storage);

}  // namespace assay
