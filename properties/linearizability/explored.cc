#include "properties/linearizability/explored.h"

#include "models/controlled/narrative.h"
#include "models/controlled/schedule.h"

namespace assay::linearizability {

std::string smallest_schedule(controlled::Subject& subject,
                              const controlled::ExploreOptions& options,
                              const controlled::Failing& failing) {
  constexpr std::uint64_t kBudget = 10'000;
  controlled::Schedule schedule;
  schedule.steps =
      controlled::minimize(subject, options.execution, failing, kBudget).failing.schedule;
  const controlled::Story story = controlled::replay(subject, options.execution, schedule);
  return controlled::table_of(story) + "schedule: " + story.text() + "\n";
}

}  // namespace assay::linearizability
