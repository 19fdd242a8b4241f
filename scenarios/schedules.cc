// Prints executions of every scenario, one a line, with all that they came to. Whoever builds this,
// and however, prints the same.
#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "models/controlled/enumeration.h"
#include "models/controlled/schedule.h"
#include "scenarios/scenario.h"

namespace assay {
namespace {

using controlled::Execution;
using controlled::MemoryModel;

constexpr int kSchedules = 80;  // The first ones of all, and as many at random.

std::string race_text(const Execution& execution) {
  if (!execution.race()) return "no race";
  const controlled::Race& race = *execution.race();
  return fmt::format("{} {} at its step {} and {} {} at its step {}", race.first_unit,
                     race.first_writes ? "writes" : "reads", race.first_step, race.second_unit,
                     race.second_writes ? "writes" : "reads", race.second_step) +
         " " + execution.name_of_object(race.object);
}

class Printer {
 public:
  Printer(const Scenario& scenario, MemoryModel memory)
      : scenario_(scenario), subject_(scenario.subject(scenario.info().units)) {
    options_ = scenario.execution_options();
    options_.detect_races = true;
    options_.memory = memory;
    execution_.set_recording(true);
  }

  void print() {
    controlled::Enumeration all;
    for (int i = 0; i < kSchedules; ++i) {
      print_one([&](const Execution& e, std::uint64_t c) { return all.pick(e, c); });
      if (!all.next()) return;
    }
    controlled::RandomWalk walk(1);
    for (int i = 0; i < kSchedules; ++i)
      print_one([&](const Execution& e, std::uint64_t c) { return walk.pick(e, c); });
  }

 private:
  template <typename Pick>
  void print_one(Pick&& pick) {
    Outcome outcome;
    controlled::run_once(execution_, *subject_, options_, outcome, std::forward<Pick>(pick));
    const controlled::Proc* schedule = execution_.schedule();
    const std::string failure =
        execution_.failed()
            ? fmt::format("{}: {}", name_of(execution_.failure()), execution_.failure_text())
            : "no failure";
    fmt::print("{} {} {} ({}) {}, {}\n", scenario_.info().name, name_of(options_.memory),
               controlled::to_text({schedule, schedule + execution_.steps()}, execution_.events()),
               outcome.text(), failure, race_text(execution_));
  }

  const Scenario& scenario_;
  std::unique_ptr<controlled::Subject> subject_;
  controlled::ExecutionOptions options_;
  Execution execution_;
};

}  // namespace
}  // namespace assay

int main() {
  fmt::print("{}\n", __VERSION__);
  for (const assay::Scenario* scenario : assay::scenarios()) {
    for (const auto memory : {assay::MemoryModel::kSc, assay::MemoryModel::kTso})
      assay::Printer(*scenario, memory).print();
  }
}
