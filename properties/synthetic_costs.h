/// For tests: runtimes whose costs are known.
#pragma once

#include <cmath>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <utility>

#include "models/runtime.h"

namespace assay {

/// Native hooks that burn a known number of loop iterations an operation.
class BurningCosts : public NativeCosts {
 public:
  explicit BurningCosts(std::uint64_t iterations) : iterations_(iterations) {}

  std::uint64_t create_and_join(std::uint64_t rounds, std::uint64_t batch) override {
    return burn(rounds * batch);
  }
  std::uint64_t ping_pong(std::uint64_t switches, int, int) override { return burn(switches); }
  [[nodiscard]] bool runs_across_cores() const override { return false; }
  void set_iterations(std::uint64_t iterations) { iterations_ = iterations; }

 private:
  std::uint64_t burn(std::uint64_t operations) const {
    volatile std::uint64_t sink = 0;
    for (std::uint64_t i = 0; i < operations * iterations_; ++i) sink = i;
    (void)sink;
    return operations;
  }

  std::uint64_t iterations_;
};

/// A runtime that runs nothing: its programs complete in a wall time that follows from the steps.
class SyntheticRuntime : public Runtime {
 public:
  /// `noise` is the largest part by which a wall time differs, from a seed.
  SyntheticRuntime(std::string name, Model model, Rank cost, double step_ns, double noise = 0,
                   std::uint64_t seed = 1)
      : step_ns_(step_ns), noise_(noise), random_(seed) {
    info_.name = std::move(name);
    info_.model = model;
    info_.language = "C++";
    for (const TraitId trait : {TraitId::kSwitchCost, TraitId::kCreationCost}) {
      info_.claims.push_back(claim(model, trait, cost, "declared", "this test"));
    }
  }

  [[nodiscard]] const RuntimeInfo& info() const override { return info_; }
  NativeCosts* native_costs() override { return costs_.get(); }

  Trace run(const Program& program) override {
    double steps = 0;
    for (const auto& unit : program.units) {
      for (const Step& step : unit) steps += step.op == Op::kYield ? step.count : 1;
    }
    const double part = static_cast<double>(random_() % 2'001) / 1'000 - 1;
    Trace trace;
    trace.units.resize(program.units.size());
    for (UnitTrace& unit : trace.units) unit.end.kind = EndKind::kCompleted;
    trace.host.kind = EndKind::kCompleted;
    trace.wall_ns = std::llround(steps * step_ns_ * (1 + noise_ * part)) + 1'000;
    if (broken) trace.units[0].end = broken_end;
    return trace;
  }

  void set_native(std::unique_ptr<NativeCosts> costs) { costs_ = std::move(costs); }

  bool broken = false;  ///< Its programs end like this:
  End broken_end{EndKind::kSignalled, 11, ""};

 private:
  RuntimeInfo info_;
  double step_ns_;
  double noise_;
  std::mt19937_64 random_;
  std::unique_ptr<NativeCosts> costs_;
};

}  // namespace assay
