// What a label says that the plain program shows, it shows, and its twin does not; and in the
// scenario that a label names the explorer finds a failure: where every detector is silent, this is
// the evidence that the defect is there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "models/controlled/explore.h"
#include "sanitizers/gallery/run.h"
#include "scenarios/scenario.h"

namespace assay {
namespace {

Gallery gallery() {
  const std::string folder = std::string(std::getenv("TEST_SRCDIR")) + "/" +
                             std::getenv("TEST_WORKSPACE") + "/sanitizers/gallery/programs";
  return {folder, folder};
}

TEST(Symptoms, AreShownByThePlainProgramAndNotByItsTwin) {
  int shown = 0;
  for (const Label& label : read_labels(gallery())) {
    const ProgramRun twin = run_plain(gallery(), label.name, /*twin=*/true);
    EXPECT_EQ(twin.exit_status, 0) << twin.command << "\n" << twin.output;
    if (label.shows.empty()) continue;
    const ProgramRun defect = run_plain(gallery(), label.name, /*twin=*/false);
    EXPECT_THAT(defect.output, testing::HasSubstr(label.shows)) << defect.command;
    EXPECT_THAT(twin.output, testing::Not(testing::HasSubstr(label.shows))) << twin.command;
    shown++;
  }
  EXPECT_GT(shown, 5);
}

TEST(Symptoms, AreFoundByTheExplorerInTheScenarioThatIsNamed) {
  int found = 0;
  for (const Label& label : read_labels(gallery())) {
    if (label.scenario.empty()) continue;
    const Scenario* const scenario = find_scenario(label.scenario);
    ASSERT_NE(scenario, nullptr) << label.name
                                 << ".cc: expected a scenario of the explorer, found '"
                                 << label.scenario << "'";
    controlled::ExploreOptions options;
    options.execution = scenario->execution_options();
    const auto subject = scenario->subject(scenario->info().units);
    EXPECT_FALSE(controlled::explore(*subject, options).passed())
        << "assay explore " << label.scenario << " finds nothing";
    found++;
  }
  EXPECT_GT(found, 3);
}

}  // namespace
}  // namespace assay
