/// Plans: what generated programs are made of, and how they shrink.
///
/// A plan is a list of moves in one order in which all of them can happen: a unit writes, reads,
/// gives way, sends to another. Where `ordered` is set, a program made of it enforces that order
/// for reads and writes, and so what each read must return follows from where memory is shared, and
/// from nothing else.
///
/// Guarantee: every plan, and every plan with moves left out, makes a program that ends. A message
/// is received by the move that sends it, so that the order of the moves is one in which nobody
/// waits for what comes later; a channel has one sender and one receiver, or (`to_one`, which
/// must not be `ordered`) a receiver that waits for nothing but messages; nobody waits while it
/// holds a lock. The same random state makes the same
/// plan on every machine.
///
/// What counts as a step: a program has the steps of its moves (a locked update three, a message
/// two) and, where the turn goes from one unit to another, a send and a receive; when the first has
/// nothing left to do, only the second's wait for its end. So "unit 0 writes, unit 1 reads" is two
/// units and three steps, and these are all that the program has.
#pragma once

#include <rapidcheck/Gen.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "models/program.h"

namespace assay {

/// The kinds of moves that a generator draws from.
enum class Kind : std::uint8_t {
  kWrite,
  kRead,
  kYield,
  kSpin,   ///< Up to 16 us of CPU time.
  kSleep,  ///< Up to 256 us.
  kRecord,
  kSend,
  kAdd,
  kAddAcross,
  kLockedAdd,
  kLockedAddAcross,
  kRecurse,
  kRegisters,
};

struct Move {
  std::uint32_t unit = 0;
  /// Of a send, `cell` is the unit that receives.
  Step step;
  bool locked = false;  ///< Takes lock 0 before the step and releases it after.

  friend bool operator==(const Move&, const Move&) = default;
};

struct Plan {
  std::uint32_t units = 1;
  bool ordered = true;  ///< Reads and writes happen in the order of the moves.
  bool to_one = false;  ///< All messages have the same receiver, and one channel.
  bool one_core = false;
  std::vector<Move> moves;

  friend bool operator==(const Plan&, const Plan&) = default;
};

/// What a plan is to be made of.
struct Mix {
  std::vector<std::pair<Kind, std::uint32_t>> kinds;  ///< With their weights.
  std::vector<Region> regions = {Region::kHeap,           Region::kGlobal,
                                 Region::kStack,          Region::kThreadLocal,
                                 Region::kPrivateMapping, Region::kSharedMapping};
  std::uint32_t most_moves = 256;
  std::uint32_t least_bytes = 0;
  std::uint32_t most_bytes = 64;
  std::uint32_t most_bytes_in_all = 2 * 1024 * 1024;  ///< Of all messages together.
  bool ordered = true;
  bool to_one = false;
};

/// Cells that updates go to, so that they are never those of reads and writes (which are below).
inline constexpr std::uint32_t kAddCells = 32;
inline constexpr std::uint32_t kAddAcrossCells = 40;
inline constexpr std::uint32_t kLockedAddCells = 48;

/// Plans for this many units; 0: 2 to 32, small numbers more often. Grow with RapidCheck's size. At
/// 64 units and more every unit has a move.
rc::Gen<Plan> plans(const Mix& mix, std::size_t units);

/// The plan with all plans that it shrinks to: fewer places, moves and units, smaller numbers.
rc::Shrinkable<Plan> shrinkable_plan(const Plan& plan);

}  // namespace assay
