/// Program maker: turns plans (properties/plan.h) and what frames them into programs.
///
/// Guarantee: if every step that is appended waits only for steps appended before it, the program
/// ends.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "models/program.h"
#include "properties/plan.h"

namespace assay {

/// Where a step of a program stands.
struct Place {
  std::uint32_t unit = 0;
  std::uint32_t step = 0;
};

class ProgramMaker {
 public:
  explicit ProgramMaker(std::size_t units) { program_.units.resize(units); }

  /// Appends a step to a unit and returns where it stands.
  Place append(std::uint32_t unit, const Step& step);

  /// The program has lock 0 for steps that are appended by hand.
  void use_lock() { program_.locks = 1; }

  /// Makes every unit wait until all have come here, over two channels of its own: unit 0 gathers
  /// the others and lets them go.
  void barrier();

  /// Appends the moves and returns where the step of each stands; of a message, its receipt. The
  /// units must be those of the plan. `last`: nothing is appended after them, so that a unit may
  /// wait for the end of another.
  std::vector<Place> append(const Plan& plan, bool last);

  [[nodiscard]] std::uint32_t units() const {
    return static_cast<std::uint32_t>(program_.units.size());
  }
  Program take() { return std::move(program_); }

 private:
  Place append_message(const Plan& plan, const Move& move);
  Place append_update(const Move& move);
  void hand_over(std::uint32_t from, std::uint32_t to, bool from_is_done);

  std::uint32_t channel(std::uint32_t from, std::uint32_t to);

  Program program_;
  /// Channels by sender and receiver; kTurn is the sender of what hands the turn over.
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> channels_;
};

}  // namespace assay
