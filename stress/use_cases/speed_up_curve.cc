#include "stress/use_cases/speed_up_curve.h"

#include <algorithm>
#include <array>

#include "models/pinning.h"
#include "stress/use_cases/parallel_reduction.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kElements = 1 << 15;

double ns_since(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

class Curve {
 public:
  Curve(BodyRuntime& runtime, std::chrono::nanoseconds sample, std::uint64_t seed)
      : runtime_(&runtime), data_(kElements) {
    for (auto& element : data_) element = seed = seed * 6'364'136'223'846'793'005 + 1'442'695'041;
    volatile std::uint64_t kept = 0;
    const auto start = Clock::now();
    kept = kept + reduce(data_, 0, 8 * kElements);
    elements_ = static_cast<std::uint64_t>(
        8 * kElements * std::max(1.0, static_cast<double>(sample.count()) / ns_since(start)));
    expected_ = reduce(data_, 0, elements_);
  }

  /// The wall time of one reduction; below 0 when it is wrong.
  double sample(std::size_t units) {
    Clock::time_point start;
    double wall_ns = 0;
    Bodies bodies;
    bodies.count = units;
    bodies.reports = units;
    bodies.bound = std::chrono::seconds(60);
    bodies.before = [&](std::byte*) { start = Clock::now(); };
    bodies.after = [&](std::byte*) { wall_ns = ns_since(start); };
    bodies.task = [&](Unit& unit) -> Task {
      const std::uint64_t index = unit.index();
      unit.report(reduce(data_, elements_ * index / units, elements_ * (index + 1) / units));
      co_return;
    };
    const BodyResult result = runtime_->run_here(bodies);
    std::uint64_t sum = 0;
    for (const auto& reports : result.reports) {
      for (const std::uint64_t part : reports) sum += part;
    }
    if (result.completed() && sum == expected_) return wall_ns;
    wrong_ = result.completed() ? "the sum of " + std::to_string(units) + " units is wrong"
                                : result.failure();
    return -1;
  }

  [[nodiscard]] const std::string& wrong() const { return wrong_; }

 private:
  BodyRuntime* runtime_;
  std::vector<std::uint64_t> data_;
  std::uint64_t elements_ = 0;
  std::uint64_t expected_ = 0;
  std::string wrong_;
};

}  // namespace

double amdahl_fit(std::span<const SpeedUpPoint> points, int cores) {
  // 1 / speed-up = s (1 - 1/n) + 1/n is linear in s.
  double above = 0;
  double below = 0;
  for (const SpeedUpPoint& point : points) {
    const double n = std::min<double>(static_cast<double>(point.units), cores);
    const double slope = 1 - 1 / n;
    above += slope * (1 / point.speed_up.value - 1 / n);
    below += slope * slope;
  }
  return below == 0 ? 0 : std::clamp(above / below, 0.0, 1.0);
}

SpeedUpCurve measure_speed_up(BodyRuntime& runtime, std::span<const std::size_t> units, int rounds,
                              std::chrono::nanoseconds sample, std::uint64_t seed) {
  SpeedUpCurve curve;
  curve.cores = static_cast<int>(allowed_cores().size());
  Curve reduction(runtime, sample, seed);
  std::vector<double> one;
  std::vector<std::vector<double>> many(units.size());
  for (int round = 0; round < rounds; ++round) {
    one.push_back(reduction.sample(1));
    for (std::size_t i = 0; i < units.size(); ++i) many[i].push_back(reduction.sample(units[i]));
    if (!reduction.wrong().empty()) {
      curve.wrong = reduction.wrong();
      return curve;
    }
  }
  for (std::size_t i = 0; i < units.size(); ++i) {
    curve.points.push_back({units[i], bootstrap_ratio(one, many[i], seed)});
  }
  curve.serial_part = amdahl_fit(curve.points, curve.cores);
  return curve;
}

}  // namespace assay
