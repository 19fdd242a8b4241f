// Loops that wait for another thread, as people write them: explored to the end, without a fault.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>

namespace {

using std::chrono_literals::operator""ms;

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

}  // namespace
