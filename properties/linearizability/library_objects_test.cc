// Objects that nobody here wrote, on real threads, against their specifications.
#include "properties/linearizability/library_objects.h"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>

#include "properties/linearizability/search.h"
#include "properties/linearizability/threads.h"

namespace assay::linearizability {
namespace {

/// Programs, calls of a unit, and rounds of each program.
constexpr Shape kShape{.units = 3, .most_calls = 12, .programs = 40, .repeats = false};
constexpr std::size_t kRounds = 25;

template <typename Object>
std::unique_ptr<ConcurrentObject> make() {
  return std::make_unique<Object>();
}

std::optional<Fault> fault_of(const MakeObject& make_object, const Specification& specification,
                              bool drain, std::size_t rounds = kRounds) {
  return find_fault(specification, kShape, [&](const Calls& calls) {
    return run_on_threads(calls, specification, make_object, rounds, drain);
  });
}

std::string text_of(const std::optional<Fault>& fault) { return fault ? fault->text : "nothing"; }

TEST(Moodycamel, ConcurrentQueueKeepsTheOrderOfEachProducer) {
  EXPECT_EQ(text_of(fault_of(&make<MoodycamelQueue>, producer_queue_specification(), true)),
            "nothing");
}

TEST(BoostLockfree, StackIsLinearizable) {
  EXPECT_EQ(text_of(fault_of(&make<LockfreeStack>, stack_specification(), true)), "nothing");
}

TEST(BoostLockfree, QueueIsLinearizable) {
  EXPECT_EQ(text_of(fault_of(&make<LockfreeQueue>, queue_specification(), true)), "nothing");
}

TEST(OneTbb, ConcurrentQueueIsLinearizable) {
  EXPECT_EQ(text_of(fault_of(&make<TbbQueue>, queue_specification(), true)), "nothing");
}

TEST(OneTbb, ConcurrentHashMapIsLinearizable) {
  EXPECT_EQ(text_of(fault_of(&make<TbbHashMap>, map_specification(), false)), "nothing");
}

class StdAtomic final : public ConcurrentObject {
 public:
  std::int64_t call(std::size_t, const Call& call) override {
    std::int64_t expected = call.key;
    switch (static_cast<AtomicMethod>(call.method)) {
      case AtomicMethod::kLoad:
        return number_.load();
      case AtomicMethod::kStore:
        number_.store(call.value);
        return 0;
      case AtomicMethod::kExchange:
        return number_.exchange(call.value);
      case AtomicMethod::kFetchAdd:
        return number_.fetch_add(call.value);
      case AtomicMethod::kCompareExchange:
        return number_.compare_exchange_strong(expected, call.value) ? call.key : expected;
    }
    return kNothing;
  }

 private:
  std::atomic<std::int64_t> number_{0};
};

TEST(Std, AtomicIsLinearizable) {
  EXPECT_EQ(text_of(fault_of(&make<StdAtomic>, atomic_specification(), false)), "nothing");
}

/// A std::deque under a std::mutex. The defect looks under the lock and takes under it, but lets it
/// go in between (and others run).
template <bool kHoldsTheLock>
class LockedQueue final : public ConcurrentObject {
 public:
  std::int64_t call(std::size_t, const Call& call) override {
    std::unique_lock<std::mutex> lock(mutex_);
    if (puts(call)) {
      queue_.push_back(call.value);
      return 0;
    }
    if (queue_.empty()) return kNothing;
    const std::int64_t value = queue_.front();
    if constexpr (!kHoldsTheLock) {
      lock.unlock();
      std::this_thread::yield();
      lock.lock();
      if (queue_.empty()) return value;
    }
    queue_.pop_front();
    return value;
  }

 private:
  std::mutex mutex_;
  std::deque<std::int64_t> queue_;
};

TEST(Std, QueueUnderAMutexIsLinearizable) {
  EXPECT_EQ(text_of(fault_of(&make<LockedQueue<true>>, queue_specification(), true)), "nothing");
}

TEST(Std, QueueThatLetsTheLockGoInBetweenIsCaught) {
  const auto fault = fault_of(&make<LockedQueue<false>>, queue_specification(), true, 2000);
  ASSERT_TRUE(fault.has_value()) << "expected a history that is not linearizable, found none";
  EXPECT_LE(fault->history.size(), 5U) << fault->text;
  EXPECT_NE(fault->text.find("not linearizable: "), std::string::npos) << fault->text;
}

}  // namespace
}  // namespace assay::linearizability
