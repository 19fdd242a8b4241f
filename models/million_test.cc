// A million live coroutines, as bodies: what they take, and that each goes on where it stopped.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>

#include "models/coroutine/coroutine.h"

namespace assay {
namespace {

constexpr std::size_t kUnits = 1'000'000;

/// The proportional set size of this process, in kB.
std::uint64_t pss_kb() {
  std::ifstream rollup("/proc/self/smaps_rollup");
  for (std::string word; rollup >> word;) {
    std::uint64_t value = 0;
    if (word == "Pss:" && rollup >> value) return value;
  }
  return 0;
}

TEST(CoroutineRuntime, AMillionLiveUnitsTakeLessThan160MB) {
  std::size_t suspended = 0;
  std::size_t resumed = 0;
  std::uint64_t live_kb = 0;
  Bodies bodies;
  bodies.count = kUnits;
  bodies.bound = std::chrono::seconds(600);
  bodies.task = [&](Unit& unit) -> Task {
    if (++suspended == kUnits) live_kb = pss_kb();
    co_await unit.yield();
    ++resumed;
  };
  const std::uint64_t before_kb = pss_kb();
  const BodyResult result = coroutine().run_here(bodies);
  ASSERT_TRUE(result.completed()) << result.failure();
  EXPECT_EQ(resumed, kUnits);
  ASSERT_GT(before_kb, 0U) << "/proc/self/smaps_rollup cannot be read";
  const double mb = static_cast<double>(live_kb - before_kb) * 1024 / 1e6;
  RecordProperty("megabytes", std::to_string(mb));
  std::printf("%zu live coroutines: %.1f MB\n", kUnits, mb);
  EXPECT_LT(mb, 160) << kUnits << " live units";
  // Less than what their frames take would mean that they were not there.
  EXPECT_GT(mb, 64);
}

}  // namespace
}  // namespace assay
