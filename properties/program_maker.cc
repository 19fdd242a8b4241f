#include "properties/program_maker.h"

#include <optional>

namespace assay {
namespace {

constexpr std::uint32_t kTurn = ~0U;
constexpr std::uint32_t kAnyone = ~0U - 1;

/// For each unit, how many moves have come when it has done its last.
std::vector<std::size_t> ends_of(const Plan& plan) {
  std::vector<std::size_t> ends(plan.units, 0);
  for (std::size_t i = 0; i < plan.moves.size(); ++i) {
    const Move& move = plan.moves[i];
    ends[move.unit] = i + 1;
    if (move.step.op == Op::kSend) ends[move.step.cell] = i + 1;
  }
  return ends;
}

}  // namespace

Place ProgramMaker::append(std::uint32_t unit, const Step& step) {
  program_.units[unit].push_back(step);
  return {unit, static_cast<std::uint32_t>(program_.units[unit].size() - 1)};
}

void ProgramMaker::barrier() {
  const std::uint32_t gather = program_.channels++;
  const std::uint32_t release = program_.channels++;
  for (std::uint32_t unit = 1; unit < units(); ++unit) append(0, receive(gather));
  for (std::uint32_t unit = 1; unit < units(); ++unit) {
    append(0, send(release, 1));
    append(unit, send(gather, unit));
    append(unit, receive(release));
  }
}

std::uint32_t ProgramMaker::channel(std::uint32_t from, std::uint32_t to) {
  const auto [found, is_new] = channels_.try_emplace({from, to}, program_.channels);
  if (is_new) ++program_.channels;
  return found->second;
}

void ProgramMaker::hand_over(std::uint32_t from, std::uint32_t to, bool from_is_done) {
  if (from_is_done) {
    append(to, await_end(from));
    return;
  }
  append(from, send(channel(kTurn, to), from));
  append(to, receive(channel(kTurn, to)));
}

Place ProgramMaker::append_message(const Plan& plan, const Move& move) {
  const std::uint32_t to = move.step.cell;
  Step step = move.step;
  step.cell = channel(plan.to_one ? kAnyone : move.unit, to);
  append(move.unit, step);
  return append(to, receive(step.cell));
}

Place ProgramMaker::append_update(const Move& move) {
  use_lock();
  append(move.unit, lock(0));
  const Place place = append(move.unit, move.step);
  append(move.unit, unlock(0));
  return place;
}

std::vector<Place> ProgramMaker::append(const Plan& plan, bool last) {
  program_.one_core = plan.one_core;
  const std::vector<std::size_t> ends = ends_of(plan);
  std::vector<Place> places;
  places.reserve(plan.moves.size());
  std::optional<std::uint32_t> holder;
  for (std::size_t i = 0; i < plan.moves.size(); ++i) {
    const Move& move = plan.moves[i];
    const bool accesses = move.step.op == Op::kWrite || move.step.op == Op::kRead;
    if (accesses && plan.ordered) {
      if (holder && *holder != move.unit) {
        hand_over(*holder, move.unit, last && ends[*holder] <= i);
      }
      holder = move.unit;
    }
    if (move.step.op == Op::kSend) {
      places.push_back(append_message(plan, move));
    } else {
      places.push_back(move.locked ? append_update(move) : append(move.unit, move.step));
    }
  }
  return places;
}

}  // namespace assay
