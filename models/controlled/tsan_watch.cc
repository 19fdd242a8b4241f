#include "models/controlled/tsan_watch.h"

#if defined(ASSAY_TSAN)
#include <boost/context/detail/fcontext.hpp>
#include <cstdio>

#include "models/adapters/guarded_stack.h"

// The interface of ThreadSanitizer's runtime (compiler-rt: tsan_interface.h,
// tsan_interface_atomic.h, tsan_debugging.cpp), of which gcc installs no header.
extern "C" {
// NOLINTBEGIN(readability-identifier-naming)
[[gnu::weak]] void* __tsan_get_current_fiber();
[[gnu::weak]] void* __tsan_create_fiber(unsigned flags);
[[gnu::weak]] void __tsan_destroy_fiber(void* fiber);
[[gnu::weak]] void __tsan_switch_to_fiber(void* fiber, unsigned flags);
[[gnu::weak]] void __tsan_set_fiber_name(void* fiber, const char* name);
[[gnu::weak]] void __tsan_acquire(void* address);
[[gnu::weak]] void __tsan_release(void* address);
[[gnu::weak]] void __tsan_mutex_create(void* address, unsigned flags);
[[gnu::weak]] void __tsan_mutex_destroy(void* address, unsigned flags);
[[gnu::weak]] void __tsan_mutex_pre_lock(void* address, unsigned flags);
[[gnu::weak]] void __tsan_mutex_post_lock(void* address, unsigned flags, int recursion);
[[gnu::weak]] int __tsan_mutex_pre_unlock(void* address, unsigned flags);
[[gnu::weak]] void __tsan_mutex_post_unlock(void* address, unsigned flags);
[[gnu::weak]] void __tsan_atomic64_store(volatile std::uint64_t* address, std::uint64_t value,
                                         int order);
[[gnu::weak]] int __tsan_get_report_data(void* report, const char** description, int* count,
                                         int* stacks, int* accesses, int* locations, int* mutexes,
                                         int* threads, int* tids, void** trace,
                                         unsigned long trace_size);
[[gnu::weak]] int __tsan_get_report_mop(void* report, unsigned long index, int* tid, void** address,
                                        int* size, int* write, int* atomic, void** trace,
                                        unsigned long trace_size);
[[gnu::weak]] int __tsan_get_report_thread(void* report, unsigned long index, int* tid,
                                           unsigned long long* os_id, int* running,
                                           const char** name, int* parent, void** trace,
                                           unsigned long trace_size);
void __tsan_on_report(void* report);
// NOLINTEND(readability-identifier-naming)
}

namespace assay::controlled {
namespace {

namespace context = boost::context::detail;

constexpr unsigned kNoSync = 1;
constexpr std::size_t kStackBytes = 256 * 1024;
constexpr const char* kUnitName = "unit ";

/// The unit that a thread of a report is, by the name that its fiber was given.
ASSAY_UNINSTRUMENTED Proc unit_of_thread(void* report, int threads, int tid) {
  for (int i = 0; i < threads; ++i) {
    int number = 0;
    int running = 0;
    int parent = 0;
    unsigned long long os_id = 0;
    const char* name = nullptr;
    void* trace[1] = {};
    __tsan_get_report_thread(report, static_cast<unsigned long>(i), &number, &os_id, &running,
                             &name, &parent, trace, 1);
    if (number != tid || name == nullptr) continue;
    for (const char* expected = kUnitName; *expected != '\0'; ++expected, ++name) {
      if (*name != *expected) return kNobody;
    }
    unsigned unit = 0;
    for (; *name >= '0' && *name <= '9'; ++name)
      unit = unit * 10 + static_cast<unsigned>(*name - '0');
    return static_cast<Proc>(unit);
  }
  return kNobody;
}

ASSAY_UNINSTRUMENTED bool same(const char* a, const char* b) {
  for (; *a == *b; ++a, ++b) {
    if (*a == '\0') return true;
  }
  return false;
}

// No default values: a constructor would be a function of its own, and instrumented; inside of a
// report ThreadSanitizer must not be told of one.
struct Access {
  Proc unit;
  const void* address;
  bool writes;
};

ASSAY_UNINSTRUMENTED Access access_of(void* report, int threads, unsigned long index) {
  int tid = 0;
  int size = 0;
  int write = 0;
  int atomic = 0;
  void* address = nullptr;
  void* trace[1] = {};
  __tsan_get_report_mop(report, index, &tid, &address, &size, &write, &atomic, trace, 1);
  return {unit_of_thread(report, threads, tid), address, write != 0};
}

ASSAY_UNINSTRUMENTED Sighting sighting_of(void* report) {
  const char* description = "";
  int counts[7] = {};
  void* trace[1] = {};
  __tsan_get_report_data(report, &description, &counts[0], &counts[1], &counts[2], &counts[3],
                         &counts[4], &counts[5], &counts[6], trace, 1);
  const int accesses = counts[2];
  const int threads = counts[5];
  using Kind = Sighting::Kind;
  if (!same(description, "data-race") || accesses < 2) {
    const bool inversion = same(description, "lock-order-inversion");
    return {inversion ? Kind::kLockOrder : Kind::kOther, nullptr, kNobody, kNobody, false, false};
  }
  // The access that is made now comes first.
  const Access now = access_of(report, threads, 0);
  const Access before = access_of(report, threads, 1);
  return {Kind::kDataRace, now.address, before.unit, now.unit, before.writes, now.writes};
}

void* writable(const void* object) { return const_cast<void*>(object); }

}  // namespace

struct TsanWatch::Fiber {
  void* tsan = nullptr;
  std::unique_ptr<GuardedStack> stack;  ///< None for a store buffer.
  context::fcontext_t inside = nullptr;
  /// Numbers of buffered stores as addresses; those of a deque stay.
  std::deque<std::uint64_t> publications;

  ASSAY_UNINSTRUMENTED static void carry(context::transfer_t transfer) {
    for (;;) {
      const auto* watch = static_cast<const TsanWatch*>(transfer.data);
      watch->function_(watch->argument_);
      transfer = context::jump_fcontext(transfer.fctx, nullptr);
    }
  }
};

bool TsanWatch::possible() {
  return __tsan_create_fiber != nullptr && __tsan_set_fiber_name != nullptr &&
         __tsan_get_report_data != nullptr && AnnotateIgnoreReadsBegin != nullptr;
}

TsanWatch::TsanWatch() = default;

TsanWatch::~TsanWatch() {
  if (unseen_) AnnotateIgnoreReadsEnd("", 0);
  destroy_fibers();
  if (watching == this) watching = nullptr;
}

TsanWatch::Fiber& TsanWatch::fiber(Proc proc) {
  auto& fiber = fibers_.at(proc);
  if (fiber == nullptr) {
    fiber = std::make_unique<Fiber>();
    if (!is_buffer(proc)) {
      fiber->stack = std::make_unique<GuardedStack>(kStackBytes);
      fiber->inside = context::make_fcontext(fiber->stack->usable().data() + kStackBytes,
                                             kStackBytes, &Fiber::carry);
    }
  }
  if (fiber->tsan != nullptr) return *fiber;
  fiber->tsan = __tsan_create_fiber(0);
  std::array<char, 40> name{};
  std::snprintf(name.data(), name.size(), "%s%zu", is_buffer(proc) ? "store buffer of " : kUnitName,
                controlled::unit_of(proc));
  __tsan_set_fiber_name(fiber->tsan, name.data());
  return *fiber;
}

void TsanWatch::begin(std::size_t units, Watch watch) {
  if (unseen_) AnnotateIgnoreReadsEnd("", 0);
  // A report takes the longer the more a fiber did in its life: what was reported begins anew.
  if (count_ > 0) destroy_fibers();
  for (std::size_t unit = 0; unit < units; ++unit) fiber(static_cast<Proc>(unit));
  units_ = units;
  entered_ = 0;
  watch_ = watch;
  count_ = 0;
  outside_ = __tsan_get_current_fiber();
  watching = this;
  unseen_ = true;
  AnnotateIgnoreReadsBegin("", 0);
}

void TsanWatch::destroy_fibers() {
  for (const auto& fiber : fibers_) {
    if (fiber != nullptr && fiber->tsan != nullptr)
      __tsan_destroy_fiber(std::exchange(fiber->tsan, nullptr));
  }
}

ASSAY_UNINSTRUMENTED void TsanWatch::end() {
  for (std::size_t unit = 0; unit < units_; ++unit) {
    __tsan_switch_to_fiber(fibers_[unit]->tsan, kNoSync);
    __tsan_switch_to_fiber(outside_, 0);
  }
  // What is left of the units is ended in order.
  watch_ = Watch::kCoroutines;
  unseen_ = false;
  AnnotateIgnoreReadsEnd("", 0);
}

ASSAY_UNINSTRUMENTED void TsanWatch::run(std::size_t unit, Function function, void* argument) {
  Fiber& fiber = *fibers_[unit];
  function_ = function;
  argument_ = argument;
  const bool first = (entered_ & bit(unit)) == 0;
  entered_ |= bit(unit);
  const unsigned flags = watch_ == Watch::kThreads ? kNoSync : 0;
  __tsan_switch_to_fiber(fiber.tsan, first ? 0 : flags);
  fiber.inside = context::jump_fcontext(fiber.inside, this).fctx;
  __tsan_switch_to_fiber(outside_, flags);
}

void TsanWatch::acquire(const void* object) { __tsan_acquire(writable(object)); }
void TsanWatch::release(const void* object) { __tsan_release(writable(object)); }
void TsanWatch::make_mutex(const void* object) { __tsan_mutex_create(writable(object), 0); }
void TsanWatch::destroy_mutex(const void* object) { __tsan_mutex_destroy(writable(object), 0); }
void TsanWatch::lock(const void* object) {
  __tsan_mutex_pre_lock(writable(object), 0);
  __tsan_mutex_post_lock(writable(object), 0, 0);
}
void TsanWatch::unlock(const void* object) {
  __tsan_mutex_pre_unlock(writable(object), 0);
  __tsan_mutex_post_unlock(writable(object), 0);
}

void TsanWatch::publish_later(std::size_t unit, std::uint32_t index) {
  auto& publications = fiber(buffer_of(unit)).publications;
  while (publications.size() <= index) publications.push_back(0);
  __tsan_release(&publications[index]);
}

/// By a fiber of the buffer's own, which knows what the unit knew at its store and nothing later.
ASSAY_UNINSTRUMENTED void TsanWatch::publish_now(std::size_t unit, std::uint32_t index,
                                                 std::uint64_t* variable) {
  Fiber& buffer = *fibers_[buffer_of(unit)];
  std::uint64_t* publication = &buffer.publications[index];
  const std::uint64_t value = *variable;
  __tsan_switch_to_fiber(buffer.tsan, kNoSync);
  __tsan_acquire(publication);
  // The access itself was seen at the store.
  AnnotateIgnoreReadsBegin("", 0);
  __tsan_atomic64_store(variable, value, __ATOMIC_RELEASE);
  AnnotateIgnoreReadsEnd("", 0);
  __tsan_switch_to_fiber(outside_, kNoSync);
}

ASSAY_UNINSTRUMENTED void TsanWatch::add(const Sighting& sighting) {
  if (count_ == kMostSightings) return;
  Sighting* at = reinterpret_cast<Sighting*>(&sightings_) + count_++;
  at->kind = sighting.kind;
  at->address = sighting.address;
  at->first_unit = sighting.first_unit;
  at->second_unit = sighting.second_unit;
  at->first_writes = sighting.first_writes;
  at->second_writes = sighting.second_writes;
}

}  // namespace assay::controlled

extern "C" ASSAY_UNINSTRUMENTED void __tsan_on_report(void* report) {
  using assay::controlled::watching;
  if (watching != nullptr) watching->add(assay::controlled::sighting_of(report));
}

#else

namespace assay::controlled {

struct TsanWatch::Fiber {};

bool TsanWatch::possible() { return false; }
TsanWatch::TsanWatch() = default;
TsanWatch::~TsanWatch() = default;
void TsanWatch::begin(std::size_t, Watch) {}
void TsanWatch::end() {}
void TsanWatch::run(std::size_t, Function function, void* argument) { function(argument); }
void TsanWatch::acquire(const void*) {}
void TsanWatch::release(const void*) {}
void TsanWatch::make_mutex(const void*) {}
void TsanWatch::destroy_mutex(const void*) {}
void TsanWatch::lock(const void*) {}
void TsanWatch::unlock(const void*) {}
void TsanWatch::publish_later(std::size_t, std::uint32_t) {}
void TsanWatch::publish_now(std::size_t, std::uint32_t, std::uint64_t*) {}
void TsanWatch::add(const Sighting&) {}

}  // namespace assay::controlled

#endif
