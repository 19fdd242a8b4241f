/// Samples: batches of instances of a scenario on real hardware, and the count of their outcomes,
/// for whoever decides which units run them, where and when (stress/outcomes.h).
///
/// A pass: `make` builds the instances; then every unit runs its body in each of them, in the same
/// order; then, when all units are through, `collect` counts the outcomes of a part of the
/// instances and builds them anew. The caller keeps these three apart (a barrier). Nothing here is
/// called per sample: the loops are in the template.
///
/// Memory: instances are built in the caller's, `bytes()` each, where addresses are the same for
/// all units.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>

#include "models/controlled/tsan_watch.h"
#include "models/unit.h"
#include "scenarios/batch.h"
#include "scenarios/tally.h"

namespace assay {

class Samples {
 public:
  using Pass = batch::Pass;
  virtual ~Samples() = default;

  /// Of one instance.
  [[nodiscard]] virtual std::size_t bytes() const = 0;
  virtual void make(const Pass& pass, std::size_t from, std::size_t to) const = 0;
  /// Unit `index` runs its part of every instance. For units that block.
  virtual void run(const Pass& pass, std::size_t index) const = 0;
  /// The same for units that suspend: gives way before about one instance in two, as the bits of
  /// `seed` say.
  [[nodiscard]] virtual Routine<> run_suspending(const Pass& pass, Unit& unit,
                                                 std::uint64_t seed) const = 0;
  virtual void collect(const Pass& pass, std::size_t from, std::size_t to,
                       OutcomeTally& tally) const = 0;
};

namespace internal {

template <typename State>
State* make_state(void* memory, std::size_t units) {
  if constexpr (std::is_constructible_v<State, std::size_t>) {
    return new (memory) State(units);
  } else {
    return new (memory) State();
  }
}

/// While one lives, ThreadSanitizer does not look at what this thread reads and writes.
class Unlooked {
 public:
#if defined(ASSAY_TSAN)
  Unlooked() {
    if (AnnotateIgnoreReadsBegin != nullptr) AnnotateIgnoreReadsBegin("", 0);
  }
  ~Unlooked() {
    if (AnnotateIgnoreReadsEnd != nullptr) AnnotateIgnoreReadsEnd("", 0);
  }
#else
  Unlooked() = default;
#endif
  Unlooked(const Unlooked&) = delete;
  Unlooked& operator=(const Unlooked&) = delete;
};

/// For units that block: State is the scenario in the environment Batch.
template <typename State>
class BatchSamples final : public Samples {
 public:
  BatchSamples(std::size_t units, bool spawned) : units_(units), spawned_(spawned) {}

  [[nodiscard]] std::size_t bytes() const override { return sizeof(State); }
  void make(const Pass& pass, std::size_t from, std::size_t to) const override {
    for (std::size_t i = from; i < to; ++i) {
      make_state<State>(pass.instances + i * sizeof(State), units_);
      new (pass.marks + i) batch::Marks();
    }
  }
  void run(const Pass& pass, std::size_t index) const override {
    if (spawned_) return run_spawned(pass, index);
    // What a body computes of them is then known to the compiler, as in a loop by hand. So it is of
    // what `finish` records, in `collect`.
    if (units_ == 2 && index == 0) return run_all(pass, 0, 2);
    if (units_ == 2 && index == 1) return run_all(pass, 1, 2);
    run_all(pass, index, units_);
  }
  [[nodiscard]] Routine<> run_suspending(const Pass&, Unit&, std::uint64_t) const override {
    std::terminate();
  }
  void collect(const Pass& pass, std::size_t from, std::size_t to,
               OutcomeTally& tally) const override {
    if (units_ == 2) return collect_all(pass, from, to, tally, 2);
    collect_all(pass, from, to, tally, units_);
  }

 private:
  static State& state(const Pass& pass, std::size_t i) {
    return *reinterpret_cast<State*>(pass.instances + i * sizeof(State));
  }
  [[gnu::always_inline]] static void run_all(const Pass& pass, std::size_t index,
                                             std::size_t units) {
    Pass order = pass;  // A copy, so that the compiler knows that no instance changes it.
    order.units = units;
    for (std::size_t place = 0; place <= order.mask; ++place) {
      const std::size_t i = order.at(place);
      static_cast<void>(state(order, i).body(UnitOf<Batch>(order, i, index)));
    }
  }
  [[gnu::always_inline]] void collect_all(const Pass& pass, std::size_t from, std::size_t to,
                                          OutcomeTally& tally, std::size_t units) const {
    // The units are through, and the pass that comes waits for all of this: nothing of it can race,
    // and it was half of the time.
    [[maybe_unused]] const Unlooked unlooked;
    const Pass order = pass;  // As in run_all.
    const bool marked = spawned_ || order.shared->marked.load(std::memory_order_relaxed);
    for (std::size_t i = from; i < to; ++i) {
      State& instance = state(order, i);
      Outcome outcome(units);
      instance.finish(outcome);
      if (marked) [[unlikely]]
        take_marks(order.marks[i], outcome);
      tally.add(outcome);
      instance.~State();
      make_state<State>(&instance, units);
    }
  }
  static void take_marks(batch::Marks& marks, Outcome& outcome) {
    const char* broken = marks.broken.load(std::memory_order_relaxed);
    outcome.require(broken == nullptr, broken);
    new (&marks) batch::Marks();
  }
  void run_spawned(const Pass& pass, std::size_t index) const {
    const std::uint32_t bit = UnitOf<Batch>::bit(index);
    for (std::size_t place = 0; place <= pass.mask; ++place) {
      const std::size_t i = pass.at(place);
      batch::Marks& marks = pass.marks[i];
      batch::spin_until([&] { return (marks.started.load(std::memory_order_acquire) & bit) != 0; });
      static_cast<void>(state(pass, i).body(UnitOf<Batch>(pass, i, index)));
      marks.ended.fetch_or(bit, std::memory_order_release);
    }
  }

  std::size_t units_;
  bool spawned_;
};

/// For units that suspend: State is a RealState of the scenario in the environment Real.
template <typename State>
class SuspendingSamples final : public Samples {
 public:
  SuspendingSamples(std::size_t units, bool spawned) : units_(units), spawned_(spawned) {}

  [[nodiscard]] std::size_t bytes() const override { return sizeof(State); }
  void make(const Pass& pass, std::size_t from, std::size_t to) const override {
    for (std::size_t i = from; i < to; ++i) new (&state(pass, i)) State(units_);
  }
  void run(const Pass&, std::size_t) const override { std::terminate(); }
  [[nodiscard]] Routine<> run_suspending(const Pass& pass, Unit& unit,
                                         std::uint64_t seed) const override {
    const Pass order = pass;
    for (std::size_t place = 0; place <= order.mask; ++place) {
      if (place % 64 == 0) seed = seed * 6364136223846793005 + 1442695040888963407;
      if ((seed >> (place % 64) & 1) != 0) co_await unit.yield();
      co_await state(order, order.at(place)).run(unit, spawned_);
    }
  }
  void collect(const Pass& pass, std::size_t from, std::size_t to,
               OutcomeTally& tally) const override {
    for (std::size_t i = from; i < to; ++i) {
      State& instance = state(pass, i);
      Outcome outcome(units_);
      instance.finish(outcome);
      tally.add(outcome);
      instance.~State();
      new (&instance) State(units_);
    }
  }

 private:
  static State& state(const Pass& pass, std::size_t i) {
    return *reinterpret_cast<State*>(pass.instances + i * sizeof(State));
  }

  std::size_t units_;
  bool spawned_;
};

}  // namespace internal
}  // namespace assay
