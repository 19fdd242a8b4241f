#include "properties/linearizability/specification.h"

#include <algorithm>
#include <array>
#include <map>

namespace assay::linearizability {
namespace {

/// The group of an operation that changed nothing and can go alone; values are not negative.
std::int64_t by_itself(const Operation& operation) {
  return -1 - static_cast<std::int64_t>(operation.invoked);
}

class Container : public Specification {
 public:
  [[nodiscard]] std::optional<std::int64_t> group(const Operation& operation) const override {
    const bool puts = operation.call.method == static_cast<std::uint8_t>(ContainerMethod::kPut);
    if (puts) return operation.call.value;
    if (operation.pends()) return std::nullopt;
    return operation.result == kNothing ? by_itself(operation) : operation.result;
  }

  /// Takes as soon as they fit; puts by when their values have to be gone.
  [[nodiscard]] std::vector<std::uint64_t> ranks(const History& part) const override {
    const auto taken = deadlines(part);
    std::vector<std::uint64_t> ranks;
    for (const Operation& operation : part) {
      const auto found = taken.find(operation.call.value);
      const std::uint64_t when = found == taken.end() ? kNever : found->second;
      ranks.push_back(!puts(operation.call) ? 0 : last_out_first_in() ? kNever - when : when);
    }
    return ranks;
  }

 protected:
  /// Of two values, is the one that leaves later put earlier?
  [[nodiscard]] virtual bool last_out_first_in() const { return false; }

  /// When each value was taken, at the latest.
  [[nodiscard]] static std::map<std::int64_t, std::uint64_t> takes(const History& part) {
    std::map<std::int64_t, std::uint64_t> taken;
    for (const Operation& operation : part) {
      if (!puts(operation.call) && !operation.pends()) taken[operation.result] = operation.returned;
    }
    return taken;
  }
  [[nodiscard]] virtual std::map<std::int64_t, std::uint64_t> deadlines(const History& part) const {
    return takes(part);
  }
  [[nodiscard]] static bool puts(const Call& call) {
    return call.method == static_cast<std::uint8_t>(ContainerMethod::kPut);
  }
};

class Stack final : public Container {
 public:
  [[nodiscard]] std::span<const Method> methods() const override {
    static constexpr std::array<Method, 2> kMethods = {
        {{"push", false, true, true, false}, {"pop", false, false, false, true}}};
    return kMethods;
  }
  std::int64_t run(State& state, const Call& call) const override {
    if (puts(call)) {
      state.push_back(call.value);
      return 0;
    }
    if (state.empty()) return kNothing;
    const std::int64_t value = state.back();
    state.pop_back();
    return value;
  }

 protected:
  [[nodiscard]] bool last_out_first_in() const override { return true; }
};

class Queue : public Container {
 protected:
  /// A value is gone before those that were put after it had been.
  [[nodiscard]] std::map<std::int64_t, std::uint64_t> deadlines(
      const History& part) const override {
    std::map<std::int64_t, std::uint64_t> deadlines = takes(part);
    std::map<std::uint64_t, std::uint64_t> of_later;  // By invocation: the least of it and later.
    for (auto operation = part.rbegin(); operation != part.rend(); ++operation) {
      if (!puts(operation->call)) continue;
      const auto taken = deadlines.find(operation->call.value);
      std::uint64_t deadline = taken == deadlines.end() ? kNever : taken->second;
      const auto later = of_later.upper_bound(operation->returned);
      if (later != of_later.end()) deadline = std::min(deadline, later->second);
      deadlines[operation->call.value] = deadline;
      if (!of_later.empty()) deadline = std::min(deadline, of_later.begin()->second);
      of_later[operation->invoked] = deadline;
    }
    return deadlines;
  }

 public:
  [[nodiscard]] std::span<const Method> methods() const override {
    static constexpr std::array<Method, 2> kMethods = {
        {{"enqueue", false, true, true, false}, {"dequeue", false, false, false, true}}};
    return kMethods;
  }
  std::int64_t run(State& state, const Call& call) const override {
    if (puts(call)) {
      state.push_back(call.value);
      return 0;
    }
    if (state.empty()) return kNothing;
    const std::int64_t value = state.front();
    state.erase(state.begin());
    return value;
  }
};

bool overlap(const Operation& a, const Operation& b) {
  return a.invoked < b.returned && b.invoked < a.returned;
}

class ProducerQueue final : public Queue {
 public:
  [[nodiscard]] std::vector<History> parts(const History& history) const override {
    std::map<std::size_t, History> producers;
    History of_all;
    for (const Operation& operation : history) {
      if (puts(operation.call)) {
        producers[producer_of(operation.call.value)].push_back(operation);
      } else if (operation.pends() || (operation.result == kNothing && alone(operation, history))) {
        // What pends may have taken from any.
        of_all.push_back(operation);
      } else if (operation.result != kNothing) {
        producers[producer_of(operation.result)].push_back(operation);
      }
    }
    std::vector<History> parts;
    for (auto& [producer, part] : producers) {
      part.insert(part.end(), of_all.begin(), of_all.end());
      parts.push_back(std::move(part));
    }
    return parts;
  }

 private:
  static bool alone(const Operation& operation, const History& history) {
    return std::none_of(history.begin(), history.end(), [&](const Operation& other) {
      return other.unit != operation.unit && overlap(operation, other);
    });
  }
};

/// The state of a part: nothing, or the value.
class Map final : public Specification {
 public:
  [[nodiscard]] std::span<const Method> methods() const override {
    static constexpr std::array<Method, 3> kMethods = {{{"insert", true, true, false, true},
                                                        {"find", true, false, false, true},
                                                        {"erase", true, false, false, true}}};
    return kMethods;
  }
  std::int64_t run(State& state, const Call& call) const override {
    const bool present = !state.empty();
    switch (static_cast<MapMethod>(call.method)) {
      case MapMethod::kInsert:
        if (!present) state.push_back(call.value);
        return present ? 0 : 1;
      case MapMethod::kFind:
        return present ? state.front() : kNothing;
      case MapMethod::kErase:
        state.clear();
        return present ? 1 : 0;
    }
    return 0;
  }
  [[nodiscard]] std::vector<History> parts(const History& history) const override {
    std::map<std::int64_t, History> keys;
    for (const Operation& operation : history) keys[operation.call.key].push_back(operation);
    std::vector<History> parts;
    for (auto& [key, part] : keys) parts.push_back(std::move(part));
    return parts;
  }
  [[nodiscard]] std::optional<std::int64_t> group(const Operation& operation) const override {
    const bool finds = static_cast<MapMethod>(operation.call.method) == MapMethod::kFind;
    if (operation.pends() || (!finds && operation.result == 1)) return std::nullopt;
    return by_itself(operation);
  }
};

class Atomic final : public Specification {
 public:
  [[nodiscard]] std::span<const Method> methods() const override {
    static constexpr std::array<Method, 5> kMethods = {
        {{"load", false, false, false, true},
         {"store", false, true, false, false},
         {"exchange", false, true, false, true},
         {"fetch_add", false, true, false, true},
         {"compare_exchange", true, true, false, true}}};
    return kMethods;
  }
  [[nodiscard]] std::optional<std::int64_t> group(const Operation& operation) const override {
    const bool loads = static_cast<AtomicMethod>(operation.call.method) == AtomicMethod::kLoad;
    return loads && !operation.pends() ? std::optional(by_itself(operation)) : std::nullopt;
  }
  [[nodiscard]] State initial() const override { return {0}; }
  std::int64_t run(State& state, const Call& call) const override {
    std::int64_t& now = state.front();
    const std::int64_t old = now;
    switch (static_cast<AtomicMethod>(call.method)) {
      case AtomicMethod::kLoad:
        return old;
      case AtomicMethod::kStore:
        now = call.value;
        return 0;
      case AtomicMethod::kExchange:
        now = call.value;
        return old;
      case AtomicMethod::kFetchAdd:
        now += call.value;
        return old;
      case AtomicMethod::kCompareExchange:
        if (old == call.key) now = call.value;
        return old;
    }
    return old;
  }
};

}  // namespace

std::vector<std::uint64_t> Specification::ranks(const History& part) const {
  return std::vector<std::uint64_t>(part.size(), 0);
}

std::string Specification::text(const Call& call) const {
  const Method& method = methods()[call.method];
  std::string text = std::string(method.name) + "(";
  if (method.takes_key) text += std::to_string(call.key);
  if (method.takes_key && method.takes_value) text += ", ";
  if (method.takes_value) text += std::to_string(call.value);
  return text + ")";
}

std::string Specification::result_text(const Call& call, std::int64_t result) const {
  if (!methods()[call.method].returns_value) return "";
  return result == kNothing ? "= nothing" : "= " + std::to_string(result);
}

const Specification& stack_specification() {
  static const Stack kSpecification;
  return kSpecification;
}
const Specification& queue_specification() {
  static const Queue kSpecification;
  return kSpecification;
}
const Specification& producer_queue_specification() {
  static const ProducerQueue kSpecification;
  return kSpecification;
}
const Specification& map_specification() {
  static const Map kSpecification;
  return kSpecification;
}
const Specification& atomic_specification() {
  static const Atomic kSpecification;
  return kSpecification;
}

}  // namespace assay::linearizability
