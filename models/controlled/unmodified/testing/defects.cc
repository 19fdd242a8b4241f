// Programs with a defect, in plain C++: each test fails when it is explored, and unmodified_test.cc
// says how. twins.cc and spins.cc have them mended.
#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

int counter;

TEST(Counter, LosesAnUpdate) {
  const auto add = [] { counter = counter + 1; };
  std::thread a(add);
  std::thread b(add);
  a.join();
  b.join();
  EXPECT_EQ(counter, 2);
}

TEST(Counter, LosesAnUpdateBetweenAtomicAccesses) {
  std::atomic<int> count = 0;
  const auto add = [&] { count = count + 1; };
  std::thread a(add);
  std::thread b(add);
  a.join();
  b.join();
  EXPECT_EQ(count, 2);
}

struct Config {
  int value = 42;
};
Config* config;
std::mutex config_mutex;

int read_config() {
  if (config == nullptr) {
    const std::lock_guard lock(config_mutex);
    if (config == nullptr) config = new Config;
  }
  return config->value;
}

TEST(DoubleChecked, ReadsWithoutTheLock) {
  std::thread a([] { EXPECT_EQ(read_config(), 42); });
  EXPECT_EQ(read_config(), 42);
  a.join();
}

TEST(Wakeup, IsLost) {
  std::mutex mutex;
  std::condition_variable ready;
  std::thread a([&] { ready.notify_one(); });
  {
    std::unique_lock lock(mutex);
    ready.wait(lock);
  }
  a.join();
}

TEST(Locks, AreTakenInOppositeOrder) {
  std::mutex first;
  std::mutex second;
  std::thread a([&] {
    const std::lock_guard one(first);
    const std::lock_guard two(second);
  });
  std::thread b([&] {
    const std::lock_guard two(second);
    const std::lock_guard one(first);
  });
  a.join();
  b.join();
}

TEST(Memory, IsUsedAfterItWasFreed) {
  auto text = std::make_unique<std::atomic<int>>(1);
  std::atomic<int>* const alias = text.get();
  std::thread a([&] { alias->fetch_add(1); });
  text.reset();
  a.join();
}

TEST(Memory, IsFreedTwice) {
  std::atomic<int*> owner = new int(1);
  const auto drop = [&] {
    if (int* const mine = owner.load()) {
      owner = nullptr;
      delete mine;
    }
  };
  std::thread a(drop);
  drop();
  a.join();
}

TEST(Publication, IsRelaxed) {
  std::atomic<std::string*> published = nullptr;
  std::thread a([&] { published.store(new std::string("text"), std::memory_order_relaxed); });
  const std::string* const text = published.load(std::memory_order_relaxed);
  if (text != nullptr) {
    EXPECT_EQ(text->size(), 4U);
  }
  a.join();
}

TEST(Pointer, IsUsedBeforeItIsSet) {
  std::atomic<int*> where = nullptr;
  int number = 0;
  std::thread a([&] { where = &number; });
  *where.load() = 1;
  a.join();
}

TEST(Thread, IsNeverJoined) {
  pthread_t id = 0;
  pthread_create(&id, nullptr, [](void*) -> void* { return nullptr; }, nullptr);
}

TEST(Thread, LetsAnExceptionEscape) {
  std::thread a([] { throw std::runtime_error("out of here"); });
  a.join();
}

TEST(Thread, IsDestroyedWhileItRuns) {
  const std::thread a([] { counter = 1; });
}

TEST(Lock, IsUnlockedByAnother) {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  std::thread a([&] { pthread_mutex_lock(&mutex); });
  a.join();
  pthread_mutex_unlock(&mutex);
}

TEST(Spin, WaitsForWhatNobodySets) {
  std::atomic<bool> go = false;
  std::thread a([&] { EXPECT_FALSE(go); });
  while (!go) std::this_thread::yield();
  a.join();
}

// Right but for store buffers: with them both threads may enter. Spin.OnTwoVariables
// of spins.cc has it mended.
std::array<std::atomic<bool>, 2> wants;
std::atomic<int> turn;
int entered;

template <int kMe>
void enter() {
  wants[kMe].store(true, std::memory_order_release);
  turn.store(1 - kMe, std::memory_order_release);
  while (wants[1 - kMe].load(std::memory_order_acquire) &&
         turn.load(std::memory_order_acquire) == 1 - kMe) {
  }
  entered = entered + 1;
  wants[kMe].store(false, std::memory_order_release);
}

TEST(Peterson, OnlyReleasesAndAcquires) {
  std::thread a(enter<0>);
  std::thread b(enter<1>);
  a.join();
  b.join();
  EXPECT_EQ(entered, 2);
}

TEST(Loop, TouchesNothingShared) {
  std::thread a([] {
    for (;;) asm volatile("");
  });
  a.join();
}

volatile bool goes_on = true;

TEST(Loop, ReadsWhatNobodyChanges) {
  std::thread a([] {
    while (goes_on) {
    }
  });
  a.join();
}

}  // namespace
