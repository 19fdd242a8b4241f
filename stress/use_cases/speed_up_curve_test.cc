#include "stress/use_cases/speed_up_curve.h"

#include <gtest/gtest.h>

#include <array>

#include "models/thread/std_thread.h"
#include "stress/use_cases/wrong_runtimes.h"

namespace assay {
namespace {

using std::chrono::milliseconds;

SpeedUpPoint point(std::size_t units, double speed_up) { return {units, {speed_up, {}}}; }

TEST(AmdahlFit, FindsTheSerialPartThatMadeTheCurve) {
  constexpr double kSerial = 0.2;
  std::vector<SpeedUpPoint> points;
  for (const std::size_t n : {1U, 2U, 4U, 8U}) {
    points.push_back(point(n, 1 / (kSerial + (1 - kSerial) / static_cast<double>(n))));
  }
  EXPECT_NEAR(amdahl_fit(points, 8), kSerial, 1e-9);
}

TEST(AmdahlFit, UnitsAboveTheCoresAreExpectedToBeNoFaster) {
  EXPECT_NEAR(amdahl_fit(std::array{point(1, 1), point(2, 2), point(8, 2)}, 2), 0, 1e-9);
  EXPECT_NEAR(amdahl_fit(std::array{point(1, 1), point(2, 1), point(8, 1)}, 2), 1, 1e-9);
}

TEST(SpeedUpCurve, HasAPointForEachUnitCount) {
  const std::array<std::size_t, 3> units{1, 2, 4};
  const SpeedUpCurve curve = measure_speed_up(std_thread(), units, 3, milliseconds(2), 1);
  ASSERT_EQ(curve.wrong, "");
  ASSERT_EQ(curve.points.size(), 3U);
  for (const SpeedUpPoint& each : curve.points) EXPECT_GT(each.speed_up.value, 0);
}

TEST(SpeedUpCurve, AForgottenUnitIsAWrongSum) {
  ForgetfulThreads runtime;
  const std::array<std::size_t, 1> units{4};
  const SpeedUpCurve curve = measure_speed_up(runtime, units, 1, milliseconds(1), 1);
  EXPECT_EQ(curve.wrong, "the sum of 4 units is wrong");
}

}  // namespace
}  // namespace assay
