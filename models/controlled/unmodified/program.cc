#include "models/controlled/unmodified/program.h"

#include <sys/mman.h>
#include <unwind.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <cstring>
#include <utility>

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

std::string whose_slot(std::size_t slot) {
  return slot == world::kEarly ? "before the test" : "of unit " + std::to_string(slot);
}

std::string stack_text(Address address) {
  const std::size_t slot = world::slot_of(address);
  return "stack " + whose_slot(slot) + " at -" + std::to_string(world::stack_top(slot) - address);
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
  digest_ = 0;
  if (more_units_) units_ = units_seen_;
  more_units_ = more_users_ = false;
  for (Object& object : objects_) {
    object.shared = std::popcount(object.users) > 1;
    if (world::contains(object.address) && world::on_stack(object.address))
      object.name = name_of(object.address);
  }
  data_.clear();
  for (const Range& range : shadow_.shared()) {
    // The block of what is on a heap is not there between executions.
    const auto known = names_.find(range.begin);
    const bool of_heap = known != names_.end() && !world::on_stack(range.begin);
    data_.push_back({range, of_heap ? known->second : name_of(range.begin), 0, {}});
  }
}

void Program::start(Execution& execution) {
  execution_ = &execution;
  Image::mine().restore();
  world::restore_early();
  world::reset();
  shadow_.next_execution();
  stacks_.clear();
  keys_.clear();
  for (const auto& pages : std::exchange(unmapped_, {})) munmap(pages.data(), pages.size());
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
  close_stack();
  const bool grown = shadow_.grown() || more_units_ || more_users_;
  if (observer_ && !grown) observer_(execution);
  for (std::size_t unit = 0; unit < controlled::kMaxUnits; ++unit) {
    if (threads_[unit] == nullptr) continue;
    if (!execution.ended(unit)) threads_[unit]->frame.destroy();
    threads_[unit].reset();
  }
  if (Faults::hung()) throw *Faults::hung();
  if (grown) throw Grown{};
}

void Program::construct(Object& object) {
  const char* const name = object.name.c_str();
  object.depth = 0;
  object.waiting = 0;
  switch (object.kind) {
    case Object::Kind::kMutex:
      object.mutex.emplace(name, -1);
      break;
    case Object::Kind::kQueue:
      object.queue.emplace(name);
      break;
    case Object::Kind::kValue:
      object.value.reset();
      object.value.emplace(name, -1, static_cast<std::uint64_t>(object.initial));
      break;
  }
}

Object& Program::object(Object::Kind kind, Address address, std::int64_t initial) {
  if (shadow_.freed(address)) fail_for_freed(address);
  if (narrating_) [[unlikely]]
    note_local(address);
  Object*& found = by_address_[{address, kind}];
  if (found == nullptr) {
    found = &objects_.emplace_back();
    found->kind = kind;
    found->address = address;
    found->initial = initial;
    found->name = name_of(address);
    construct(*found);
  }
  found->users |= controlled::bit(current().unit());
  const bool on_heap = world::contains(address) && !world::on_stack(address);
  more_users_ |= on_heap && !found->shared && std::popcount(found->users) > 1;
  return *found;
}

void Program::refuse_thread_local(Address address, const void* value, std::size_t bytes) {
  Address pointer = 0;
  if (bytes != sizeof pointer) return;
  std::memcpy(&pointer, value, sizeof pointer);
  const auto own = Image::mine().tls();
  if (pointer - reinterpret_cast<Address>(own.data()) < own.size())
    end_here(" reads the address of a thread_local variable from " + name_of(address) +
             ": not modelled, for it is the same address in each unit");
}

int Program::unmap(std::span<std::byte> pages) {
  constexpr int kInPlace = MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  if (mmap(pages.data(), pages.size(), PROT_NONE, kInPlace, -1, 0) == MAP_FAILED) return -1;
  unmapped_.push_back(pages);
  return 0;
}

void Program::free_objects(Address address, std::size_t bytes) {
  for (auto at = by_address_.lower_bound({address, Object::Kind::kMutex});
       at != by_address_.end() && at->first.first < address + bytes; ++at) {
    Object& object = *at->second;
    if (!object.shared) continue;
    Op op;
    op.kind = OpKind::kWrite;
    op.flags = Op::kDrains;
    op.object = object.mutex   ? object.mutex->id()
                : object.queue ? object.queue->id()
                               : object.value->id();
    step(op, [](Execution& execution) { execution.note_failed_try(); });
    if (object.mutex && object.mutex->held())
      fail_here(FailureKind::kLockMisuse,
                unit_text() + " frees " + object.name + ", which is locked");
  }
}

void Program::note_local(Address address) {
  if (!world::contains(address) || !world::on_stack(address)) return;
  const std::size_t owner = world::slot_of(address);
  if (owner == world::kEarly) return;
  if (owner == current().unit()) {
    locals_.note(address, frames_now());
  } else if (threads_[owner] != nullptr) {
    locals_.note(address, threads_[owner]->frames);
  }
}

std::string Program::with_locals(std::string text) const {
  for (const Address address : locals_.noted()) {
    const std::string name = locals_.name_of(address);
    const std::string before = stack_text(address);
    if (name.empty()) continue;
    for (std::size_t at = 0; (at = text.find(before, at)) != std::string::npos;) {
      const std::size_t end = at + before.size();
      // Not the beginning of a longer number.
      const bool whole = end == text.size() || std::isdigit(text[end]) == 0;
      if (whole) text.replace(at, before.size(), name);
      at += whole ? name.size() : before.size();
    }
  }
  return text;
}

std::string Program::name_of(Address address) const {
  if (!world::contains(address)) {
    std::string name = Image::mine().name_of(address);
    return name.empty() ? "memory of a library" : name;
  }
  if (world::on_stack(address)) {
    std::string local = locals_.name_of(address);
    return local.empty() ? stack_text(address) : local;
  }
  const std::size_t slot = world::slot_of(address);
  const std::string whose = whose_slot(slot);
  Address start = 0;
  const std::size_t number = world::number_of(address, &start);
  if (number == 0)
    return "heap " + whose + " at " + std::to_string(address - world::slot_base(slot));
  std::string name = "block " + std::to_string(number) + " " + whose;
  return address == start ? name : name + "+" + std::to_string(address - start);
}

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

std::string Program::unit_text() { return "unit " + std::to_string(current().unit()); }

void Program::fail_for_freed(Address address) {
  fail_here(FailureKind::kBadMemory,
            unit_text() + " uses " + name_of(address) + ", which was freed");
}

void Program::end_here(const std::string& what) {
  fail_here(FailureKind::kAssertion, unit_text() + what);
}

bool Program::alone() { return spawns() && current().unit() == 0 && current().spawned == 0; }

Data* Program::claim(Address address, std::size_t bytes) {
  // What lies so low is no memory: the program will fault, where it does.
  constexpr Address kLow = 1 << 16;
  if (alone() || address < kLow || Image::mine().is_of_thread(address)) return nullptr;
  const Shadow::Claim claim = shadow_.claim(current().unit(), address, bytes);
  // Now its block is there: in the execution before the next exploration it may not be.
  if (shadow_.grown()) names_.try_emplace(address, name_of(address));
  switch (claim) {
    case Shadow::Claim::kPrivate:
      return nullptr;
    case Shadow::Claim::kFreed:
      fail_for_freed(address);
    case Shadow::Claim::kShared:
      break;
  }
  if (narrating_) [[unlikely]]
    note_local(address);
  const std::ptrdiff_t found = shadow_.find(address, bytes);
  return found < 0 ? nullptr : &data_[static_cast<std::size_t>(found)];
}

void Program::access(Address address, std::size_t bytes, bool reads, bool writes) {
  if (stack_full) [[unlikely]]
    fail_for_full_stack(*this);
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
    if (!writes && repeats(static_cast<int>(op.kind), address)) return;
    const std::uint64_t state = before_read(static_cast<int>(op.kind), address);
    step(op, [&](Execution& execution) {
      visit(data, address, bytes, [&](Location& part) { part.plain_read(execution); });
      execution.note_read(value_at(address, bytes));
    });
    refuse_thread_local(address, reinterpret_cast<const void*>(address), bytes);
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

void Program::note_step(const Op& op) {
  for (const std::uint64_t word :
       {static_cast<std::uint64_t>(current().unit()), static_cast<std::uint64_t>(op.kind),
        static_cast<std::uint64_t>(op.object)}) {
    digest_ = (digest_ ^ word) * 0x9E3779B97F4A7C15U;
    digest_ ^= digest_ >> 29;
  }
}

void Program::note_stack() {
  stacks_.resize(std::max(stacks_.size(), execution_->events().size()));
  if (stacks_.empty()) return;
  stacks_.back().clear();
  _Unwind_Backtrace(&note_frame, &stacks_.back());
}

}  // namespace assay::unmodified
