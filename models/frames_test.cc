// What is on the way of every coroutine: the pool of frames, the ready queue, and large arrays.
#include <gtest/gtest.h>

#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <limits>
#include <new>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "models/frame_pool.h"
#include "models/large_pages.h"
#include "models/ready_queue.h"

namespace assay {
namespace {

/// Numbers in the place of coroutines: the queue does not look at them.
std::coroutine_handle<> handle(std::uintptr_t number) {
  return std::coroutine_handle<>::from_address(reinterpret_cast<void*>(number));
}
std::uintptr_t number(std::coroutine_handle<> handle) {
  return reinterpret_cast<std::uintptr_t>(handle.address());
}

TEST(ReadyQueue, GivesWhatCameFirst) {
  ReadyQueue queue;
  std::mt19937_64 random(1);
  std::uintptr_t pushed = 0;
  std::uintptr_t taken = 0;
  // It grows and shrinks at random, across several sizes of its ring.
  for (int i = 0; i < 20'000; ++i) {
    if (random() % 8 < (i < 10'000 ? 5U : 3U)) {
      queue.push(handle(++pushed));
    } else if (!queue.empty()) {
      ASSERT_EQ(number(queue.take()), ++taken);
    }
    ASSERT_EQ(queue.size(), pushed - taken);
  }
  EXPECT_GT(pushed, 1'000U);
  EXPECT_EQ(queue.taken(), taken);
}

TEST(ReadyQueue, ASwitchFitsIntoAFullRing) {
  // As many as fit before the ring grows: the switch puts one more in before it takes one out.
  for (std::uintptr_t waiting = 1; waiting < 200; ++waiting) {
    ReadyQueue queue;
    for (std::uintptr_t i = 1; i <= waiting; ++i) queue.push(handle(i));
    queue.take();  // Unit 1 runs, and others are pushed by it.
    queue.push(handle(waiting + 1));
    static_cast<void>(queue.push_and_take(handle(1)));
    queue.push(handle(waiting + 2));
    std::set<std::uintptr_t> left;
    while (!queue.empty()) left.insert(number(queue.take()));
    const std::size_t transferred = kSymmetricTransfer ? 1 : 0;
    EXPECT_EQ(left.size(), waiting + 2 - transferred) << waiting << " waiting";
    EXPECT_EQ(left.count(1), 1U);
  }
}

TEST(FramePool, FramesDoNotOverlap) {
  FramePool pool;
  std::mt19937_64 random(2);
  struct Frame {
    std::byte* at;
    std::size_t bytes;
    std::byte mark;
  };
  std::vector<Frame> frames;
  for (int i = 0; i < 5'000; ++i) {
    if (frames.empty() || random() % 3 != 0) {
      const std::size_t bytes = 8 + random() % (FramePool::kLargest - 7);
      auto* at = static_cast<std::byte*>(pool.allocate(bytes));
      ASSERT_EQ(reinterpret_cast<std::uintptr_t>(at) % FramePool::kStep, 0U);
      frames.push_back({at, bytes, static_cast<std::byte>(i)});
      std::fill_n(at, bytes, frames.back().mark);
    } else {
      const Frame frame = frames.back();
      frames.pop_back();
      for (std::size_t b = 0; b < frame.bytes; ++b) ASSERT_EQ(frame.at[b], frame.mark);
      pool.release(frame.at, frame.bytes);
    }
  }
}

TEST(FramePool, FramesOfSmallAndOfLargeChunksDoNotOverlap) {
  constexpr std::size_t kBytes = 1'000;
  constexpr std::size_t kFrames = 20'000;  // 20 MB: the first 8 MiB are cut from small chunks.
  FramePool pool;
  std::vector<std::byte*> frames;
  for (std::size_t i = 0; i < kFrames; ++i) {
    frames.push_back(static_cast<std::byte*>(pool.allocate(kBytes)));
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(frames.back()) % FramePool::kStep, 0U);
    std::fill_n(frames.back(), kBytes, static_cast<std::byte>(i % 251));
  }
  for (std::size_t i = 0; i < kFrames; ++i) {
    ASSERT_EQ(std::count(frames[i], frames[i] + kBytes, static_cast<std::byte>(i % 251)), kBytes)
        << "frame " << i;
  }
}

TEST(FramePool, AReleasedFrameServesAgain) {
  FramePool pool;
  void* first = pool.allocate(100);
  pool.release(first, 100);
  EXPECT_EQ(pool.allocate(112), first) << "100 and 112 bytes are of one list";
  EXPECT_NE(pool.allocate(112), first);
}

TEST(FramePool, AFrameMayBeReleasedByAnotherThread) {
  constexpr std::size_t kBytes = 64;
  std::vector<void*> frames;
  for (int i = 0; i < 1'000; ++i) frames.push_back(allocate_frame(kBytes));
  std::thread([&] {
    for (void* frame : frames) release_frame(frame, kBytes);
    std::set<void*> again;
    for (int i = 0; i < 1'000; ++i) again.insert(allocate_frame(kBytes));
    EXPECT_EQ(again.size(), 1'000U);
    for (void* frame : again) release_frame(frame, kBytes);
  }).join();
}

TEST(FramePool, AThreadThatEndedLeavesItsFrames) {
  if (!kPoolsFrames) GTEST_SKIP() << "a sanitizer looks after every frame";
  void* frame = nullptr;
  const auto use_one = [&] {
    frame = allocate_frame(48);
    release_frame(frame, 48);
  };
  std::thread(use_one).join();
  void* const first = frame;
  for (int i = 0; i < 10; ++i) {
    std::thread(use_one).join();
    EXPECT_EQ(frame, first) << "thread " << i << " mapped a chunk of its own";
  }
}

TEST(FramePool, LargeFramesAreServedToo) {
  for (const std::size_t bytes :
       {FramePool::kLargest, FramePool::kLargest + 1, std::size_t{1} << 20}) {
    void* frame = allocate_frame(bytes);
    ASSERT_NE(frame, nullptr);
    release_frame(frame, bytes);
  }
}

/// Pages of this process that are in memory, in bytes.
std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  statm >> size >> resident;
  return resident * 4096;
}

TEST(LargePages, AnArrayKeepsItsEntriesAsItGrows) {
  std::vector<std::size_t, LargePages<std::size_t>> numbers;
  constexpr std::size_t kCount =
      3'000'000;  // 24 MB; the vector passes every size below on its way.
  for (std::size_t i = 0; i < kCount; ++i) numbers.push_back(i);
  for (std::size_t i = 0; i < kCount; ++i) ASSERT_EQ(numbers[i], i);
}

TEST(LargePages, WhatIsNotTouchedTakesNoMemory) {
  const std::size_t before = resident_bytes();
  constexpr std::size_t kBytes = std::size_t{64} << 20;
  std::vector<std::byte, LargePages<std::byte>> bytes(kBytes);
  bytes.front() = std::byte{1};
  bytes.back() = std::byte{1};
  EXPECT_LT(resident_bytes() - before, kBytes / 8);
}

TEST(LargePages, MemoryIsGivenBack) {
  if (!kPoolsFrames) GTEST_SKIP() << "a sanitizer keeps for a while what was released";
  using Numbers = std::vector<std::size_t, LargePages<std::size_t>>;
  const std::size_t before = resident_bytes();
  for (int i = 0; i < 20; ++i) Numbers(std::size_t{2} << 20, 1);  // 16 MiB each.
  EXPECT_LT(resident_bytes(), before + (std::size_t{64} << 20));
}

TEST(LargePages, TooManyEntriesAreRefused) {
  LargePages<std::size_t> allocator;
  EXPECT_THROW(allocator.allocate(std::numeric_limits<std::size_t>::max() / 4),
               std::bad_array_new_length);
  if (!kPoolsFrames) return;  // A sanitizer ends the program when memory is refused.
  EXPECT_THROW(allocator.allocate(std::numeric_limits<std::size_t>::max() / 16), std::bad_alloc);
}

}  // namespace
}  // namespace assay
