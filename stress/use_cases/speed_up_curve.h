/// The parallel reduction by unit count: its speed-up, and the part that does not get faster.
///
/// Samples of all unit counts alternate, so that a disturbance meets all of them. The fit is
/// Amdahl's law, 1 / (s + (1 - s) / n), with n no larger than the cores: Amdahl, "Validity of the
/// single processor approach to achieving large scale computing capabilities", AFIPS 1967.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/runtime.h"
#include "properties/statistics.h"

namespace assay {

struct SpeedUpPoint {
  std::size_t units = 1;
  Estimate speed_up;  ///< Against one unit of the same runtime, round by round.
};

struct SpeedUpCurve {
  std::vector<SpeedUpPoint> points;
  double serial_part = 0;  ///< Amdahl's s, from 0 to 1.
  int cores = 1;
  std::string wrong;  ///< A wrong sum, or a unit that did not end; empty: all is right.
};

/// `rounds` samples of each unit count, of about `sample` for one unit.
SpeedUpCurve measure_speed_up(BodyRuntime& runtime, std::span<const std::size_t> units, int rounds,
                              std::chrono::nanoseconds sample, std::uint64_t seed);

/// The serial part that fits the speed-ups best, by least squares of their inverses.
double amdahl_fit(std::span<const SpeedUpPoint> points, int cores);

}  // namespace assay
