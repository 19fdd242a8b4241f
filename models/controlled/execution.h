/// Execution: one run of some units on one kernel thread, in which every operation on shared state
/// is a step and a schedule decides who takes the next one.
///
/// A unit runs up to its next operation, announces it and gives way. `choices` says whose operation
/// can be taken now; `take` carries one out and lets the unit run on to its next. So what happened
/// is a function of the sequence of procs taken, and nothing else: the same sequence gives the same
/// execution. Memory is sequentially consistent, or TSO with a store buffer a unit whose flush is a
/// step of its own. Happens-before is that of C++20 for the orders that the operations name,
/// whatever the memory model of the execution.
///
/// Hazard: an execution is not thread-safe and is not suspended by signals; a body that blocks the
/// kernel thread, or never comes to its next operation, hangs it. An Execution is large: reuse it.
#pragma once

#include <array>
#include <bit>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/controlled/clock.h"
#include "models/controlled/failure.h"
#include "models/controlled/op.h"
#include "models/controlled/tsan_watch.h"

namespace assay::controlled {

class Execution;
class Location;

enum class MemoryModel : std::uint8_t { kSc, kTso };
/// "sc" or "tso".
std::string_view name_of(MemoryModel memory);
/// Throws std::invalid_argument for what is no such name.
MemoryModel memory_model_of(std::string_view name);

struct ExecutionOptions {
  MemoryModel memory = MemoryModel::kSc;
  /// True: only yields and waits give way, as in a coroutine runtime.
  bool cooperative = false;
  bool detect_races = true;
  /// True: units other than the first start when they are spawned.
  bool spawned = false;
  /// Whether ThreadSanitizer looks on (models/controlled/tsan_watch.h).
  Watch watch = Watch::kNone;
  /// An execution of more steps is a livelock.
  std::uint32_t max_steps = 2000;
};

/// An operation that was announced, and how the engine carries it out.
struct Pending {
  Op op;
  /// Whether a blocking operation can be taken now, by the state of its object; null where only the
  /// store buffer can hold it back.
  bool (*enabled)(const Execution&, std::size_t unit, const void* object) = nullptr;
  void* object = nullptr;
};

/// Where a store goes that left its buffer: `land` carries it out.
struct Destination {
  std::uint16_t object = kNoObject;
  void* target = nullptr;
  void (*land)(Execution&, void* target, std::uint64_t value, const Clock* publishes) = nullptr;
};

/// What an object is, as a search and a table need to know it.
struct ObjectInfo {
  const char* name = "?";
  std::int32_t index = -1;        ///< Of an element of an array, otherwise -1.
  std::uint64_t initial = 0;      ///< Value of a variable, count of a semaphore.
  std::uint64_t capacity = 0;     ///< Of a channel; parties of a barrier.
  const void* address = nullptr;  ///< Of a variable's memory, as ThreadSanitizer names it.
};

class Execution {
 public:
  static constexpr std::size_t kMaxObjects = 4096;

  Execution();
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  /// Begins anew with `units` units. Throws std::invalid_argument above kMaxUnits, and for a watch
  /// in a program without ThreadSanitizer.
  void reset(std::size_t units, const ExecutionOptions& options);
  /// Whether events are kept; off, only the schedule is.
  void set_recording(bool recording) { recording_ = recording; }

  /// Procs that can take a step now; 0 at the end.
  [[nodiscard]] std::uint64_t choices() const {
    const std::uint64_t ready = runnable_ & live_;
    return ready != 0 || waiting_ == 0 ? ready : patient();
  }
  /// `proc` takes its step. It must be among the choices.
  void take(Proc proc) {
    schedule_[steps_++] = proc;
    if (is_buffer(proc)) [[unlikely]] {
      flush(unit_of(proc));
      return;
    }
    current_ = proc;
    UnitState& unit = units_[proc];
    unit.clock.tick(proc);
    runnable_ |= bit(proc);  // Of one that waited patiently.
    waiting_ &= ~bit(proc);
    if (recording_) [[unlikely]]
      begin_event(proc, unit.pending.op);
    if (is_watched()) [[unlikely]]
      return resume_watched(unit.resume);
    unit.resume.resume();
  }
  /// `body()` as the unit: its first steps, and the end of what never comes to its own.
  template <typename Body>
  void run_as(std::size_t unit, Body&& body) {
    current_ = static_cast<Proc>(unit);
    if (!is_watched()) return body();
    std::exception_ptr thrown;
    auto guarded = [&]() noexcept {
      try {
        body();
      } catch (...) {
        thrown = std::current_exception();
      }
    };
    watch_->run(unit, guarded);
    if (thrown) std::rethrow_exception(thrown);
  }
  /// After the last step: what units did comes before what follows, for who watches too.
  void end_watch();
  [[nodiscard]] bool at_bound() const { return steps_ >= options_.max_steps; }
  /// What ThreadSanitizer reported of this execution, if it watches.
  [[nodiscard]] std::span<const Sighting> sightings() const;
  /// The variable at the address of a report, or kNoObject.
  [[nodiscard]] std::uint16_t object_at(const void* address) const;
  /// After the last step: says what keeps units that have not ended from going on.
  void judge_end();

  // What happened.
  [[nodiscard]] std::size_t units() const { return count_; }
  [[nodiscard]] std::uint32_t steps() const { return steps_; }
  [[nodiscard]] const Proc* schedule() const { return schedule_.data(); }
  [[nodiscard]] const std::vector<Event>& events() const { return events_; }
  [[nodiscard]] std::uint16_t objects() const { return object_count_; }
  [[nodiscard]] const ObjectInfo& object(std::uint16_t id) const { return objects_[id]; }
  [[nodiscard]] std::string name_of_object(std::uint16_t id) const;
  [[nodiscard]] const std::optional<Race>& race() const { return race_; }
  /// A failure other than a data race.
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] FailureKind failure() const { return failure_; }
  /// One bit a kind, of all failures but data races.
  [[nodiscard]] std::uint64_t failure_kinds() const { return failure_kinds_; }
  [[nodiscard]] const std::string& failure_text() const { return failure_text_; }
  [[nodiscard]] bool ended(std::size_t unit) const { return (ended_ & bit(unit)) != 0; }
  [[nodiscard]] bool all_ended() const { return ended_ == bit(count_) - 1; }
  [[nodiscard]] bool started(std::size_t unit) const { return (started_ & bit(unit)) != 0; }
  /// What a unit is about to do, or would do if it could go on.
  [[nodiscard]] const Op& announced(std::size_t unit) const { return units_[unit].pending.op; }
  [[nodiscard]] bool pends(std::size_t unit) const { return started(unit) && !ended(unit); }
  /// The next step of any proc that has one.
  [[nodiscard]] Op next_op(Proc proc) const;
  [[nodiscard]] const ExecutionOptions& options() const { return options_; }

  /// Fails the execution. The first failure stays; the unit takes no further step, others go on, so
  /// that a search sees all they do. A livelock ends the execution.
  void fail(FailureKind kind, std::string text);
  /// Steps up to the failure, which is part of the last one.
  [[nodiscard]] std::uint32_t failed_at() const { return failed_at_; }

  // For operations; `current` is the unit that runs.

  static Execution& mine() { return *mine_; }
  void make_mine() { mine_ = this; }
  [[nodiscard]] std::size_t current() const { return current_; }
  void set_current(std::size_t unit) { current_ = static_cast<Proc>(unit); }
  [[nodiscard]] bool cooperative() const { return options_.cooperative; }
  [[nodiscard]] bool tso() const { return options_.memory == MemoryModel::kTso; }
  [[nodiscard]] bool recording() const { return recording_; }
  [[nodiscard]] Clock& clock(std::size_t unit) { return units_[unit].clock; }
  [[nodiscard]] Clock& clock() { return units_[current_].clock; }
  /// An operation that is carried out at once, as part of the last step (cooperative).
  void begin_inline(const Op& op) {
    if (recording_) begin_event(current_, op);
  }
  void announce(const Op& op, std::coroutine_handle<> resume) {
    UnitState& unit = units_[current_];
    unit.pending.op = op;
    unit.resume = resume;
    if (op.flags & (Op::kBlocks | Op::kDrains)) [[unlikely]]
      announce_waiting(nullptr, nullptr);
  }
  void announce(const Op& op, std::coroutine_handle<> resume,
                bool (*enabled)(const Execution&, std::size_t, const void*), void* object) {
    UnitState& unit = units_[current_];
    unit.pending.op = op;
    unit.resume = resume;
    announce_waiting(enabled, object);
  }
  /// State changed that units may wait for.
  void state_changed() {
    if (waiting_ != 0) [[unlikely]]
      refresh_waiting();
  }
  std::uint16_t add_object(const ObjectInfo& info);
  void unit_ended();
  void spawn(std::size_t unit);
  void join(std::size_t unit);
  /// Nobody will join the unit, and need not.
  void detach(std::size_t unit) { joined_ |= bit(unit); }
  [[nodiscard]] bool joinable(std::size_t unit) const { return ended(unit) && buffer_empty(unit); }
  void note_read(std::uint64_t value) {
    if (recording_) [[unlikely]]
      events_.back().read = value;
  }
  void note_write(std::uint64_t value) {
    if (!recording_) [[likely]]
      return;
    events_.back().written = value;
    events_.back().did_write = true;
  }
  /// What the store did that event `index` announced: known later where a body's own code stores.
  void amend_write(std::size_t index, std::uint64_t value) { events_[index].written = value; }
  void note_failed_try() {
    if (recording_) events_.back().succeeded = false;
  }
  void note_race(const Race& race) {
    if (!race_) race_ = race;
  }
  [[nodiscard]] bool detects_races() const { return options_.detect_races; }

  // Fences (C++20 [atomics.fences]).
  void fence(std::memory_order order);
  /// What relaxed loads saw, for an acquire fence that follows.
  [[nodiscard]] Clock& seen_by_relaxed() { return units_[current_].seen; }
  /// What relaxed stores publish: the clock of the last release fence.
  [[nodiscard]] const Clock& published_by_relaxed() const { return units_[current_].published; }
  [[nodiscard]] bool has_published() const { return units_[current_].has_published; }

  /// What an atomic store of the current unit publishes, or null.
  [[nodiscard]] const Clock* published_by(std::memory_order order) const;

  // Store buffers.
  [[nodiscard]] bool buffer_empty(std::size_t unit) const {
    return buffers_[unit].first == buffers_[unit].stores.size();
  }
  /// The number that the next buffered store of the current unit has.
  [[nodiscard]] std::uint32_t next_store() const {
    return static_cast<std::uint32_t>(buffers_[current_].stores.size());
  }
  void buffer_store(const Destination& destination, std::uint64_t value, const Clock* publishes);
  /// Stores of the unit that have left its buffer, the first ones of all.
  [[nodiscard]] std::size_t flushed(std::size_t unit) const { return buffers_[unit].first; }
  /// The unit's own latest store to the target that is still in its buffer, or null.
  [[nodiscard]] const std::uint64_t* buffered(std::size_t unit, const void* target) const;

  struct Lock {  ///< State of a mutex, kept here so that a table can say who holds it.
    std::uint16_t object = kNoObject;
    Proc holder = kNobody;
  };
  [[nodiscard]] Lock& lock(std::uint16_t object);
  [[nodiscard]] const std::vector<Lock>& locks() const { return locks_; }
  /// A notification that met nobody at this condition variable.
  void note_unheard(std::uint16_t object) { unheard_.push_back(object); }

 private:
  struct UnitState {
    std::coroutine_handle<> resume;
    Pending pending;
    Clock clock;
    Clock seen;
    Clock published;
    bool has_published = false;
  };
  struct BufferedStore {
    Destination destination;
    std::uint64_t value;
    bool publishes;
    Clock clock;
  };
  struct Buffer {
    std::vector<BufferedStore> stores;  ///< All of the execution; those before `first` are flushed.
    std::size_t first = 0;
  };

  void announce_waiting(bool (*enabled)(const Execution&, std::size_t, const void*), void* object);
  void resume_watched(std::coroutine_handle<> body);
  /// Who may go on because nobody else can.
  [[nodiscard]] std::uint64_t patient() const;
  void refresh(std::size_t unit);
  void refresh_waiting();
  void begin_event(Proc proc, const Op& op);
  void flush(std::size_t unit);
  [[nodiscard]] std::string cycle_text() const;
  [[nodiscard]] std::string waits_text(std::size_t unit) const;
  [[nodiscard]] Proc waits_for_unit(std::size_t unit) const;

  static inline thread_local constinit Execution* mine_ = nullptr;

  std::uint64_t runnable_ = 0;  ///< Procs whose next step is enabled.
  std::uint64_t live_ = 0;      ///< All ones, or 0 after a failure.
  std::uint64_t waiting_ = 0;   ///< Units whose announced operation may have to wait.
  std::uint64_t started_ = 0;
  std::uint64_t ended_ = 0;
  std::uint64_t joined_ = 0;
  std::uint32_t steps_ = 0;
  std::uint32_t failed_at_ = 0;
  std::size_t count_ = 0;
  Proc current_ = 0;
  bool recording_ = false;
  bool failed_ = false;
  std::uint64_t failure_kinds_ = 0;
  FailureKind failure_ = FailureKind::kAssertion;
  std::uint16_t object_count_ = 0;
  ExecutionOptions options_;
  std::optional<Race> race_;
  std::array<UnitState, kMaxUnits> units_;
  std::array<Buffer, kMaxUnits> buffers_;
  std::vector<Proc> schedule_;
  std::vector<ObjectInfo> objects_;
  std::vector<Lock> locks_;
  std::vector<std::uint16_t> unheard_;
  std::vector<Event> events_;
  std::string failure_text_;
  std::unique_ptr<TsanWatch> watch_;
};

}  // namespace assay::controlled
