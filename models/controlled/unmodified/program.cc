#include "models/controlled/unmodified/program.h"

#include <unwind.h>

#include <algorithm>
#include <cstring>

#include "models/controlled/unmodified/faults.h"
#include "models/controlled/unmodified/image.h"

namespace assay::unmodified {
namespace {

using controlled::FailureKind;

Program* program = nullptr;

_Unwind_Reason_Code note_frame(_Unwind_Context* context, void* frames) {
  constexpr std::size_t kMost = 48;
  auto& all = *static_cast<std::vector<void*>*>(frames);
  void* const pc = reinterpret_cast<void*>(_Unwind_GetIP(context));
  if (pc == nullptr || all.size() == kMost) return _URC_END_OF_STACK;
  if (!Image::mine().is_own_code(pc)) all.push_back(pc);
  return _URC_NO_REASON;
}

bool ended(const Execution& execution, std::size_t unit, const void*) {
  return execution.joinable(execution.announced(unit).index);
}

bool never(const Execution&, std::size_t, const void*) { return false; }

/// Where the program's own code called, with the registers that a call preserves.
struct Caller {
  Address stack = 0;
  Address place = 0;
  std::uint64_t digest = 0;

  void mix(std::uint64_t word) {
    digest = (digest ^ word) * 0x9E3779B97F4A7C15U;
    digest ^= digest >> 29;
  }
};

_Unwind_Reason_Code find_caller(_Unwind_Context* context, void* argument) {
  auto& caller = *static_cast<Caller*>(argument);
  const auto pc = _Unwind_GetIP(context);
  if (Image::mine().is_own_code(reinterpret_cast<void*>(pc))) return _URC_NO_REASON;
  // libgcc: where the frame that this one called begins.
  caller.stack = _Unwind_GetCFA(context);
  // System V ABI, AMD64: rbx, rbp, r12 to r15 by their DWARF numbers.
  for (const int preserved : {3, 6, 12, 13, 14, 15}) caller.mix(_Unwind_GetGR(context, preserved));
  caller.mix(pc);
  caller.place = pc;
  return _URC_END_OF_STACK;
}

/// With a digest of all that decides what the current unit does next, but for what it reads.
Caller caller_of(const Thread& thread) {
  Caller caller;
  _Unwind_Backtrace(&find_caller, &caller);
  caller.mix(thread.held);
  for (Address at = caller.stack & ~Address{7}; at < world::stack_top(thread.unit()); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, reinterpret_cast<const void*>(at), 8);
    caller.mix(word);
  }
  return caller;
}

}  // namespace

Program::Program(std::vector<std::function<void()>> bodies, std::function<void()> at_end)
    : bodies_(std::move(bodies)), at_end_(std::move(at_end)) {
  world::create();
  program = this;
  set_room(true);
  Image::mine().keep();
  world::keep_early();
}

Program::~Program() {
  Image::mine().restore();
  world::restore_early();
  program = nullptr;
}

Program* Program::mine() { return program; }

void Program::set_room(bool most) {
  if (!spawns()) {
    units_ = units_seen_ = bodies_.size();
    return;
  }
  units_ = most ? controlled::kMaxUnits : std::max<std::size_t>(units_seen_, 1);
}

void Program::begin_pass() {
  shadow_.next_execution();
  held_back_ = weak_stores_ = false;
  if (more_units_) units_ = units_seen_;
  more_units_ = false;
  data_.clear();
  for (const Range& range : shadow_.shared()) data_.push_back({range, name_of(range.begin), 0, {}});
}

void Program::start(Execution& execution) {
  execution_ = &execution;
  Image::mine().restore();
  world::restore_early();
  world::reset();
  shadow_.next_execution();
  stacks_.clear();
  for (auto& late : late_) late.clear();
  for (Data& data : data_) {
    data.id = execution.add_object({data.name.c_str(), -1, 0, 0});
    data.parts.clear();
    data.parts.push_back({data.range.begin, data.range.end, Location(data.id)});
  }
  for (Object& object : objects_) construct(object);
  for (std::size_t unit = 0; unit < bodies_.size(); ++unit) {
    execution.set_current(unit);
    begin_unit(unit, bodies_[unit]);
  }
}

void Program::begin_unit(std::size_t unit, std::function<void()> body) {
  threads_[unit] = std::make_unique<Thread>(unit, std::move(body));
  threads_[unit]->start();
}

void Program::discard(Execution& execution) {
  for (std::size_t unit = 0; unit < controlled::kMaxUnits; ++unit) {
    if (threads_[unit] == nullptr) continue;
    if (!execution.ended(unit)) threads_[unit]->frame.destroy();
    threads_[unit].reset();
  }
  if (Faults::hung()) throw Hung{*Faults::hung()};
  if (shadow_.grown() || more_units_) throw Grown{};
}

void Program::construct(Object& object) {
  const char* const name = object.name.c_str();
  object.depth = 0;
  switch (object.kind) {
    case Object::Kind::kMutex:
      object.mutex.emplace(name, -1);
      break;
    case Object::Kind::kQueue:
      object.queue.emplace(name);
      break;
    case Object::Kind::kValue:
      object.value.reset();
      object.value.emplace(name, -1, 0);
      break;
  }
}

Object& Program::object(Object::Kind kind, Address address) {
  Object*& found = by_address_[{address, kind}];
  if (found == nullptr) {
    found = &objects_.emplace_back();
    found->kind = kind;
    found->address = address;
    found->name = name_of(address);
    construct(*found);
  }
  return *found;
}

std::string Program::name_of(Address address) {
  if (!world::contains(address)) {
    std::string name = Image::mine().name_of(address);
    return name.empty() ? "memory of a library" : name;
  }
  const std::size_t slot = world::slot_of(address);
  const std::string whose =
      slot == world::kEarly ? "before the test" : "of unit " + std::to_string(slot);
  if (world::on_stack(address))
    return "stack " + whose + " at -" + std::to_string(world::stack_top(slot) - address);
  Address start = 0;
  const std::size_t number = world::number_of(address, &start);
  std::string name = "block " + std::to_string(number) + " " + whose;
  return address == start ? name : name + "+" + std::to_string(address - start);
}

std::string Program::place_text(Address address) { return name_of(address); }

std::uint64_t Program::value_of(const void* memory, std::size_t bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, memory, std::min<std::size_t>(bytes, 8));
  if (bytes < 8) {
    // Sign-extended, so that a table shows -1 as -1.
    const std::size_t spare = 64 - 8 * bytes;
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value << spare) >>
                                      static_cast<std::int64_t>(spare));
  }
  const Image& image = Image::mine();
  return image.is_program(value) ? value - image.program_base() : value;
}

bool Program::alone() { return spawns() && current().unit() == 0 && current().spawned == 0; }

Data* Program::claim(Address address, std::size_t bytes) {
  if (alone() || Image::mine().is_of_thread(address)) return nullptr;
  switch (shadow_.claim(current().unit(), address, bytes)) {
    case Shadow::Claim::kPrivate:
      return nullptr;
    case Shadow::Claim::kFreed:
      fail_here(FailureKind::kBadMemory, "unit " + std::to_string(current().unit()) + " uses " +
                                             name_of(address) + ", which was freed");
    case Shadow::Claim::kShared:
      break;
  }
  const std::ptrdiff_t found = shadow_.find(address, bytes);
  return found < 0 ? nullptr : &data_[static_cast<std::size_t>(found)];
}

void Program::access(Address address, std::size_t bytes, bool reads, bool writes) {
  if (alone() || Image::mine().is_of_thread(address)) return;
  Data* const data = claim(address, bytes);
  if (data != nullptr) {
    drain_where_late(address, bytes);
    touch(*data, address, bytes, reads, writes);
  } else if (writes) {
    unsettled_ = true;
    if (!(world::contains(address) && world::on_stack(address))) changed_own();
  } else if (reads_on()) {
    constexpr int kKind = static_cast<int>(OpKind::kRead);
    const std::uint64_t state = before_read(kKind, address);
    after_read({kKind, address, bytes, value_at(address, bytes), state});
  }
}

void Program::touch(Data& data, Address address, std::size_t bytes, bool reads, bool writes) {
  Op op;
  op.order = std::memory_order_relaxed;
  op.object = data.id;
  if (reads) {
    op.kind = OpKind::kRead;
    op.flags = Op::kReadsOnly;
    const std::uint64_t state = before_read(static_cast<int>(op.kind), address);
    step(op, [&](Execution& execution) {
      visit(data, address, bytes, [&](Location& part) { part.plain_read(execution); });
      execution.note_read(value_at(address, bytes));
    });
    after_read({static_cast<int>(op.kind), address, bytes, value_at(address, bytes), state});
  }
  if (!writes) return;
  op.kind = OpKind::kWrite;
  op.flags = 0;
  step(op, [&](Execution& execution) {
    visit(data, address, bytes, [&](Location& part) {
      part.note_plain_write(execution);
      part.commit(execution, 0, nullptr);
    });
    execution.note_write(0);
    const bool recorded = execution.recording();
    current().store = {address, bytes, value_at(address, bytes),
                       recorded ? execution.events().size() - 1 : 0, recorded};
  });
}

void Program::settle() {
  if (std::exchange(unsettled_, false)) execution_->state_changed();
  Thread::Store& store = current().store;
  if (store.bytes == 0) return;
  const std::uint64_t value = value_at(store.address, store.bytes);
  if (store.recorded) execution_->amend_write(store.event, value);
  // Beyond 8 bytes nobody looks whether it is the same.
  if (value != store.before || store.bytes > 8) {
    changed();
    execution_->state_changed();
  }
  store.bytes = 0;
}

bool Program::any_changed(const Execution& execution, std::size_t unit, const void* thread) {
  const auto& self = *static_cast<const Thread*>(thread);
  if (self.watched_queue != nullptr &&
      controlled::ConditionState::notified(execution, unit, self.watched_queue))
    return true;
  return std::any_of(self.watch.begin(), self.watch.end(), [unit](const Seen& seen) {
    if (seen.mutex != nullptr)
      return !static_cast<const controlled::MutexState*>(seen.mutex)->held();
    if (seen.bytes == 0) return false;
    std::array<std::byte, 16> now{};
    const std::size_t bytes = std::min(seen.bytes, now.size());
    program->read_as(unit, seen.address, now.data(), bytes);
    return value_of(now.data(), bytes) != seen.value;
  });
}

bool Program::stores_late(Address address, std::size_t bytes, std::memory_order order) {
  if (order == std::memory_order_seq_cst || bytes > sizeof(LateStore::value)) return false;
  weak_stores_ = true;
  if (!execution_->tso()) return false;
  return !world::contains(address) || !world::on_stack(address) ||
         world::slot_of(address) != current().unit();
}

void Program::store(Data& data, Address address, const void* value, std::size_t bytes,
                    std::memory_order order, bool late) {
  visit(data, address, bytes, [&](Location& part) { part.note_store(*execution_); });
  const std::uint64_t noted = value_of(value, bytes);
  execution_->note_write(noted);
  const controlled::Clock* const publishes = execution_->published_by(order);
  if (!late) {
    std::memcpy(reinterpret_cast<void*>(address), value, bytes);
    visit(data, address, bytes,
          [&](Location& part) { part.commit(*execution_, noted, publishes); });
    return;
  }
  LateStore& store = late_[current().unit()].emplace_back(LateStore{&data, address, bytes, 0});
  std::memcpy(&store.value, value, bytes);
  execution_->buffer_store({data.id, &store, &land}, noted, publishes);
}

void Program::land(Execution& execution, void* late, std::uint64_t value,
                   const controlled::Clock* publishes) {
  const LateStore& store = *static_cast<LateStore*>(late);
  std::memcpy(reinterpret_cast<void*>(store.address), &store.value, store.bytes);
  program->visit(*store.data, store.address, store.bytes,
                 [&](Location& part) { part.commit(execution, value, publishes); });
}

bool Program::read_as(std::size_t unit, Address address, void* value, std::size_t bytes) const {
  std::memcpy(value, reinterpret_cast<const void*>(address), bytes);
  const std::deque<LateStore>& late = late_[unit];
  const std::size_t landed = execution_->flushed(unit);
  if (landed == late.size()) return false;
  std::uint64_t own = 0;
  for (std::size_t i = landed; i < late.size(); ++i) {
    const LateStore& store = late[i];
    for (std::size_t byte = 0; byte < bytes; ++byte) {
      const Address at = address + byte - store.address;
      if (at >= store.bytes) continue;
      std::memcpy(static_cast<std::byte*>(value) + byte,
                  reinterpret_cast<const std::byte*>(&store.value) + at, 1);
      own |= controlled::bit(byte);
    }
  }
  return own == controlled::bit(bytes) - 1;
}

void Program::drain_where_late(Address address, std::size_t bytes) {
  const std::size_t unit = current().unit();
  const std::deque<LateStore>& late = late_[unit];
  for (std::size_t i = execution_->flushed(unit); i < late.size(); ++i) {
    if (late[i].address >= address + bytes || address >= late[i].address + late[i].bytes) continue;
    Op op;
    op.kind = OpKind::kFence;
    op.order = std::memory_order_relaxed;
    op.flags = Op::kDrains;
    step(op, [](Execution&) {});
    return;
  }
}

std::uint64_t Program::before_read(int kind, Address address, const void* queue) {
  settle();
  Thread& thread = current();
  thread.place = 0;
  // Who was never here before need not be looked at closely.
  const bool again = std::any_of(thread.turns.begin(), thread.turns.end(), [&](const Turn& turn) {
    return turn.seen.kind == kind && turn.seen.address == address;
  });
  if (!again) return 0;
  const Caller caller = caller_of(thread);
  const std::uint64_t state = caller.digest;
  thread.place = caller.place;
  if (turns_enough(kind, address)) {
    thread.watch.clear();
    for (const Turn& turn : thread.turns) thread.watch.push_back(turn.seen);
    thread.watched_queue = queue;
    thread.seen.clear();
    thread.turns.clear();
    held_back_ = true;
    wait_for_change(true);
    thread.watch.clear();
    return state;
  }
  const auto before = std::find_if(thread.seen.begin(), thread.seen.end(), [&](const Seen& seen) {
    return seen.kind == kind && seen.address == address && seen.state == state;
  });
  if (before == thread.seen.end()) return state;
  // Where it holds a lock that it gives up on its way round, others would wait for it.
  if (std::any_of(before, thread.seen.end(),
                  [&](const Seen& seen) { return seen.holding < thread.holding; }))
    return state;
  thread.watch.assign(before, thread.seen.end());
  thread.watched_queue = queue;
  thread.seen.clear();
  thread.turns.clear();
  wait_for_change(false);
  thread.watch.clear();
  return state;
}

bool Program::turns_enough(int kind, Address address) {
  const Thread& thread = current();
  if (kind == static_cast<int>(OpKind::kTryLock)) {
    std::uint32_t failed = 0;
    for (const Turn& turn : thread.turns) failed += turn.seen.kind == kind ? turn.count : 0;
    return failed >= kTries;
  }
  return std::any_of(thread.turns.begin(), thread.turns.end(), [&](const Turn& turn) {
    return turn.seen.kind == kind && turn.seen.address == address && turn.place == thread.place &&
           turn.count >= kTurns;
  });
}

void Program::after_read(const Seen& seen) {
  Thread& thread = current();
  if (thread.seen.size() >= kMostSeen) thread.seen.clear();
  thread.seen.push_back(seen);
  thread.seen.back().holding = thread.holding;
  for (Turn& turn : thread.turns) {
    if (turn.seen.kind != seen.kind || turn.seen.address != seen.address ||
        turn.place != thread.place)
      continue;
    turn.count = turn.seen.value == seen.value ? turn.count + 1 : 1;
    turn.seen = seen;
    return;
  }
  if (thread.turns.size() >= kMostSeen) thread.turns.clear();
  thread.turns.push_back({seen, thread.place, 1});
}

bool Program::reads_on() {
  Thread& thread = current();
  if (++thread.idle_reads < thread.next_idle || alone()) return false;
  // Less and less often: what only computes takes few steps more.
  const std::uint32_t next = 2 * thread.next_idle;
  step(Op{}, [](Execution&) {});
  thread.next_idle = next;
  return true;
}

void Program::wait_for_change(bool patient) {
  Thread& thread = current();
  Op op;
  op.kind = OpKind::kAwait;
  op.order = std::memory_order_relaxed;
  op.flags = Op::kReadsOnly | Op::kBlocks | Op::kWatches;
  bool one = thread.watched_queue == nullptr;
  for (const Seen& seen : thread.watch) {
    std::uint16_t id = controlled::kNoObject;
    if (seen.mutex != nullptr) {
      id = static_cast<const controlled::MutexState*>(seen.mutex)->id();
    } else if (seen.bytes > 0) {
      const std::ptrdiff_t found = shadow_.find(seen.address, seen.bytes);
      if (found >= 0) id = data_[static_cast<std::size_t>(found)].id;
    }
    one &= op.object == controlled::kNoObject || op.object == id;
    if (id != controlled::kNoObject) op.object = id;
  }
  if (patient) {
    op.flags |= Op::kPatient;
  } else if (one && op.object != controlled::kNoObject) {
    op.flags &= ~Op::kWatches;
    op.other = op.object;
  }
  waiting_step(op, &any_changed, &thread, [](Execution&) {});
}

std::optional<std::size_t> Program::spawn(std::function<void()> body) {
  Thread& parent = current();
  const auto [at, added] = numbers_.try_emplace({parent.unit(), parent.spawned++},
                                                std::max<std::size_t>(units_seen_, 1));
  const std::size_t unit = at->second;
  if (unit >= controlled::kMaxUnits || (!spawns() && unit >= units_)) return std::nullopt;
  units_seen_ = std::max(units_seen_, unit + 1);
  if (unit >= units_) {
    more_units_ = true;
    return std::nullopt;
  }
  Op op;
  op.kind = OpKind::kSpawn;
  op.index = static_cast<std::uint32_t>(unit);
  op.flags = Op::kDrains;
  step(op, [&](Execution& execution) {
    const std::size_t self = execution.current();
    execution.set_current(unit);
    begin_unit(unit, body);
    execution.set_current(self);
    execution.spawn(unit);
  });
  steps_ -= 1;
  changed();
  return unit;
}

void Program::wait_for_end(std::size_t unit) {
  Op op;
  op.kind = OpKind::kJoin;
  op.index = static_cast<std::uint32_t>(unit);
  op.flags = Op::kDrains;
  waiting_step(op, &ended, nullptr, [unit](Execution& execution) { execution.join(unit); });
  steps_ -= 1;
}

void Program::fail_here(FailureKind kind, const std::string& text) {
  settle();
  execution_->fail(kind, text);
  Op op;
  op.flags = Op::kBlocks;
  waiting_step(op, &never, nullptr, [](Execution&) {});
  __builtin_unreachable();
}

void Program::note_stack() {
  stacks_.resize(std::max(stacks_.size(), execution_->events().size()));
  if (stacks_.empty()) return;
  stacks_.back().clear();
  _Unwind_Backtrace(&note_frame, &stacks_.back());
}

}  // namespace assay::unmodified
