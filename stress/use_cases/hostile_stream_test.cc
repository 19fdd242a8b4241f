#include "stress/use_cases/hostile_stream.h"

#include <gtest/gtest.h>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"

namespace assay {
namespace {

TEST(HostileStream, ProcessesLoseNoRequestOfAWellBehavedClient) {
  const HostileStreamResult result = run_hostile_stream(fork_runtime(), {});
  EXPECT_EQ(result.hostile, static_cast<std::uint64_t>(kFaults));
  EXPECT_EQ(result.good, kFaults * (HostileStreamOptions().batch - 1));
  EXPECT_EQ(result.all_lost(), 0U) << result.first_loss;
}

TEST(HostileStream, CoroutinesLoseRequestsOfOthers) {
  HostileStreamOptions options;
  options.batches = 5;  // Up to the first that ends its process.
  const HostileStreamResult result = run_hostile_stream(coroutine(), options);
  EXPECT_GT(result.lost[static_cast<std::size_t>(Fault::kAbort)], 0U);
  EXPECT_NE(result.first_loss, "");
}

}  // namespace
}  // namespace assay
