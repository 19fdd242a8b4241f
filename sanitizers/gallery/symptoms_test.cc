// What a label says that the plain program shows, it shows, and its twin does not: where every
// detector is silent, this is the evidence that the defect is there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "sanitizers/gallery/run.h"

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

}  // namespace
}  // namespace assay
