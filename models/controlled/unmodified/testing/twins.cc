// The programs of defects.cc, mended, and more that is right: explored to the end, without a fault.
#include <gtest/gtest.h>
#include <pthread.h>
#include <semaphore.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <string>
#include <thread>

namespace {

using std::chrono_literals::operator""ms;

int counter;
std::mutex counter_mutex;

TEST(Counter, KeepsUpdatesUnderALock) {
  const auto add = [] {
    const std::lock_guard lock(counter_mutex);
    counter = counter + 1;
  };
  std::thread a(add);
  std::thread b(add);
  a.join();
  b.join();
  EXPECT_EQ(counter, 2);
}

TEST(Counter, StartsAnewInEveryExecution) {
  EXPECT_EQ(counter, 0);
  std::thread a([] { ++counter; });
  a.join();
  EXPECT_EQ(counter, 1);
}

TEST(Counter, KeepsAtomicUpdates) {
  std::atomic<int> count = 0;
  const auto add = [&] { ++count; };
  std::thread a(add);
  std::thread b(add);
  a.join();
  b.join();
  EXPECT_EQ(count, 2);
}

struct Config {
  int value = 42;
};
std::atomic<Config*> config;
std::mutex config_mutex;

int read_config() {
  if (config.load(std::memory_order_acquire) == nullptr) {
    const std::lock_guard lock(config_mutex);
    if (config.load(std::memory_order_relaxed) == nullptr)
      config.store(new Config, std::memory_order_release);
  }
  return config.load(std::memory_order_acquire)->value;
}

TEST(DoubleChecked, ReadsWithAcquire) {
  std::thread a([] { EXPECT_EQ(read_config(), 42); });
  EXPECT_EQ(read_config(), 42);
  a.join();
}

TEST(Wakeup, HasACondition) {
  std::mutex mutex;
  std::condition_variable ready;
  bool done = false;
  std::thread a([&] {
    {
      const std::lock_guard lock(mutex);
      done = true;
    }
    ready.notify_one();
  });
  {
    std::unique_lock lock(mutex);
    ready.wait(lock, [&] { return done; });
  }
  a.join();
}

TEST(Wakeup, MayComeAfterTheTimeIsUp) {
  std::mutex mutex;
  std::condition_variable ready;
  bool done = false;
  std::thread a([&] {
    const std::lock_guard lock(mutex);
    done = true;
    ready.notify_one();
  });
  {
    std::unique_lock lock(mutex);
    while (!done) ready.wait_for(lock, 10ms);
  }
  a.join();
}

TEST(Locks, AreTakenInOneOrder) {
  std::mutex first;
  std::mutex second;
  int both = 0;
  const auto add = [&] {
    const std::lock_guard one(first);
    const std::lock_guard two(second);
    ++both;
  };
  std::thread a(add);
  std::thread b(add);
  a.join();
  b.join();
  EXPECT_EQ(both, 2);
}

// In opposite orders: std::lock tries, gives up and tries again, and two that do so in step have no
// end.
TEST(Locks, AreTakenTogether) {
  std::mutex first;
  std::mutex second;
  int both = 0;
  std::thread a([&] {
    const std::scoped_lock lock(first, second);
    ++both;
  });
  {
    const std::scoped_lock lock(second, first);
    ++both;
  }
  a.join();
  EXPECT_EQ(both, 2);
}

TEST(Locks, OfOtherKinds) {
  std::recursive_mutex again;
  std::timed_mutex timed;
  std::shared_mutex shared;
  int number = 0;
  std::thread a([&] {
    const std::lock_guard once(again);
    const std::lock_guard twice(again);
    const std::lock_guard writer(shared);
    ++number;
  });
  int seen = 0;
  if (timed.try_lock_for(10ms)) {
    const std::shared_lock reader(shared);
    seen = number;
    timed.unlock();
  }
  a.join();
  EXPECT_EQ(number, 1);
  EXPECT_LE(seen, 1);
}

TEST(Memory, IsFreedByTheLastOwner) {
  auto text = std::make_shared<int>(1);
  int got = 0;
  std::thread a([text, &got] { got = *text; });
  text.reset();
  a.join();
  EXPECT_EQ(got, 1);
}

TEST(Publication, HasAnOrder) {
  std::atomic<std::string*> published = nullptr;
  std::thread a([&] { published.store(new std::string("text"), std::memory_order_release); });
  const std::string* const text = published.load(std::memory_order_acquire);
  if (text != nullptr) {
    EXPECT_EQ(text->size(), 4U);
  }
  a.join();
}

TEST(Publication, ByAFence) {
  std::atomic<bool> ready = false;
  int number = 0;
  std::thread a([&] {
    number = 1;
    std::atomic_thread_fence(std::memory_order_release);
    ready.store(true, std::memory_order_relaxed);
  });
  if (ready.load(std::memory_order_relaxed)) {
    std::atomic_thread_fence(std::memory_order_acquire);
    EXPECT_EQ(number, 1);
  }
  a.join();
}

struct Slow {
  Slow() { std::this_thread::yield(); }
  int value = 7;
};
const Slow& the_slow() {
  static const Slow kSlow;
  return kSlow;
}

TEST(Once, StaticsAreInitializedOnce) {
  std::thread a([] { EXPECT_EQ(the_slow().value, 7); });
  EXPECT_EQ(the_slow().value, 7);
  a.join();
}

TEST(Once, CallOnce) {
  std::once_flag flag;
  int calls = 0;
  const auto call = [&] { std::call_once(flag, [&] { ++calls; }); };
  std::thread a(call);
  call();
  a.join();
  EXPECT_EQ(calls, 1);
}

thread_local int own = 5;

TEST(ThreadLocal, IsOfAUnit) {
  const auto add = [] {
    ++own;
    std::this_thread::yield();
    EXPECT_EQ(own, 6);
  };
  std::thread a(add);
  std::thread b(add);
  a.join();
  b.join();
  EXPECT_EQ(own, 5);
}

TEST(Waits, OfOtherKinds) {
  std::binary_semaphore semaphore(0);
  std::promise<int> promise;
  int number = 0;
  std::thread a([&] {
    number = 1;
    semaphore.release();
    promise.set_value(2);
  });
  semaphore.acquire();
  EXPECT_EQ(number, 1);
  EXPECT_EQ(promise.get_future().get(), 2);
  a.join();
}

TEST(Waits, OfPosix) {
  pthread_barrier_t barrier;
  sem_t semaphore;
  pthread_barrier_init(&barrier, nullptr, 2);
  sem_init(&semaphore, 0, 1);
  int number = 0;
  std::thread a([&] {
    sem_wait(&semaphore);
    ++number;
    sem_post(&semaphore);
    pthread_barrier_wait(&barrier);
  });
  sem_wait(&semaphore);
  ++number;
  sem_post(&semaphore);
  pthread_barrier_wait(&barrier);
  EXPECT_EQ(number, 2);
  a.join();
}

TEST(Waits, OnAnAtomic) {
  std::atomic<int> number = 0;
  std::thread a([&] {
    number = 1;
    number.notify_one();
  });
  number.wait(0);
  EXPECT_EQ(number, 1);
  a.join();
}

// An access of another size, or none of an atomic, reads its thread's own stores as well.
TEST(Store, IsReadInParts) {
  struct Both {
    std::atomic<unsigned short> low;
    std::atomic<unsigned short> high;
  };
  const auto both = std::make_unique<std::atomic<unsigned>>(0U);
  std::atomic<unsigned>* const whole = both.get();
  std::thread a([=] {
    whole->store(0x10002U, std::memory_order_relaxed);
    const auto* const parts = reinterpret_cast<const Both*>(whole);
    EXPECT_EQ(parts->low.load(std::memory_order_relaxed), 2U);
    EXPECT_EQ(parts->high.load(std::memory_order_relaxed), 1U);
    unsigned plain = 0;
    std::memcpy(&plain, static_cast<const void*>(whole), sizeof plain);
    EXPECT_EQ(plain, 0x10002U);
  });
  EXPECT_TRUE(whole->load() == 0U || whole->load() == 0x10002U);
  a.join();
}

class Fixture : public testing::Test {
 protected:
  void SetUp() override { numbers_ = std::make_unique<int[]>(2); }
  void TearDown() override { EXPECT_EQ(numbers_[0] + numbers_[1], 3); }
  std::unique_ptr<int[]> numbers_;
};

TEST_F(Fixture, IsMadeInEveryExecution) {
  std::thread a([this] { numbers_[0] = 1; });
  numbers_[1] = 2;
  a.join();
}

}  // namespace
