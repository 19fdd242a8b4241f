#include "properties/plan.h"

#include <rapidcheck/gen/Create.h>
#include <rapidcheck/seq/Create.h>
#include <rapidcheck/seq/Operations.h>
#include <rapidcheck/seq/Transform.h>
#include <rapidcheck/shrink/Shrink.h>
#include <rapidcheck/shrinkable/Create.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "properties/draw.h"

namespace assay {
namespace {

constexpr std::uint32_t kCellsInPlay = 2;
constexpr std::uint32_t kUpdatedCells = 2;
constexpr std::size_t kEveryUnitMoves = 64;
constexpr std::uint64_t kLeastMoves = 4;

bool is_access(const Move& move) { return move.step.op == Op::kWrite || move.step.op == Op::kRead; }

/// Draws one plan.
class Planner {
 public:
  Planner(const Mix& mix, const rc::Random& random, int size)
      : mix_(&mix), draw_(random), size_(static_cast<std::uint32_t>(std::clamp(size, 0, 100))) {}

  Plan plan(std::size_t units) {
    plan_.units = units > 0 ? static_cast<std::uint32_t>(units) : draw_units();
    plan_.ordered = mix_->ordered;
    plan_.to_one = mix_->to_one;
    plan_.one_core = draw_.one_in(2);
    for (std::uint32_t& cell : cells_) cell = draw_.below32(kAddCells);
    // Few places, so that units meet there.
    const std::size_t places = 1 + draw_.below(mix_->regions.size());
    while (regions_.size() < places) regions_.push_back(draw_.pick(std::span(mix_->regions)));
    const auto most = static_cast<std::uint64_t>(mix_->most_moves) * size_ / 100;
    std::uint64_t count = kLeastMoves + draw_.magnitude(most);
    if (plan_.units >= kEveryUnitMoves) count += plan_.units;
    for (std::uint64_t i = 0; i < count; ++i) {
      const bool in_turn = plan_.units >= kEveryUnitMoves && i < plan_.units;
      add_move(in_turn ? static_cast<std::uint32_t>(i) : draw_.below32(plan_.units));
    }
    return std::move(plan_);
  }

 private:
  std::uint32_t draw_units() {
    return 2 + static_cast<std::uint32_t>(draw_.magnitude(30 * size_ / 100));
  }

  Kind draw_kind() {
    std::uint64_t all = 0;
    for (const auto& [kind, weight] : mix_->kinds) all += weight;
    std::uint64_t left = draw_.below(all);
    for (const auto& [kind, weight] : mix_->kinds) {
      if (left < weight) return kind;
      left -= weight;
    }
    return mix_->kinds.back().first;
  }

  void add_move(std::uint32_t unit) {
    const Kind kind = draw_kind();
    Move move{unit, step_of(kind), kind == Kind::kLockedAdd || kind == Kind::kLockedAddAcross};
    if (kind == Kind::kSend && !aim(move)) return;
    plan_.moves.push_back(move);
  }

  Region region() { return draw_.pick(std::span<const Region>(regions_)); }

  Step step_of(Kind kind) {
    const auto few = [&](std::uint32_t most) { return 1 + draw_.below32(most); };
    // Values tell which move wrote them.
    const auto value = static_cast<std::int64_t>(plan_.moves.size() + 1);
    switch (kind) {
      case Kind::kWrite:
        return write(region(), draw_.pick(std::span<const std::uint32_t>(cells_)), value);
      case Kind::kRead:
        return read(region(), draw_.pick(std::span<const std::uint32_t>(cells_)));
      case Kind::kYield:
        return yield(few(3));
      case Kind::kSpin:
        return spin(static_cast<std::int64_t>(draw_.magnitude(16'000)));
      case Kind::kSleep:
        return sleep(static_cast<std::int64_t>(draw_.magnitude(256'000)));
      case Kind::kRecord:
        return record(draw_.pick(std::span<const Identity>(kIdentitiesInPlay)));
      case Kind::kSend:
        return send(0, 0, draw_bytes());
      case Kind::kAdd:
      case Kind::kLockedAdd: {
        const std::uint32_t first = kind == Kind::kAdd ? kAddCells : kLockedAddCells;
        return add(region(), first + draw_.below32(kUpdatedCells), few(50));
      }
      case Kind::kAddAcross:
        return add_across(region(), kAddAcrossCells + draw_.below32(kUpdatedCells), few(5));
      case Kind::kLockedAddAcross:
        return add_across(region(), kLockedAddCells + draw_.below32(kUpdatedCells), few(2));
      case Kind::kRecurse:
        return recurse(few(32), static_cast<std::int64_t>(draw_.below(1ULL << 40)), few(8));
      case Kind::kRegisters:
        return check_registers(static_cast<std::int64_t>(draw_.below(1ULL << 30)), few(20));
    }
    return yield();
  }

  std::uint32_t draw_bytes() {
    const std::uint32_t left = mix_->most_bytes_in_all - std::min(sent_, mix_->most_bytes_in_all);
    const std::uint32_t span = std::min(mix_->most_bytes - mix_->least_bytes, left);
    const auto bytes = mix_->least_bytes + static_cast<std::uint32_t>(draw_.magnitude(span));
    sent_ += bytes;
    return bytes;
  }

  /// Gives a message a receiver and a value that its bytes can carry.
  bool aim(Move& move) {
    if (plan_.units < 2) return false;
    const std::uint32_t receiver = mix_->to_one ? 0 : draw_.below32(plan_.units - 1);
    // Any unit but the sender; to unit 0 all others send.
    if (mix_->to_one && move.unit == 0) move.unit = 1 + draw_.below32(plan_.units - 1);
    move.step.cell = !mix_->to_one && receiver >= move.unit ? receiver + 1 : receiver;
    const auto number = static_cast<std::int64_t>(plan_.moves.size() + 1);
    const std::uint32_t bytes = move.step.count;
    move.step.value = bytes >= 8 ? number : number & ((std::int64_t{1} << (8 * bytes)) - 1);
    return true;
  }

  /// What every runtime can record, those of other languages too.
  static constexpr std::array<Identity, 4> kIdentitiesInPlay{
      Identity::kProcess, Identity::kKernelTask, Identity::kThreadLocalAddress,
      Identity::kHeapAddress};

  const Mix* mix_;
  Draw draw_;
  std::uint32_t size_;
  std::array<std::uint32_t, kCellsInPlay> cells_{};
  std::vector<Region> regions_;
  std::uint32_t sent_ = 0;  ///< Bytes of all messages so far.
  Plan plan_;
};

/// The same moves by units 0, 1, ... in the order of their first moves. Of several units two are
/// left, though one has no move: programs are about siblings.
Plan renumbered(Plan plan) {
  std::map<std::uint32_t, std::uint32_t> number;
  const auto numbered = [&](std::uint32_t unit) {
    const auto next = static_cast<std::uint32_t>(number.size());
    return number.try_emplace(unit, next).first->second;
  };
  for (Move& move : plan.moves) {
    move.unit = numbered(move.unit);
    if (move.step.op == Op::kSend) move.step.cell = numbered(move.step.cell);
  }
  plan.units = std::max(std::min(plan.units, 2U), static_cast<std::uint32_t>(number.size()));
  return plan;
}

Plan with_moves(const Plan& plan, std::vector<Move> moves) {
  Plan smaller = plan;
  smaller.moves = std::move(moves);
  return renumbered(std::move(smaller));
}

template <typename Keeps>
Plan filtered(const Plan& plan, const Keeps& keeps) {
  std::vector<Move> moves;
  std::copy_if(plan.moves.begin(), plan.moves.end(), std::back_inserter(moves), keeps);
  return with_moves(plan, std::move(moves));
}

/// Cells and written values as they come: 0, 1, ... and 1, 2, ...
Plan with_plain_numbers(Plan plan) {
  std::map<std::uint32_t, std::uint32_t> cells;
  std::int64_t value = 0;
  for (Move& move : plan.moves) {
    if (!is_access(move)) continue;
    const auto next = static_cast<std::uint32_t>(cells.size());
    move.step.cell = cells.try_emplace(move.step.cell, next).first->second;
    if (move.step.op == Op::kWrite) move.step.value = ++value;
  }
  return plan;
}

/// Large steps down, most promising first.
std::vector<Plan> large_steps(const Plan& plan) {
  std::vector<Plan> smaller;
  const auto propose = [&](Plan candidate) {
    if (candidate != plan) smaller.push_back(std::move(candidate));
  };
  propose(filtered(plan, is_access));
  std::set<std::pair<Region, std::uint32_t>> places;
  for (const Move& move : plan.moves) {
    if (is_access(move)) places.emplace(move.step.region, move.step.cell);
  }
  for (const auto& place : places) {
    propose(filtered(plan, [&](const Move& move) {
      return is_access(move) && std::pair(move.step.region, move.step.cell) == place;
    }));
  }
  for (std::uint32_t unit = 0; unit < std::min<std::uint32_t>(plan.units, 32); ++unit) {
    propose(filtered(plan, [&](const Move& move) {
      return move.unit != unit && (move.step.op != Op::kSend || move.step.cell != unit);
    }));
  }
  return smaller;
}

rc::Seq<Move> smaller_moves(const Move& move) {
  std::vector<Move> smaller;
  const auto propose = [&](Step step) {
    if (step != move.step) smaller.push_back({move.unit, step, move.locked});
  };
  Step step = move.step;
  const bool carries = step.op == Op::kSend;
  // A message of 8 bytes carries any value.
  step.count = carries ? std::min<std::uint32_t>(step.count, 8) : std::min(step.count, 1U);
  propose(step);
  step = move.step;
  step.count = carries ? std::max(step.count / 2, std::min(step.count, 8U)) : (step.count + 1) / 2;
  propose(step);
  if (step.op == Op::kSleep || step.op == Op::kSpin) {
    step = move.step;
    step.value /= 2;
    propose(step);
  }
  return rc::seq::fromContainer(std::move(smaller));
}

rc::Seq<Plan> smaller_plans(const Plan& plan) {
  const auto with = [plan](std::vector<Move> moves) { return with_moves(plan, std::move(moves)); };
  std::vector<Plan> finish;
  const bool is_alone = std::ranges::all_of(
      plan.moves, [](const Move& move) { return move.unit == 0 && move.step.op != Op::kSend; });
  if (is_alone && plan.units > 1) {
    finish.push_back(plan);
    finish.back().units = 1;
  }
  if (Plan plain = with_plain_numbers(renumbered(plan)); plain != plan) finish.push_back(plain);
  if (plan.one_core) {
    finish.push_back(plan);
    finish.back().one_core = false;
  }
  return rc::seq::concat(rc::seq::fromContainer(large_steps(plan)),
                         rc::seq::map(rc::shrink::removeChunks(plan.moves), with),
                         rc::seq::fromContainer(std::move(finish)),
                         rc::seq::map(rc::shrink::eachElement(plan.moves, smaller_moves), with));
}

}  // namespace

rc::Shrinkable<Plan> shrinkable_plan(const Plan& plan) {
  return rc::shrinkable::shrinkRecur(plan, &smaller_plans);
}

rc::Gen<Plan> plans(const Mix& mix, std::size_t units) {
  return [=](const rc::Random& random, int size) {
    return shrinkable_plan(Planner(mix, random, size).plan(units));
  };
}

}  // namespace assay
