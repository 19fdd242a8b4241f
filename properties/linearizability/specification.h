/// Specifications: what an object does when its calls come one after the other.
///
/// A state is a list of numbers, so that a search can remember it. `run` is deterministic; an
/// object that may choose (a queue that keeps the order of each producer alone) is split into parts
/// that may not, each checked by itself: a history is linearizable exactly when those of its
/// independent parts are (M. Herlihy, J. Wing, "Linearizability", TOPLAS 12(3), 1990, theorem 1).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "properties/linearizability/history.h"

namespace assay::linearizability {

using State = std::vector<std::int64_t>;

/// What a generator needs to know of a method.
struct Method {
  const char* name;
  bool takes_key = false;      ///< From a few, so that calls meet.
  bool takes_value = false;    ///< A number.
  bool unique_value = false;   ///< Never the same twice in one history.
  bool returns_value = false;  ///< False: what comes back says nothing.
};

class Specification {
 public:
  virtual ~Specification() = default;
  [[nodiscard]] virtual std::span<const Method> methods() const = 0;
  [[nodiscard]] virtual State initial() const { return {}; }
  /// Carries out a call and returns its result; 0 where it says nothing.
  virtual std::int64_t run(State& state, const Call& call) const = 0;

  /// Independent objects that make up this one. Operations that say nothing may be left out.
  [[nodiscard]] virtual std::vector<History> parts(const History& history) const {
    return {history};
  }
  /// Operations of one group can be taken out together: without them a linearizable history stays
  /// so. For shrinking; nothing where there is no such promise.
  [[nodiscard]] virtual std::optional<std::int64_t> group(const Operation&) const {
    return std::nullopt;
  }

  /// For each operation of a part: of several that may be next, those with smaller numbers are
  /// tried first. A good guess saves a search that would find out much later that it was wrong.
  [[nodiscard]] virtual std::vector<std::uint64_t> ranks(const History& part) const;

  /// "enqueue(3)".
  [[nodiscard]] std::string text(const Call& call) const;
  /// "= 3", "= nothing", or "" for what says nothing.
  [[nodiscard]] std::string result_text(const Call& call, std::int64_t result) const;
};

/// Last in, first out: push(v), pop() = v or nothing.
const Specification& stack_specification();
/// First in, first out: enqueue(v), dequeue() = v or nothing.
const Specification& queue_specification();
/// The elements of each producer in their order, and no order between producers. A dequeue that
/// finds nothing says something only when no other operation overlaps it: other dequeues that find
/// nothing either may hold it up. That is what moodycamel::ConcurrentQueue promises (its README,
/// "Basic use" and "When not to use"). Values are those of `producer_value`.
const Specification& producer_queue_specification();
/// insert(k, v) = 1 if k was not there, find(k) = v or nothing, erase(k) = 1 if it was there; each
/// key is a part.
const Specification& map_specification();
/// One number: load() = v, store(v), exchange(v), fetch_add(v), compare_exchange(k, v) return what
/// was there.
const Specification& atomic_specification();

/// Methods by number, for those who write objects.
enum class ContainerMethod : std::uint8_t { kPut, kTake };
enum class MapMethod : std::uint8_t { kInsert, kFind, kErase };
enum class AtomicMethod : std::uint8_t { kLoad, kStore, kExchange, kFetchAdd, kCompareExchange };

/// A value names its producer: the generator makes unique values so.
inline std::int64_t producer_value(std::size_t unit, std::size_t number) {
  return static_cast<std::int64_t>((unit + 1) * 1000 + number);
}
inline std::size_t producer_of(std::int64_t value) {
  return static_cast<std::size_t>(value / 1000) - 1;
}

}  // namespace assay::linearizability
