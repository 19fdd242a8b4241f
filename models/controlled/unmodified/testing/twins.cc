// The programs of defects.cc, mended, and more that is right: explored to the end, without a fault.
#include <gtest/gtest.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <future>
#include <latch>
#include <locale>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <random>
#include <semaphore>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

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

// Time zones, messages and locales are the C library's, from one execution to the next.
TEST(Library, KeepsWhatItAllocated) {
  std::atomic<int> done = 0;
  const auto ask = [&] {
    const std::time_t now = 0;
    EXPECT_NE(std::localtime(&now), nullptr);  // NOLINT(concurrency-mt-unsafe)
    ++done;
    EXPECT_NE(strerror(99999), nullptr);  // NOLINT(concurrency-mt-unsafe)
    const std::locale locale("C.UTF-8");
    ++done;
  };
  std::thread a(ask);
  std::thread b(ask);
  a.join();
  b.join();
  EXPECT_EQ(done, 4);
}

// The C++ library has a key of each: one that was deleted has no values.
TEST(Library, MakesAKeyAndDeletesIt) {
  std::atomic<int> done = 0;
  const auto allocate = [&] {
    for (int i = 0; i < 2; ++i) {
      std::pmr::synchronized_pool_resource pool;
      const std::pmr::vector<int> numbers(100, &pool);
      ++done;
    }
  };
  std::thread a(allocate);
  std::thread b(allocate);
  a.join();
  b.join();
  EXPECT_EQ(done, 4);
}

TEST(Memory, IsMappedByEachUnit) {
  std::atomic<int> done = 0;
  const auto map = [&] {
    void* const page =
        mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(page, MAP_FAILED);
    *static_cast<int*>(page) = 1;
    EXPECT_EQ(munmap(page, 4096), 0);
    ++done;
  };
  std::thread a(map);
  std::thread b(map);
  a.join();
  b.join();
  EXPECT_EQ(done, 2);
}

TEST(SharedPointer, KeepsUpdatesByCompareExchange) {
  auto shared = std::make_shared<int>(0);
  const auto add = [&] {
    auto seen = std::atomic_load(&shared);
    while (!std::atomic_compare_exchange_strong(&shared, &seen, std::make_shared<int>(*seen + 1))) {
    }
  };
  std::thread a(add);
  std::thread b(add);
  a.join();
  b.join();
  EXPECT_EQ(*shared, 2);
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

// Of a key its destructor is called, thread by thread; the key is of one execution.
std::atomic<int> destroyed;

TEST(ThreadLocal, OfPosixIsDestroyed) {
  pthread_key_t key = 0;
  ASSERT_EQ(pthread_key_create(&key, [](void*) { ++destroyed; }), 0);
  const auto set = [=] { pthread_setspecific(key, &destroyed); };
  std::thread a(set);
  std::thread b(set);
  a.join();
  b.join();
  EXPECT_EQ(destroyed, 2);
}

TEST(ThreadLocal, HoldsALockUntilItsEnd) {
  std::mutex mutex;
  std::condition_variable ready;
  bool done = false;
  std::thread a([&] {
    std::unique_lock lock(mutex);
    done = true;
    std::notify_all_at_thread_exit(ready, std::move(lock));
  });
  {
    std::unique_lock lock(mutex);
    ready.wait(lock, [&] { return done; });
  }
  a.join();
}

TEST(Thread, IsDetachedFromTheStart) {
  static std::atomic<bool> done;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t id = 0;
  const auto body = [](void*) -> void* {
    done = true;
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&id, &attributes, body, nullptr), 0);
  while (!done) std::this_thread::yield();
  EXPECT_EQ(pthread_join(id, nullptr), EINVAL);
}

TEST(Thread, IsAskedForWhatItIs) {
  std::thread a([] {
    std::array<char, 16> name{};
    EXPECT_EQ(pthread_getname_np(pthread_self(), name.data(), name.size()), 0);
    EXPECT_EQ(pthread_join(pthread_self(), nullptr), EDEADLK);
    counter = 1;
  });
  a.join();
  EXPECT_EQ(counter, 1);
}

TEST(Locks, OfSpins) {
  pthread_spinlock_t lock = 0;
  pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
  int number = 0;
  const auto add = [&] {
    pthread_spin_lock(&lock);
    ++number;
    pthread_spin_unlock(&lock);
  };
  std::thread a(add);
  std::thread b(add);
  a.join();
  b.join();
  EXPECT_EQ(number, 2);
}

std::int64_t futex(std::atomic<int>& word, int what, int number) {
  return syscall(SYS_futex, &word, what, number, nullptr, nullptr, 0);
}

TEST(Futex, SaysHowManyItWoke) {
  std::atomic<int> word = 0;
  std::atomic<std::int64_t> slept = 0;
  const auto sleep = [&] {
    if (futex(word, FUTEX_WAIT_PRIVATE, 0) == 0) ++slept;
  };
  std::thread a(sleep);
  std::thread b(sleep);
  word = 1;
  std::int64_t woken = 0;
  for (int call = 0; call < 3; ++call) woken += futex(word, FUTEX_WAKE_PRIVATE, 1);
  a.join();
  b.join();
  EXPECT_EQ(slept, woken);
}

sem_t early_semaphore;
const int kInitialized = sem_init(&early_semaphore, 0, 2);

TEST(Waits, AtWhatWasMadeBefore) {
  EXPECT_EQ(kInitialized, 0);
  const auto take = [] { sem_wait(&early_semaphore); };
  std::thread a(take);
  std::thread b(take);
  a.join();
  b.join();
  int left = -1;
  sem_getvalue(&early_semaphore, &left);
  EXPECT_EQ(left, 0);
}

// What they are differs from process to process; here it does not.
TEST(Arbitrary, ValuesAreTheSameInEveryExecution) {
  std::atomic<int> number = 0;
  const auto add = [&] {
    const auto now = std::chrono::system_clock::now().time_since_epoch().count();
    if ((static_cast<unsigned>(std::rand()) + std::random_device()() + time(nullptr) + now) % 2 ==
        0)
      ++number;
    else
      number = number + 1;
  };
  std::thread a(add);
  std::thread b(add);
  a.join();
  b.join();
  EXPECT_LE(number, 2);
}

TEST(Stack, HasRoom) {
  std::thread a([] {
    volatile char room[2 << 20] = {};
    counter = room[1] == 0 ? 0 : 1;
  });
  a.join();
  EXPECT_EQ(counter, 0);
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

class Skipped : public testing::Test {
 protected:
  void SetUp() override { GTEST_SKIP() << "not here"; }
};

TEST_F(Skipped, IsNotRun) { FAIL(); }

}  // namespace
