// Programs with a defect, in plain C++: each test fails when it is explored, and unmodified_test.cc
// says how. twins.cc and spins.cc have them mended.
#include <gtest/gtest.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <semaphore>
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

struct Account {
  long number = 7;
  int balance = 0;
};

void deposit(Account& account) { account.balance += 10; }

// Variables of a test are on its stack; two units may have each its own of one name.
TEST(Local, OfAFunctionIsNamed) {
  Account account;
  std::thread a([&] { deposit(account); });
  std::thread b([&] { deposit(account); });
  a.join();
  b.join();
  EXPECT_EQ(account.balance, 20);
}

TEST(Local, OfTwoUnitsIsNamedWithTheUnit) {
  std::atomic<int*> of_a = nullptr;
  std::atomic<int> done = 0;
  std::thread a([&] {
    int mine = 0;
    of_a = &mine;
    mine += 1;
    done.wait(0);
  });
  std::thread b([&] {
    int mine = 0;
    std::thread c([&] { mine += 1; });
    if (int* const other = of_a) *other += 1;
    mine += 1;
    c.join();
    done = 1;
    done.notify_all();
  });
  a.join();
  b.join();
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

// std::atomic::wait looks again and again before it sleeps.
TEST(AtomicWait, IsNeverNotified) {
  std::atomic<int> number = 0;
  std::thread a([&] { number = 1; });
  number.wait(0);
  a.join();
}

TEST(AtomicWait, OneOfTwoIsNotified) {
  std::atomic<int> number = 0;
  std::thread a([&] { number.wait(0); });
  std::thread b([&] { number.wait(0); });
  number = 1;
  number.notify_one();
  a.join();
  b.join();
}

TEST(Semaphore, MayNotBeHad) {
  std::binary_semaphore semaphore(0);
  std::thread a([&] { semaphore.release(); });
  EXPECT_TRUE(semaphore.try_acquire());
  a.join();
}

TEST(Semaphore, MayNotBeHadInTime) {
  std::binary_semaphore semaphore(0);
  std::thread a([&] { semaphore.release(); });
  EXPECT_TRUE(semaphore.try_acquire_for(std::chrono::milliseconds(1)));
  a.join();
}

TEST(Lock, OfSpinsMayNotBeHad) {
  pthread_spinlock_t lock = 0;
  pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
  std::thread a([&] {
    pthread_spin_lock(&lock);
    pthread_spin_unlock(&lock);
  });
  const bool had = pthread_spin_trylock(&lock) == 0;
  if (had) pthread_spin_unlock(&lock);
  a.join();
  EXPECT_TRUE(had);
}

TEST(Lock, IsUsedAfterItWasFreed) {
  auto mutex = std::make_unique<std::mutex>();
  std::mutex* const alias = mutex.get();
  std::thread a([=] { const std::lock_guard lock(*alias); });
  mutex.reset();
  a.join();
}

TEST(Text, IsComparedWhileItChanges) {
  std::string text = "text";
  bool same = false;
  std::thread a([&] { same = text == "text"; });
  text[1] = 'a';
  a.join();
  EXPECT_LE(same, true);
}

std::array<char, 32> filled;

TEST(Block, IsFilledWhileItChanges) {
  std::thread a([] { std::memset(filled.data(), 1, filled.size()); });
  filled[20] = 2;
  a.join();
  EXPECT_GT(filled[20], 0);
}

TEST(Block, IsComparedWhileItChanges) {
  bool same = false;
  std::thread a([&] { same = std::memcmp(filled.data(), "abcd", 4) == 0; });
  filled[2] = 2;
  a.join();
  EXPECT_FALSE(same && filled[2] == 2);
}

std::array<char, 8> copied;

TEST(Text, IsCopiedWhileItChanges) {
  const char* volatile from = "text";
  std::thread a([&] { std::strcpy(copied.data(), from); });  // NOLINT: what C programs do.
  copied[2] = 'a';
  a.join();
  EXPECT_LE(std::strlen(copied.data()), 4U);
}

thread_local int of_a_thread = 1;

TEST(ThreadLocal, IsSharedByItsAddress) {
  std::atomic<int*> shared = nullptr;
  std::thread a([&] { shared = &of_a_thread; });
  if (const int* const number = shared) {
    EXPECT_EQ(*number, 1);
  }
  a.join();
}

std::atomic<int> ended;

/// The unit goes no further than `end`, one of what would end the process as if all were well.
void end_in_a_thread(void (*end)()) {
  std::thread a([=] {
    ++ended;
    end();
  });
  ++ended;
  a.join();
}

TEST(Process, IsEndedByUnderscoreExit) {
  end_in_a_thread([] { _exit(0); });
}
TEST(Process, IsEndedByQuickExit) {
  end_in_a_thread([] { std::quick_exit(0); });
}
TEST(Process, IsEndedByASignal) {
  end_in_a_thread([] { raise(SIGTERM); });
}
TEST(Process, Forks) {
  end_in_a_thread([] { fork(); });
}

TEST(Thread, IsCancelled) {
  std::thread a([] { ++ended; });
  pthread_cancel(a.native_handle());
  a.join();
}

TEST(Futex, IsRequeued) {
  std::atomic<int> from = 0;
  std::atomic<int> to = 0;
  std::thread a([&] { ++from; });
  syscall(SYS_futex, &from, FUTEX_REQUEUE_PRIVATE, 1, 1, &to, 0);
  a.join();
}

TEST(Pipe, IsReadByWhoKeepsTheOthersWaiting) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  std::thread a([&] { EXPECT_EQ(write(ends[1], "x", 1), 1); });
  char text = 0;
  EXPECT_EQ(read(ends[0], &text, 1), 1);
  a.join();
}

TEST(Loop, ChangesWhatIsItsOwn) {
  std::thread a([] {
    volatile int turns = 0;
    for (;;) turns = turns + 1;
  });
  ++ended;
  a.join();
}

TEST(Loop, HasStepsForEver) {
  std::atomic<int> steps = 0;
  std::thread a([&] {
    for (;;) ++steps;
  });
  ++steps;
  a.join();
}

// NOLINTNEXTLINE(misc-no-recursion): it is what this is about.
int descend(int depth) {
  volatile char room[4096] = {};
  room[0] = static_cast<char>(depth);
  return depth < 0 ? 0 : descend(depth + 1) + room[0];
}

TEST(Stack, IsFull) {
  std::thread a([] { ended = descend(0); });
  ++ended;
  a.join();
}

TEST(Clock, OfTheProcessorIsNotTheSameTwice) {
  std::atomic<int> number = 0;
  std::thread a([&] {
    if (__builtin_ia32_rdtsc() * 0x9E3779B97F4A7C15U >> 63 != 0) ++number;
    ++number;
  });
  ++number;
  a.join();
}

// Its function knows where the part is, and calls nobody with the address.
TEST(Local, HasAPartThatTwoUnitsWrite) {
  Account account;
  std::thread a([&] { account.balance = 1; });
  account.balance = 2;
  a.join();
}

TEST(Memory, OfTheCLibraryIsUsedAfterItWasFreed) {
  char* const text = strdup("text");
  std::thread a([text] { std::free(text); });
  EXPECT_EQ(text[0], 't');
  a.join();
}

TEST(Memory, IsUsedAfterItWasUnmapped) {
  void* const page =
      mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  auto* const number = static_cast<int*>(page);
  std::thread a([&] { *number = 1; });
  munmap(page, 4096);
  a.join();
}

TEST(SharedPointer, LosesAnUpdateBetweenAtomicAccesses) {
  auto shared = std::make_shared<int>(0);
  const auto add = [&] {
    const auto seen = std::atomic_load(&shared);
    std::atomic_store(&shared, std::make_shared<int>(*seen + 1));
  };
  std::thread a(add);
  std::thread b(add);
  a.join();
  b.join();
  EXPECT_EQ(*shared, 2);
}

}  // namespace
