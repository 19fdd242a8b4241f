#include "properties/embedded_race_helper.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "models/thread/std_thread.h"
#include "properties/probe.h"
#include "properties/symbolize.h"

namespace assay {
namespace {

TEST(EmbeddedRaceHelper, IsAProgramThatCanBeRun) {
  ASSERT_NE(embedded_race_helper(), "");
  EXPECT_EQ(access(embedded_race_helper().c_str(), X_OK), 0);
}

TEST(EmbeddedRaceHelper, ItsReportsNameSourceLines) {
  ProbeOptions options;
  options.effort = Effort::kQuick;
  options.race_helper = embedded_race_helper();
  const Observation seen = probe_of(TraitId::kUnsynchronizedRace).observe(std_thread(), options);
  ASSERT_TRUE(seen.measured) << seen.reason;
  EXPECT_TRUE(seen.witnessed.contains(static_cast<std::uint8_t>(UnsynchronizedRace::kReported)))
      << seen.reason;
}

TEST(Symbolized, LeavesOtherTextAsItIs) {
  const std::string report = "#0 main a.cc:1\n#1 <null> <null> (libc.so+0x12)\n";
  EXPECT_EQ(symbolized(report, "/bin/true", "false"), report);
}

TEST(Symbolized, LeavesWhatCannotBeResolved) {
  const std::string report = "    #0 <null> <null> (memfd:x (deleted)+0x12) (BuildId: 7)\n";
  EXPECT_EQ(symbolized(report, "/bin/true", "false"), report);
}

}  // namespace
}  // namespace assay
