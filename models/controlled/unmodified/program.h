/// Program: unmodified code as a subject of the controlled runtime.
///
/// The code was compiled with -fsanitize=thread; what that compiler calls for every access, and
/// what the code calls of POSIX threads, is defined beside this file and comes here. An access to
/// shared memory (shadow.h), an atomic operation on it and each operation of a synchronization
/// object is a step; the memory itself holds the values.
///
/// Every execution starts from the same state: the program's writable data and early heap are
/// restored, its heap and stacks begin anew at the same addresses.
///
/// Hazard: one Program at a time in a process, and one kernel thread.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "models/controlled/location.h"
#include "models/controlled/subject.h"
#include "models/controlled/sync.h"
#include "models/controlled/unmodified/shadow.h"
#include "models/controlled/unmodified/thread.h"

namespace assay::unmodified {

using controlled::Execution;
using controlled::Location;
using controlled::Op;
using controlled::OpKind;

/// Thrown out of an exploration: more memory is shared, or there are more units, than was known.
struct Grown {};

/// Thrown out of an exploration: its time is up.
struct TimeUp {};

/// A synchronization object of the program, by its address.
struct Object {
  enum class Kind : std::uint8_t { kMutex, kQueue, kValue };
  Kind kind = Kind::kMutex;
  Address address = 0;
  std::string name;
  std::optional<controlled::MutexState> mutex;
  std::uint32_t depth = 0;  ///< Of a recursive mutex, beyond the first.
  std::optional<controlled::ConditionState> queue;
  std::optional<Location> value;
  std::int64_t initial = 0;  ///< Of a value.
  int waiting = 0;           ///< In the queue of a futex, but for those that were woken.
  std::uint64_t users = 0;   ///< Units that used it, in any execution.
  bool shared = false;       ///< Two of them had when this exploration began.
};

/// Shared memory that is read and written as one.
struct Data {
  /// Bytes with the same past.
  struct Part {
    Address begin;
    Address end;
    Location location;
  };
  Range range;
  std::string name;
  std::uint16_t id = 0;
  std::vector<Part> parts;
};

/// An atomic store that waits in the buffer of its unit.
struct LateStore {
  Data* data;
  Address address;
  std::size_t bytes;    ///< At most 8.
  std::uint64_t value;  ///< As memory will have it.
};

class Program final : public controlled::Subject {
 public:
  /// One body may start others as threads do; several bodies are units from the start.
  /// `at_end` is called after each execution of several bodies that came to its end.
  explicit Program(std::vector<std::function<void()>> bodies, std::function<void()> at_end = {});
  ~Program() override;

  static Program* mine();

  // controlled::Subject.
  [[nodiscard]] std::size_t units() const override { return units_; }
  void start(Execution& execution) override;
  void finish(Outcome&) override {
    if (at_end_) at_end_();
  }
  /// Throws Grown when the execution touched something new.
  void discard(Execution& execution) override;

  /// Told of each execution at its end, before what was in it is gone.
  void set_observer(std::function<void(const Execution&)> observer) {
    observer_ = std::move(observer);
  }
  /// Of the steps since begin_pass: who took which.
  [[nodiscard]] std::uint64_t digest() const { return digest_; }
  /// Takes over what was found to be shared, before the next exploration.
  void begin_pass();
  /// Room for as many units as there can be, or for those that were seen.
  void set_room(bool most);
  [[nodiscard]] bool spawns() const { return bodies_.size() == 1; }
  /// Steps since construction, of any execution, but those that start and join units.
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  [[nodiscard]] std::size_t units_seen() const { return units_seen_; }
  [[nodiscard]] const Shadow& shadow() const { return shadow_; }
  [[nodiscard]] Shadow& shadow() { return shadow_; }
  /// Whether call stacks of all steps are kept.
  void set_narrating(bool narrating) { narrating_ = narrating; }
  /// Of each event, innermost first.
  [[nodiscard]] const std::vector<std::vector<void*>>& stacks() const { return stacks_; }
  /// Looks the variables up that were on stacks while it narrated; they have their names from the
  /// next pass on. Returns whether there are any.
  bool name_locals() { return locals_.look_up(); }
  /// A text of an execution before they had their names, with them.
  [[nodiscard]] std::string with_locals(std::string text) const;

  // For what the program calls; the current unit runs.

  Execution& execution() { return *execution_; }
  Thread& current() { return *Thread::running(); }
  /// True while no other unit was ever started: what happens now happens before all of theirs.
  [[nodiscard]] bool alone();
  void access(Address address, std::size_t bytes, bool reads, bool writes);
  /// The shared data that has these bytes, or null where they are private.
  Data* claim(Address address, std::size_t bytes);
  Object& object(Object::Kind kind, Address address, std::int64_t initial = 0);
  Thread* thread(std::size_t unit) { return threads_.at(unit).get(); }
  /// Starts a unit, as a step. Returns its number, or nothing when there are too many.
  std::optional<std::size_t> spawn(std::function<void()> body);
  void wait_for_end(std::size_t unit);

  template <typename Effect>
  auto step(const Op& op, Effect effect) {
    return take(op, controlled::step(op, noting(effect)));
  }
  template <typename Effect>
  auto waiting_step(const Op& op, controlled::Enabled enabled, void* object, Effect effect) {
    return take(op, controlled::waiting_step(op, enabled, object, noting(effect)));
  }
  /// A read, a failed try, or what else lets a unit spin. If the unit was here before in the same
  /// state, and has changed nothing since, it first waits until something that it read has changed.
  ///
  /// Where its own memory is another each time, as that of a loop that counts its turns, it may
  /// read the same kTurns times, and fail to take mutexes kTries times; then others go first, until
  /// something that it read has changed or nobody else can go on. Before that a loop that does
  /// nothing else takes its next kInOne turns at once (`repeats`): one that gives up comes to its
  /// end.
  ///
  /// Returns the digest of its state.
  std::uint64_t before_read(int kind, Address address, const void* queue = nullptr);
  void after_read(const Seen& seen);
  /// True for a read, or a try that fails, right after the same one, again and again: nobody else
  /// came in between, so it comes to the same and is no step.
  bool repeats(int kind, Address address);
  /// Whether the current unit is within such a loop: where it yields is then no step either.
  [[nodiscard]] bool within_repeats();
  static constexpr std::uint32_t kTurns = 4;
  static constexpr std::uint32_t kTries = 2;  ///< As of std::scoped_lock.
  static constexpr std::uint32_t kInOne = 64;
  /// Whether some loop was held back so since begin_pass: then not all schedules were possible.
  [[nodiscard]] bool held_back() const { return held_back_; }
  /// Said of each read of memory that only this unit is known to touch. True now and then, once it
  /// has done nothing else for long: it may spin on what another has yet to touch. Then it has to
  /// be told to before_read and after_read, and others can go on.
  bool reads_on();
  // Under TSO the atomic stores of a unit that are not sequentially consistent wait in its buffer.
  // Its plain stores do not: who reads one without a race has seen, or waited for, what came before
  // it. Neither do stores to its own stack, which may be used for something else by then.

  /// Whether an atomic store of the current unit waits.
  [[nodiscard]] bool stores_late(Address address, std::size_t bytes, std::memory_order order);
  /// Whether some store since begin_pass would have waited under TSO.
  [[nodiscard]] bool weak_stores() const { return weak_stores_; }
  /// The effect of the step that is an atomic store.
  void store(Data& data, Address address, const void* value, std::size_t bytes,
             std::memory_order order, bool late);
  /// What the unit reads there: its own stores in the buffer, and memory. Returns whether all of it
  /// is its own.
  bool read_as(std::size_t unit, Address address, void* value, std::size_t bytes) const;

  /// The current unit changed memory that nobody else is known to touch.
  void changed_own() {
    current().seen.clear();
    unsettled_ = true;
  }
  /// The current unit changed something that others may see.
  void changed() {
    changed_own();
    current().turns.clear();
  }
  /// What the current unit stored has been carried out.
  void settle();
  /// Takes pages away; no others come to be there before the execution ends. As munmap.
  int unmap(std::span<std::byte> pages);
  /// POSIX keys of the execution: their destructors.
  [[nodiscard]] std::vector<void (*)(void*)>& keys() { return keys_; }
  /// Of what was read from shared memory at an address: refuses a pointer to memory that each unit
  /// has of its own, but at the same place.
  void refuse_thread_local(Address address, const void* value, std::size_t bytes);
  /// Frees the synchronization objects of a block of memory that another unit has used as well.
  void free_objects(Address address, std::size_t bytes);
  /// Fails the execution; the unit goes no further.
  [[noreturn]] void fail_here(controlled::FailureKind kind, const std::string& text);
  /// The same, for something that the unit did: ": abort was called".
  [[noreturn]] void end_here(const std::string& what);
  /// "counter", "block 2 of unit 0+8": of memory as it is now.
  [[nodiscard]] std::string name_of(Address address) const;
  /// "unit 1".
  [[nodiscard]] std::string unit_text();

  /// The value at an address as events have it: the same in every process.
  [[nodiscard]] static std::uint64_t value_at(Address address, std::size_t bytes) {
    return value_of(reinterpret_cast<const void*>(address), bytes);
  }
  [[nodiscard]] static std::uint64_t value_of(const void* memory, std::size_t bytes);
  template <typename Visit>
  void visit(Data& data, Address address, std::size_t bytes, Visit visit);

 private:
  static constexpr std::size_t kMostSeen = 64;
  static constexpr std::uint32_t kIdleReads = 1000;

  template <typename Effect>
  auto noting(Effect effect) {
    return [this, effect](Execution& execution) {
      if (narrating_) [[unlikely]]
        note_stack();
      return effect(execution);
    };
  }
  template <typename Awaitable>
  auto take(const Op& op, Awaitable awaitable) {
    settle();
    ++steps_;
    note_step(op);
    if (narrating_) [[unlikely]]
      current().frames = frames_now();
    current().clock_reads = 0;
    current().repeated = 0;
    current().last_read.reset();
    if (op.kind != OpKind::kLoad && op.kind != OpKind::kRead) current().forget_time_out();
    current().idle_reads = 0;
    current().next_idle = kIdleReads;
    if (!awaitable.await_ready()) {
      awaitable.await_suspend(current().handle);
      current().give_way();
    }
    return awaitable.await_resume();
  }
  [[noreturn]] void fail_for_freed(Address address);
  void note_stack();
  void note_step(const Op& op);
  void wait_for_change(bool patient);
  void begin_unit(std::size_t unit, std::function<void()> body);
  void touch(Data& data, Address address, std::size_t bytes, bool reads, bool writes);
  void drain_where_late(Address address, std::size_t bytes);
  static void land(Execution& execution, void* store, std::uint64_t value,
                   const controlled::Clock* publishes);
  void construct(Object& object);
  void note_local(Address address);
  [[nodiscard]] bool turns_enough(int kind, Address address);
  [[nodiscard]] bool may_repeat(int kind, Address address);
  [[nodiscard]] bool changed(std::size_t unit, const Seen& seen) const;
  [[nodiscard]] bool changed_by_itself(const Seen& seen);
  static bool any_changed(const Execution&, std::size_t unit, const void* thread);

  std::vector<std::function<void()>> bodies_;
  std::function<void()> at_end_;
  Execution* execution_ = nullptr;
  Shadow shadow_;
  std::vector<Data> data_;
  std::map<Address, std::string> names_;  ///< Of memory that was found to be shared.
  std::deque<Object> objects_;
  std::map<std::pair<Address, Object::Kind>, Object*> by_address_;
  std::array<std::unique_ptr<Thread>, controlled::kMaxUnits> threads_;
  /// Of each unit, all of the execution; the first ones have landed. References stay.
  std::array<std::deque<LateStore>, controlled::kMaxUnits> late_;
  bool weak_stores_ = false;
  bool held_back_ = false;
  bool unsettled_ = false;  ///< Others may wait for what the current unit stored.
  /// Of (unit that started it, the how manieth): so that its number depends on no schedule.
  std::map<std::pair<std::size_t, std::uint32_t>, std::size_t> numbers_;
  std::size_t units_ = 0;
  std::size_t units_seen_ = 0;
  bool more_units_ = false;
  bool more_users_ = false;  ///< An object on the heap is shared that was not when it began.
  std::vector<void (*)(void*)> keys_;
  std::vector<std::span<std::byte>> unmapped_;
  bool narrating_ = false;
  std::uint64_t steps_ = 0;
  std::uint64_t digest_ = 0;
  std::function<void(const Execution&)> observer_;
  std::vector<std::vector<void*>> stacks_;
  Locals locals_;
};

/// Parts that an access covers partly are cut first: all their bytes have the same past.
template <typename Visit>
void Program::visit(Data& data, Address address, std::size_t bytes, Visit visit) {
  const Address end = address + bytes;
  for (const Address cut : {address, end}) {
    for (std::size_t i = 0; i < data.parts.size(); ++i) {
      Data::Part& part = data.parts[i];
      if (cut <= part.begin || part.end <= cut) continue;
      Data::Part second{cut, part.end, part.location.copy()};
      part.end = cut;
      data.parts.push_back(std::move(second));
      break;
    }
  }
  for (Data::Part& part : data.parts) {
    if (address <= part.begin && part.end <= end) visit(part.location);
  }
}

}  // namespace assay::unmodified
