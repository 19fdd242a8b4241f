/// Native costs of a mutant that does more than it needs: those of the honest runtime, and more.
#pragma once

#include "models/runtime.h"

namespace assay {

/// Switches `times` times where once would do.
class RepeatedSwitch : public NativeCosts {
 public:
  RepeatedSwitch(NativeCosts& honest, std::uint64_t times) : honest_(&honest), times_(times) {}
  std::uint64_t create_and_join(std::uint64_t rounds, std::uint64_t batch) override {
    return honest_->create_and_join(rounds, batch);
  }
  std::uint64_t ping_pong(std::uint64_t switches, int core_a, int core_b) override {
    return honest_->ping_pong(switches * times_, core_a, core_b) / times_;
  }

 private:
  NativeCosts* honest_;
  std::uint64_t times_;
};

/// Calls `before` before each unit.
class LaboriousCreation : public NativeCosts {
 public:
  LaboriousCreation(NativeCosts& honest, void (*before)()) : honest_(&honest), before_(before) {}
  std::uint64_t create_and_join(std::uint64_t rounds, std::uint64_t batch) override {
    std::uint64_t ran = 0;
    for (std::uint64_t round = 0; round < rounds; ++round) {
      for (std::uint64_t unit = 0; unit < batch; ++unit) before_();
      ran += honest_->create_and_join(1, batch);
    }
    return ran;
  }
  std::uint64_t ping_pong(std::uint64_t switches, int core_a, int core_b) override {
    return honest_->ping_pong(switches, core_a, core_b);
  }

 private:
  NativeCosts* honest_;
  void (*before_)();
};

}  // namespace assay
