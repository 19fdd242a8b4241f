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

TEST(Spin, IsAWait) {
  std::atomic<bool> go = false;
  int number = 0;
  std::thread a([&] {
    number = 1;
    go = true;
  });
  while (!go) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(number, 1);
  a.join();
}

TEST(Spin, ForALock) {
  std::atomic_flag busy = ATOMIC_FLAG_INIT;
  int number = 0;
  const auto add = [&] {
    while (busy.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
    ++number;
    busy.clear(std::memory_order_release);
  };
  std::thread a(add);
  std::thread b(add);
  a.join();
  b.join();
  EXPECT_EQ(number, 2);
}

TEST(Spin, OnTwoVariables) {  // G. Peterson, "Myths About the Mutual Exclusion Problem", 1981.
  std::atomic<bool> wants[2] = {false, false};
  std::atomic<int> turn = 0;
  int number = 0;
  const auto add = [&](int me) {
    wants[me] = true;
    turn = 1 - me;
    while (wants[1 - me] && turn == 1 - me) std::this_thread::yield();
    ++number;
    wants[me] = false;
  };
  std::thread a(add, 0);
  std::thread b(add, 1);
  a.join();
  b.join();
  EXPECT_EQ(number, 2);
}

TEST(Spin, UnderALock) {
  std::mutex mutex;
  bool done = false;
  std::thread a([&] {
    const std::lock_guard lock(mutex);
    done = true;
  });
  for (bool seen = false; !seen;) {
    const std::lock_guard lock(mutex);
    seen = done;
  }
  a.join();
}

// Were it to wait where it holds the first lock, the other would never get on.
TEST(Spin, GivesUpALockOnItsWayRound) {
  std::mutex first;
  std::mutex second;
  int number = 0;
  std::thread a([&] {
    const std::lock_guard two(second);
    const std::lock_guard one(first);
    ++number;
  });
  for (bool done = false; !done; std::this_thread::yield()) {
    const std::lock_guard one(first);
    if (!second.try_lock()) continue;
    ++number;
    second.unlock();
    done = true;
  }
  a.join();
  EXPECT_EQ(number, 2);
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

// Whoever spins is the first to come, and nobody has touched yet what it waits for.
TEST(Spin, OfTheFirstToCome) {
  std::atomic<bool> ready = false;
  std::atomic<int> answered = 0;
  std::thread a([&] {
    ready = true;
    while (answered.load() == 0) {
    }
  });
  while (!ready) {
  }
  answered = 1;
  a.join();
}

TEST(Spin, WhileAnotherWaitsInsideTheLock) {
  std::atomic_flag busy = ATOMIC_FLAG_INIT;
  std::mutex mutex;
  int number = 0;
  const auto add = [&] {
    while (busy.test_and_set(std::memory_order_acquire)) {
    }
    {
      const std::lock_guard lock(mutex);
      ++number;
    }
    busy.clear(std::memory_order_release);
  };
  std::thread a(add);
  add();
  a.join();
  EXPECT_EQ(number, 2);
}

// No turn of the loop is as the one before: it counts them.
TEST(Spin, CountsItsTurns) {
  std::atomic<bool> go = false;
  std::thread a([&] { go = true; });
  int turns = 0;
  while (!go) {
    if (++turns % 100 == 0) std::this_thread::yield();
  }
  EXPECT_GE(turns, 0);
  a.join();
}

TEST(Spin, BacksOffLongerAndLonger) {
  std::atomic_flag busy = ATOMIC_FLAG_INIT;
  int number = 0;
  const auto add = [&] {
    const auto delay = std::make_unique<int>(1);
    while (busy.test_and_set(std::memory_order_acquire)) {
      for (std::atomic<int> i = 0; i < *delay; ++i) {
      }
      if (*delay < 1000) *delay *= 2;
    }
    ++number;
    busy.clear(std::memory_order_release);
  };
  std::thread a(add);
  std::thread b(add);
  a.join();
  b.join();
  EXPECT_EQ(number, 2);
}

// A loop that gives up may go on once nobody else can.
TEST(Spin, GivesUp) {
  std::atomic<int> given = 0;
  std::atomic<int> left = 0;
  std::thread a([&] {
    for (int turn = 0; turn < 20 && given == 0; ++turn) {
    }
    left = 1;
  });
  while (left == 0) {
  }
  given = 1;
  a.join();
}

// What a thread stored itself it reads at once, also where others do not see it yet: its loop waits
// for them.
TEST(Spin, OnItsOwnStore) {
  std::atomic<int> turn = 0;
  std::thread a([&] {
    while (turn.load(std::memory_order_acquire) != 1) {
    }
    turn.store(2, std::memory_order_release);
  });
  turn.store(1, std::memory_order_release);
  while (turn.load(std::memory_order_acquire) == 1) {
  }
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
