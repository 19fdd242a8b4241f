/// Subjects made of functions, one a unit, for tests of what the controlled runtime detects.
#pragma once

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "models/controlled/explore.h"

namespace assay::controlled {

struct Cells {
  Shared<Controlled, int> x{"x"};
  Shared<Controlled, int> y{"y"};
  Shared<Controlled, int> flag{"flag"};
  Mutex<Controlled> first{"first"};
  Mutex<Controlled> second{"second"};
  ConditionVariable<Controlled> condition{"condition"};
  Semaphore<Controlled> semaphore{"semaphore", 0};
  BoundedChannel<Controlled, int, 1> channel{"channel"};
  Barrier<Controlled> barrier{"barrier", 2};
};

using BodyOfCells = Body<Controlled> (*)(Cells&, UnitOf<Controlled>);

class CellsSubject final : public Subject {
 public:
  explicit CellsSubject(std::vector<BodyOfCells> bodies) : bodies_(std::move(bodies)) {}
  [[nodiscard]] std::size_t units() const override { return bodies_.size(); }
  void start(Execution& execution) override {
    cells_ = std::make_unique<Cells>();
    for (std::size_t unit = 0; unit < units(); ++unit) {
      execution.run_as(
          unit, [&] { frames_[unit] = bodies_[unit](*cells_, UnitOf<Controlled>(unit)).frame; });
    }
  }
  void finish(Outcome& outcome) override {
    outcome.record(cells_->x.value());
    outcome.record(cells_->y.value());
  }
  void discard(Execution& execution) override {
    for (std::size_t unit = 0; unit < units(); ++unit) {
      if (!execution.ended(unit)) execution.run_as(unit, [&] { frames_[unit].destroy(); });
    }
    cells_.reset();
  }

 private:
  std::vector<BodyOfCells> bodies_;
  std::unique_ptr<Cells> cells_;
  std::array<std::coroutine_handle<>, kMaxUnits> frames_;
};

inline Exploration explore_bodies(std::vector<BodyOfCells> bodies, ExploreOptions options = {}) {
  CellsSubject subject(std::move(bodies));
  return explore(subject, options);
}

}  // namespace assay::controlled
