#include "models/interpreter.h"

#include <sched.h>
#include <sys/mman.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>

#include "models/frame_probe.h"

namespace assay {
namespace {

alignas(64) std::array<std::int64_t, kCells> global_cells;
alignas(64) thread_local std::array<std::int64_t, kCells> thread_local_cells;

struct UnitLog {
  std::atomic<std::uint64_t> used;
  Event events[1];  // As many as the unit has steps.
};

[[noreturn]] void malformed(std::size_t unit, std::size_t step, const Step& what,
                            const std::string& why) {
  throw std::invalid_argument("unit " + std::to_string(unit) + ", step " + std::to_string(step) +
                              " (" + to_string(what) + "): " + why);
}

/// A message of fewer than 8 bytes carries the low bytes of a value whose others are 0.
bool carries(const Step& step) {
  return step.count >= sizeof(step.value) ||
         static_cast<std::uint64_t>(step.value) >> (8 * step.count) == 0;
}

void validate_step(const Program& program, std::size_t unit, std::size_t index, const Step& step) {
  const auto in_range = [&](std::uint32_t size, const char* what) {
    if (step.cell >= size) {
      malformed(unit, index, step, std::string(what) + " is not below " + std::to_string(size));
    }
  };
  switch (step.op) {
    case Op::kWrite:
    case Op::kRead:
    case Op::kAdd:
    case Op::kAddAcross:
    case Op::kSpinUntil:
      return in_range(kCells, "the cell");
    case Op::kSend:
      if (!carries(step)) malformed(unit, index, step, "so few bytes do not hold the value");
      return in_range(program.channels, "the channel");
    case Op::kReceive:
      return in_range(program.channels, "the channel");
    case Op::kLock:
    case Op::kUnlock:
      return in_range(program.locks, "the lock");
    case Op::kAwaitEnd:
      if (step.cell == unit) malformed(unit, index, step, "a unit cannot await its own end");
      return in_range(static_cast<std::uint32_t>(program.units.size()), "the unit");
    case Op::kSleep:
    case Op::kSpin:
      if (step.value < 0) malformed(unit, index, step, "the time is negative");
      return;
    default:
      return;
  }
}

std::int64_t clock_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

std::atomic_ref<std::int64_t> cell(Regions& regions, const Step& step) {
  return std::atomic_ref<std::int64_t>(regions.cells(step.region)[step.cell]);
}

Event spin(const Step& step) {
  const std::int64_t start = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  std::int64_t used = 0;
  while ((used = clock_ns(CLOCK_THREAD_CPUTIME_ID) - start) < step.value) {
  }
  return {0, used, 0};
}

Event spin_until(Regions& regions, const Step& step) {
  constexpr int kLooks = 64;  // Looks at the cell between two at the clock, which is a system call.
  const std::int64_t start = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  const std::int64_t bound = step.count * 1'000LL;
  for (;;) {
    for (int i = 0; i < kLooks; ++i) {
      if (cell(regions, step).load(std::memory_order_acquire) >= step.value) {
        const std::int64_t used = clock_ns(CLOCK_THREAD_CPUTIME_ID) - start;
        return {0, 1, static_cast<std::uint64_t>(used)};
      }
    }
    const std::int64_t used = clock_ns(CLOCK_THREAD_CPUTIME_ID) - start;
    if (used > bound) return {0, 0, static_cast<std::uint64_t>(used)};
  }
}

/// Bytes after the value follow a pattern that depends on it, so that damage shows, and repeat it.
constexpr std::size_t kPattern = 256;
std::byte filling(std::int64_t value, std::size_t i) {
  return static_cast<std::byte>(static_cast<std::size_t>(value) * 31 + i * 7 + 1);
}

Message message_of(const Step& step) {
  Message message(step.count);
  const std::size_t head = std::min(message.size(), sizeof(step.value));
  // No byte at all is no place to copy to.
  std::copy_n(reinterpret_cast<const std::byte*>(&step.value), head, message.begin());
  const std::size_t first = std::min(message.size(), head + kPattern);
  for (std::size_t i = head; i < first; ++i) message[i] = filling(step.value, i);
  for (std::size_t i = first; i < message.size(); i += kPattern) {
    std::copy_n(message.begin() + head, std::min(kPattern, message.size() - i),
                message.begin() + i);
  }
  return message;
}

Event event_of(const Message& message) {
  Event event{0, 0, message.size()};
  const std::size_t head = std::min(message.size(), sizeof(event.value));
  std::copy_n(message.begin(), head, reinterpret_cast<std::byte*>(&event.value));
  const std::size_t first = std::min(message.size(), head + kPattern);
  bool whole = true;
  for (std::size_t i = head; i < first; ++i) whole = whole && message[i] == filling(event.value, i);
  // What comes after is what came a pattern before.
  whole = whole && std::equal(message.begin() + first, message.end(), message.begin() + head);
  if (!whole) event.aux |= kDamaged;
  return event;
}

/// A load and then a store, so that an update between the two is lost.
void add_once(Regions& regions, const Step& step) {
  const std::int64_t seen = cell(regions, step).load(std::memory_order_relaxed);
  cell(regions, step).store(seen + step.value, std::memory_order_relaxed);
}

/// Steps that never suspend.
Event run_at_once(const Step& step, Unit& unit, Regions& regions) {
  switch (step.op) {
    case Op::kWrite:
      cell(regions, step).store(step.value, std::memory_order_release);
      return {};
    case Op::kRead:
      return {0, cell(regions, step).load(std::memory_order_acquire), 0};
    case Op::kAdd:
      for (std::uint32_t i = 0; i < step.count; ++i) add_once(regions, step);
      return {};
    case Op::kSpin:
      return spin(step);
    case Op::kSpinUntil:
      return spin_until(regions, step);
    case Op::kSend:
      unit.send(step.cell, message_of(step));
      return {};
    case Op::kUnlock:
      unit.unlock(step.cell);
      return {};
    case Op::kFault:
      raise_fault(step.fault);
      return {};
    case Op::kRecord:
      return {0, observe(step.identity, regions), 0};
    case Op::kRecurse:
      return probe_frames(unit, step);
    case Op::kRegisters:
      return {0, probe_registers(unit, step), 0};
    default:
      return {};
  }
}

}  // namespace

void validate(const Program& program) {
  if (program.units.empty()) throw std::invalid_argument("a program needs at least one unit");
  for (std::size_t u = 0; u < program.units.size(); ++u) {
    for (std::size_t s = 0; s < program.units[u].size(); ++s) {
      validate_step(program, u, s, program.units[u][s]);
    }
  }
}

TraceLayout::TraceLayout(const Program& program) {
  std::size_t at = 0;
  for (const auto& steps : program.units) {
    offsets_.push_back(at);
    at += (sizeof(UnitLog) + steps.size() * sizeof(Event) + 63) / 64 * 64;
  }
  offsets_.push_back(at);
}

void TraceLayout::append(std::byte* memory, std::size_t unit, const Event& event) const {
  auto& log = *reinterpret_cast<UnitLog*>(memory + offsets_[unit]);
  const std::uint64_t place = log.used.load(std::memory_order_relaxed);
  // The layout is cut to the steps: a runtime that runs a unit twice must not write beyond it.
  if (offsets_[unit] + sizeof(UnitLog) + place * sizeof(Event) >= offsets_[unit + 1]) return;
  std::memcpy(&log.events[0] + place, &event, sizeof(event));
  log.used.store(place + 1, std::memory_order_release);
}

std::vector<Event> TraceLayout::events(const std::byte* memory, std::size_t unit) const {
  const auto& log = *reinterpret_cast<const UnitLog*>(memory + offsets_[unit]);
  const Event* first = &log.events[0];
  return {first, first + log.used.load(std::memory_order_acquire)};
}

Regions::Regions()
    : heap_(std::make_unique<std::array<std::int64_t, kCells>>()),
      private_(nullptr),
      own_shared_(sizeof(std::int64_t) * kCells),
      shared_(own_shared_.at<std::int64_t>(0)) {
  void* mapped = mmap(nullptr, sizeof(std::int64_t) * kCells, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  private_ = static_cast<std::int64_t*>(mapped);
}

Regions::Regions(std::int64_t* shared, std::byte* trace) : Regions() {
  shared_ = shared;
  trace_ = trace;
}

Regions::~Regions() { munmap(private_, sizeof(std::int64_t) * kCells); }

void Regions::prepare(const Program& program, std::byte* trace) {
  trace_ = trace;
  for (int region = 0; region < kRegions; ++region) {
    std::memset(cells(static_cast<Region>(region)), 0, sizeof(std::int64_t) * kCells);
  }
  if (!program.one_core) return;
  cpu_set_t allowed;
  sched_getaffinity(0, sizeof(allowed), &allowed);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    CPU_ZERO(&allowed);
    CPU_SET(cpu, &allowed);
    break;
  }
  sched_setaffinity(0, sizeof(allowed), &allowed);
}

std::int64_t* Regions::cells(Region region) {
  switch (region) {
    case Region::kHeap:
      return heap_->data();
    case Region::kGlobal:
      return global_cells.data();
    case Region::kStack:
      return stack_.data();
    case Region::kThreadLocal:
      return thread_local_cells.data();
    case Region::kPrivateMapping:
      return private_;
    case Region::kSharedMapping:
      return shared_;
  }
  return nullptr;
}

Task interpret(Unit& unit, const Program& program, Regions& regions, const TraceLayout& layout) {
  const std::vector<Step>& steps = program.units[unit.index()];
  for (std::uint32_t s = 0; s < steps.size(); ++s) {
    const Step& step = steps[s];
    Event event;
    switch (step.op) {
      case Op::kYield:
        for (std::uint32_t i = 0; i < step.count; ++i) co_await unit.yield();
        break;
      case Op::kAddAcross:
        for (std::uint32_t i = 0; i < step.count; ++i) {
          const std::int64_t seen = cell(regions, step).load(std::memory_order_relaxed);
          co_await unit.yield();
          cell(regions, step).store(seen + step.value, std::memory_order_relaxed);
        }
        break;
      case Op::kSleep: {
        event.value = clock_ns(CLOCK_MONOTONIC);
        co_await unit.sleep_for(std::chrono::nanoseconds(step.value));
        event.aux = static_cast<std::uint64_t>(clock_ns(CLOCK_MONOTONIC));
        break;
      }
      case Op::kReceive: {
        Message message;
        co_await unit.receive(step.cell, message);
        event = event_of(message);
        break;
      }
      case Op::kLock:
        co_await unit.lock(step.cell);
        break;
      case Op::kAwaitEnd:
        while (!unit.ended(step.cell)) co_await unit.yield();
        break;
      case Op::kRegisters:
        if (!unit.blocks()) {
          // Only what a coroutine's switch can lose: the floating-point environment of its thread.
          const FloatingPoint mine = load_floating_point(step.value);
          for (std::uint32_t i = 0; i < step.count; ++i) co_await unit.yield();
          event.value = compare_floating_point(mine);
          break;
        }
        [[fallthrough]];
      default:
        event = run_at_once(step, unit, regions);
    }
    event.step = s;
    layout.append(regions.trace(), unit.index(), event);
  }
}

}  // namespace assay
