#include "stress/contention.h"

#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <vector>

#include "models/coroutine/coroutine.h"
#include "models/pinning.h"
#include "models/thread/std_thread.h"

namespace assay {
namespace {

constexpr std::uint64_t kOperations = 400'000;

struct alignas(64) Line {
  std::atomic<std::uint64_t> value{0};
};

std::int64_t now_ns() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

/// What the units of a run have in common; in one process.
struct Site {
  std::mutex mutex;
  std::uint64_t plain = 0;
  Line atomic;
  std::vector<Line> shards;
  std::atomic<std::size_t> ready{0};
  std::atomic<std::int64_t> start_ns{0};
  std::atomic<std::int64_t> end_ns{0};

  explicit Site(std::size_t units) : shards(units) {}

  [[nodiscard]] std::uint64_t sum(Counter counter) const {
    if (counter == Counter::kAtomic) return atomic.value;
    if (counter != Counter::kSharded) return plain;
    std::uint64_t sum = 0;
    for (const Line& shard : shards) sum += shard.value;
    return sum;
  }
};

void add_many(Site& site, Counter counter, std::size_t unit, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    switch (counter) {
      case Counter::kMutex: {
        const std::lock_guard hold(site.mutex);
        ++site.plain;
        break;
      }
      case Counter::kAtomic:
        site.atomic.value.fetch_add(1, std::memory_order_relaxed);
        break;
      case Counter::kSharded:
        site.shards[unit].value.fetch_add(1, std::memory_order_relaxed);
        break;
      case Counter::kUnshared:
        break;
    }
  }
}

/// With a look away every so often, as a program that does something else as well.
Task add_unshared(Unit& unit, Site& site, std::uint64_t count) {
  constexpr std::uint64_t kTurn = 64;
  for (std::uint64_t i = 0; i < count; ++i) {
    // Not to be added up at once.
    std::uint64_t* volatile plain = &site.plain;
    ++*plain;
    if (i % kTurn == 0) co_await unit.yield();
  }
}

void pin(Affinity affinity, std::size_t unit) {
  const std::vector<int> cores = allowed_cores();
  if (affinity == Affinity::kSameCore) pin_to(cores.back());
  if (affinity == Affinity::kSpread) pin_to(cores[unit % cores.size()]);
}

/// The last to come starts the clock; the others give way meanwhile.
Task add_as_thread(Unit& unit, Site& site, Counter counter, Affinity affinity,
                   std::uint64_t count) {
  pin(affinity, unit.index());
  if (site.ready.fetch_add(1) + 1 == unit.count()) site.start_ns = now_ns();
  while (site.start_ns == 0) co_await unit.yield();
  add_many(site, counter, unit.index(), count);
  const std::int64_t end = now_ns();
  std::int64_t last = site.end_ns;
  while (last < end && !site.end_ns.compare_exchange_weak(last, end)) {
  }
}

}  // namespace

std::string_view to_string(Counter counter) {
  constexpr std::array<std::string_view, kCounters> kNames{"mutex", "atomic", "sharded",
                                                           "unshared"};
  return kNames.at(static_cast<std::size_t>(counter));
}

std::string_view to_string(Affinity affinity) {
  constexpr std::array<std::string_view, kAffinities> kNames{"same_core", "spread", "any"};
  return kNames.at(static_cast<std::size_t>(affinity));
}

CounterRun count_together(Counter counter, Affinity affinity, std::size_t units) {
  const std::uint64_t each = kOperations / units;
  Site site(units);
  Bodies bodies;
  bodies.count = units;
  bodies.bound = std::chrono::seconds(60);
  CounterRun run;
  run.operations = each * units;
  BodyResult result;
  if (counter == Counter::kUnshared) {
    bodies.before = [&](std::byte*) { site.start_ns = now_ns(); };
    bodies.task = [&](Unit& unit) { return add_unshared(unit, site, each); };
    bodies.after = [&](std::byte*) { site.end_ns = now_ns(); };
    result = coroutine().run_here(bodies);
  } else {
    bodies.task = [&](Unit& unit) { return add_as_thread(unit, site, counter, affinity, each); };
    result = std_thread().run_here(bodies);
  }
  run.seconds = static_cast<double>(site.end_ns - site.start_ns) * 1e-9;
  if (!result.completed()) {
    run.wrong = result.failure();
  } else if (const std::uint64_t sum = site.sum(counter); sum != run.operations) {
    run.wrong = "expected " + std::to_string(run.operations) + ", counted " + std::to_string(sum);
  }
  return run;
}

}  // namespace assay
