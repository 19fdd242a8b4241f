/// Objects over the controlled environment, whose calls are explored: those of the scenarios, small
/// ones, and the same with a flaw.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "properties/linearizability/explored.h"
#include "scenarios/michael_scott_queue.h"
#include "scenarios/treiber_stack.h"

namespace assay::linearizability {

inline bool is_put(const Call& call) {
  return static_cast<ContainerMethod>(call.method) == ContainerMethod::kPut;
}

/// A stack of values in nodes. Each unit has nodes of its own at first, and uses those again that
/// it popped, the longest unused one first.
template <typename Env, bool kCounted>
class ValueStack {
  static constexpr std::size_t kUnits = 3;
  static constexpr std::size_t kEach = 3;

 public:
  ValueStack() {
    for (std::size_t node = 1; node <= kUnits * kEach; ++node)
      unused_[(node - 1) / kEach].push_back(static_cast<int>(node));
  }
  Routine<std::int64_t> call(UnitOf<Env> unit, const Call& call) {
    std::vector<int>& unused = unused_[unit.index()];
    if (is_put(call)) {
      const int node = unused.front();
      unused.erase(unused.begin());
      co_await values_[static_cast<std::size_t>(node)].write(call.value);
      co_await stack_.push(node);
      co_return 0;
    }
    const int node = co_await stack_.pop();
    if (node == 0) co_return kNothing;
    unused.push_back(node);
    co_return co_await values_[static_cast<std::size_t>(node)].read();
  }

 private:
  TreiberStack<Env, kUnits * kEach, kCounted> stack_;
  SharedArray<Env, std::int64_t, kUnits * kEach + 1> values_{"value"};
  std::array<std::vector<int>, kUnits> unused_;  ///< Each of one unit alone.
};

template <typename Env, bool kLinksByExchange>
class ValueQueue {
  static constexpr std::size_t kUnits = 3;
  static constexpr std::size_t kEach = 4;

 public:
  Routine<std::int64_t> call(UnitOf<Env> unit, const Call& call) {
    if (is_put(call)) {
      const std::size_t node = unit.index() * kEach + ++used_[unit.index()];
      co_await values_[node].write(call.value);
      co_await queue_.enqueue(static_cast<int>(node));
      co_return 0;
    }
    const int node = co_await queue_.dequeue();
    if (node == 0) co_return kNothing;
    co_return co_await values_[static_cast<std::size_t>(node)].read();
  }

 private:
  MichaelScottQueue<Env, kUnits * kEach, kLinksByExchange> queue_;
  SharedArray<Env, std::int64_t, kUnits * kEach + 1> values_{"value"};
  std::array<std::size_t, kUnits> used_{};
};

/// How a number is shared: by atomic operations; with a flaw, by a load and a store where one
/// operation is needed; or with what each unit remembers of its last load.
enum class NumberKind : std::uint8_t { kAtomic, kTorn, kRemembered };

template <typename Env, NumberKind kKind>
class Number {
 public:
  Routine<std::int64_t> call(UnitOf<Env> unit, const Call& call) {
    switch (static_cast<AtomicMethod>(call.method)) {
      case AtomicMethod::kLoad:
        co_return co_await load(unit);
      case AtomicMethod::kStore:
        co_await number_.store(call.value);
        co_return 0;
      case AtomicMethod::kExchange:
        co_return co_await number_.exchange(call.value);
      case AtomicMethod::kFetchAdd:
        co_return co_await add(call.value);
      case AtomicMethod::kCompareExchange: {
        const auto exchanged = co_await number_.compare_exchange(call.key, call.value);
        co_return exchanged.old;
      }
    }
    co_return kNothing;
  }

 private:
  Routine<std::int64_t> load(UnitOf<Env> unit) {
    std::int64_t& remembered = remembered_[unit.index()];
    if (kKind == NumberKind::kRemembered && remembered >= 0) co_return remembered;
    remembered = co_await number_.load();
    co_return remembered;
  }
  Routine<std::int64_t> add(std::int64_t value) {
    if constexpr (kKind != NumberKind::kTorn) {
      co_return co_await number_.fetch_add(value);
    } else {
      const std::int64_t seen = co_await number_.load();
      co_await number_.store(seen + value);
      co_return seen;
    }
  }

  Shared<Env, std::int64_t> number_{"number"};
  std::array<std::int64_t, 3> remembered_{-1, -1, -1};
};

}  // namespace assay::linearizability
