#include "models/controlled/execution.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "models/controlled/location.h"

namespace assay::controlled {

std::string_view name_of(FailureKind kind) {
  static constexpr std::array<std::string_view, kFailureKinds> kNames = {
      "failed assertion", "data race",   "deadlock",       "lost wakeup",      "livelock",
      "lock misuse",      "leaked unit", "nondeterminism", "bad memory access"};
  return kNames.at(static_cast<std::size_t>(kind));
}

std::string_view name_of(MemoryModel memory) { return memory == MemoryModel::kSc ? "sc" : "tso"; }

MemoryModel memory_model_of(std::string_view name) {
  for (const MemoryModel memory : {MemoryModel::kSc, MemoryModel::kTso}) {
    if (name_of(memory) == name) return memory;
  }
  throw std::invalid_argument("expected sc or tso, found '" + std::string(name) + "'");
}

Execution::Execution() : objects_(kMaxObjects) { make_mine(); }

void Execution::reset(std::size_t units, const ExecutionOptions& options) {
  if (units == 0 || units > kMaxUnits)
    throw std::invalid_argument("expected 1 to " + std::to_string(kMaxUnits) + " units, found " +
                                std::to_string(units));
  make_mine();
  if (options.watch != Watch::kNone && !TsanWatch::possible())
    throw std::invalid_argument(
        "a watched execution: expected a program built with ThreadSanitizer");
  options_ = options;
  // Units that take turns share one thread, and so its store buffer: each sees what is in it.
  if (options.cooperative) options_.memory = MemoryModel::kSc;
  count_ = units;
  started_ = options.spawned ? 1 : bit(units) - 1;
  runnable_ = started_;
  live_ = ~std::uint64_t{0};
  waiting_ = ended_ = joined_ = 0;
  steps_ = failed_at_ = 0;
  object_count_ = 0;
  failed_ = false;
  failure_kinds_ = 0;
  race_.reset();
  if (schedule_.size() <= options.max_steps) schedule_.resize(options.max_steps + 1);
  for (std::size_t i = 0; i < units; ++i) {
    units_[i].clock.clear(units);
    units_[i].seen.clear(units);
    units_[i].has_published = false;
    units_[i].pending.enabled = nullptr;
    buffers_[i].stores.clear();
    buffers_[i].first = 0;
  }
  locks_.clear();
  unheard_.clear();
  events_.clear();
  watching = nullptr;
  if (options.watch == Watch::kNone) return;
  if (!watch_) watch_ = std::make_unique<TsanWatch>();
  watch_->begin(units, options.watch);
}

void Execution::resume_watched(std::coroutine_handle<> body) {
  // Spawned units begin when they are first resumed, after what their spawner did.
  const void* spawner = options_.spawned ? &units_[current_].clock : nullptr;
  auto resume = [body, spawner]() ASSAY_UNINSTRUMENTED {
    if (spawner != nullptr) TsanWatch::acquire(spawner);
    body.resume();
  };
  watch_->run(current_, resume);
}

void Execution::end_watch() {
  if (!is_watched()) return;
  // A lock that is held for good is given back, so that its end is no misuse.
  for (const Lock& lock : locks_) {
    auto give_up = [address = objects_[lock.object].address] { TsanWatch::unlock(address); };
    if (lock.holder != kNobody) watch_->run(lock.holder, give_up);
  }
  watch_->end();
}

std::span<const Sighting> Execution::sightings() const {
  if (!watch_) return {};
  return watch_->sightings();
}

std::uint16_t Execution::object_at(const void* address) const {
  for (std::uint16_t id = 0; id < object_count_; ++id) {
    if (objects_[id].address == address) return id;
  }
  return kNoObject;
}

std::string Execution::name_of_object(std::uint16_t id) const {
  if (id >= object_count_) return "?";
  const ObjectInfo& info = objects_[id];
  if (info.index < 0) return info.name;
  return std::string(info.name) + "[" + std::to_string(info.index) + "]";
}

std::uint16_t Execution::add_object(const ObjectInfo& info) {
  if (object_count_ == kMaxObjects)
    throw std::length_error("a scenario has at most " + std::to_string(kMaxObjects) +
                            " shared objects");
  objects_[object_count_] = info;
  return object_count_++;
}

Op Execution::next_op(Proc proc) const {
  if (!is_buffer(proc)) return announced(proc);
  const Buffer& buffer = buffers_[unit_of(proc)];
  Op op;
  op.kind = OpKind::kFlush;
  op.index = static_cast<std::uint32_t>(buffer.first);
  op.object = buffer.stores[buffer.first].destination.object;
  return op;
}

void Execution::fail(FailureKind kind, std::string text) {
  failure_kinds_ |= bit(static_cast<std::size_t>(kind));
  if (!failed_) {
    failed_ = true;
    failure_ = kind;
    failure_text_ = std::move(text);
    failed_at_ = steps_;
  }
  if (kind == FailureKind::kLivelock) live_ = 0;
  // At the end nobody runs.
  if (runnable_ == 0) return;
  started_ &= ~bit(current_);
  runnable_ &= ~bit(current_);
}

void Execution::announce_waiting(bool (*enabled)(const Execution&, std::size_t, const void*),
                                 void* object) {
  Pending& pending = units_[current_].pending;
  pending.enabled = enabled;
  pending.object = object;
  waiting_ |= bit(current_);
  refresh(current_);
}

std::uint64_t Execution::patient() const {
  std::uint64_t all = 0;
  for (std::uint64_t left = waiting_ & started_ & ~ended_; left != 0; left &= left - 1) {
    const auto unit = static_cast<std::size_t>(std::countr_zero(left));
    if (units_[unit].pending.op.has(Op::kPatient)) all |= bit(unit);
  }
  return all & live_;
}

void Execution::refresh(std::size_t unit) {
  if (!started(unit)) return;
  const Pending& pending = units_[unit].pending;
  const bool drained = !pending.op.has(Op::kDrains) || buffer_empty(unit);
  const bool ready =
      drained && (pending.enabled == nullptr || pending.enabled(*this, unit, pending.object));
  runnable_ = ready ? runnable_ | bit(unit) : runnable_ & ~bit(unit);
}

void Execution::refresh_waiting() {
  for (std::uint64_t left = waiting_; left != 0; left &= left - 1)
    refresh(static_cast<std::size_t>(std::countr_zero(left)));
}

void Execution::begin_event(Proc proc, const Op& op) {
  Event event;
  event.proc = proc;
  event.op = op;
  events_.push_back(event);
}

void Execution::unit_ended() {
  if (is_watched()) TsanWatch::release(&units_[current_]);
  ended_ |= bit(current_);
  runnable_ &= ~bit(current_);
  for (const Lock& lock : locks_) {
    if (lock.holder == current_)
      fail(FailureKind::kLockMisuse, "unit " + std::to_string(current_) + " ended while it held " +
                                         name_of_object(lock.object));
  }
  state_changed();
}

void Execution::spawn(std::size_t unit) {
  if (unit >= count_ || started(unit))
    return fail(FailureKind::kAssertion,
                "unit " + std::to_string(unit) + " cannot be spawned: it has started or is none");
  started_ |= bit(unit);
  units_[unit].clock.join(clock(), count_);
  if (is_watched()) TsanWatch::release(&units_[unit].clock);
  if (ended(unit)) return;  // It has no operation at all.
  runnable_ |= bit(unit);
  // It was suspended at its first operation, which may have to wait.
  if (units_[unit].pending.op.flags & (Op::kBlocks | Op::kDrains)) {
    waiting_ |= bit(unit);
    refresh(unit);
  }
}

void Execution::join(std::size_t unit) {
  joined_ |= bit(unit);
  clock().join(clock(unit), count_);
  if (is_watched()) TsanWatch::acquire(&units_[unit]);
}

void Execution::fence(std::memory_order order) {
  UnitState& unit = units_[current_];
  if (acquires(order)) unit.clock.join(unit.seen, count_);
  if (!releases(order)) return;
  unit.published.assign(unit.clock, count_);
  unit.has_published = true;
}

const Clock* Execution::published_by(std::memory_order order) const {
  if (releases(order)) return &units_[current_].clock;
  return has_published() ? &published_by_relaxed() : nullptr;
}

void Execution::buffer_store(const Destination& destination, std::uint64_t value,
                             const Clock* publishes) {
  BufferedStore store{destination, value, publishes != nullptr, {}};
  if (publishes != nullptr) store.clock.assign(*publishes, count_);
  if (is_watched() && publishes != nullptr) watch_->publish_later(current_, next_store());
  buffers_[current_].stores.push_back(store);
  runnable_ |= bit(buffer_of(current_));
}

const std::uint64_t* Execution::buffered(std::size_t unit, const void* target) const {
  const Buffer& buffer = buffers_[unit];
  for (std::size_t i = buffer.stores.size(); i > buffer.first; --i) {
    if (buffer.stores[i - 1].destination.target == target) return &buffer.stores[i - 1].value;
  }
  return nullptr;
}

void Execution::flush(std::size_t unit) {
  if (recording_) begin_event(buffer_of(unit), next_op(buffer_of(unit)));
  Buffer& buffer = buffers_[unit];
  const BufferedStore& store = buffer.stores[buffer.first++];
  note_write(store.value);
  if (buffer_empty(unit)) runnable_ &= ~bit(buffer_of(unit));
  const Destination& destination = store.destination;
  destination.land(*this, destination.target, store.value,
                   store.publishes ? &store.clock : nullptr);
  // Only variables of scenarios are watched.
  if (is_watched() && store.publishes)
    watch_->publish_now(unit, static_cast<std::uint32_t>(buffer.first - 1),
                        static_cast<Location*>(destination.target)->memory());
  // Some may have waited for an empty buffer.
  state_changed();
}

Execution::Lock& Execution::lock(std::uint16_t object) {
  const auto found = std::find_if(locks_.begin(), locks_.end(),
                                  [&](const Lock& lock) { return lock.object == object; });
  if (found != locks_.end()) return *found;
  return locks_.emplace_back(Lock{object, kNobody});
}

Proc Execution::waits_for_unit(std::size_t unit) const {
  const Op& op = announced(unit);
  if (op.kind == OpKind::kJoin) return static_cast<Proc>(op.index);
  if (op.kind != OpKind::kLock) return kNobody;
  for (const Lock& lock : locks_) {
    if (lock.object == op.object) return lock.holder;
  }
  return kNobody;
}

std::string Execution::waits_text(std::size_t unit) const {
  const Op& op = announced(unit);
  std::string text = "unit " + std::to_string(unit) + " waits for ";
  if (op.kind == OpKind::kJoin) return text + "the end of unit " + std::to_string(op.index);
  text += op.object == kNoObject ? "what nobody changes" : name_of_object(op.object);
  const Proc holder = waits_for_unit(unit);
  if (holder != kNobody) text += ", held by unit " + std::to_string(holder);
  return text + " (" + word_of(op) + ")";
}

/// The units of a cycle in order, or nothing.
std::string Execution::cycle_text() const {
  for (std::size_t start = 0; start < count_; ++start) {
    std::string text;
    std::size_t unit = start;
    for (std::size_t i = 0; i < count_ && pends(unit); ++i) {
      text += (text.empty() ? "" : "; ") + waits_text(unit);
      const Proc next = waits_for_unit(unit);
      if (next == kNobody) break;
      if (next == start) return "cycle: " + text;
      unit = next;
    }
  }
  return "";
}

void Execution::judge_end() {
  if (failed_ || runnable_ != 0) return;
  std::string text;
  bool lost = false;
  for (std::size_t unit = 0; unit < count_; ++unit) {
    if (!pends(unit)) continue;
    text += (text.empty() ? "" : "; ") + waits_text(unit);
    const Op& op = announced(unit);
    lost |= op.kind == OpKind::kWake &&
            std::find(unheard_.begin(), unheard_.end(), op.object) != unheard_.end();
  }
  if (!text.empty()) {
    if (lost) return fail(FailureKind::kLostWakeup, text + ", and was notified before it waited");
    const std::string cycle = cycle_text();
    return fail(FailureKind::kDeadlock, cycle.empty() ? text : cycle);
  }
  if (!options_.spawned) return;
  for (std::size_t unit = 1; unit < count_; ++unit) {
    if (started(unit) && (joined_ & bit(unit)) == 0)
      return fail(FailureKind::kLeakedUnit,
                  "unit " + std::to_string(unit) + " was spawned and never joined");
  }
}

}  // namespace assay::controlled
