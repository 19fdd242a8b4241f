// Header-only libraries that nobody here wrote, with two units.
#include <concurrentqueue/concurrentqueue.h>
#include <gtest/gtest.h>

#include <thread>

namespace {

/// Small blocks, and an index that is small from the start: fewer steps.
// NOLINTBEGIN(readability-identifier-naming): names of the library.
struct Traits : moodycamel::ConcurrentQueueDefaultTraits {
  static const std::size_t BLOCK_SIZE = 2;
  static const std::size_t EXPLICIT_INITIAL_INDEX_SIZE = 2;
  static const std::size_t IMPLICIT_INITIAL_INDEX_SIZE = 2;
  static const std::size_t INITIAL_IMPLICIT_PRODUCER_HASH_SIZE = 2;
};
// NOLINTEND(readability-identifier-naming)
using Queue = moodycamel::ConcurrentQueue<int, Traits>;

TEST(ConcurrentQueue, HandsOverWhatWasPut) {
  Queue queue(4, 1, 0);
  const moodycamel::ProducerToken token(queue);
  std::thread producer([&] { queue.enqueue(token, 7); });
  int number = 0;
  const bool got = queue.try_dequeue(number);
  producer.join();
  EXPECT_EQ(number, got ? 7 : 0);
  EXPECT_EQ(queue.try_dequeue(number), !got);
  EXPECT_EQ(number, 7);
}

TEST(ConcurrentQueue, GivesEachElementToOneConsumer) {
  Queue queue(4, 1, 0);
  const moodycamel::ProducerToken token(queue);
  queue.enqueue(token, 1);
  int mine = 0;
  int other = 0;
  std::thread consumer([&] { queue.try_dequeue(other); });
  queue.try_dequeue(mine);
  consumer.join();
  EXPECT_EQ(mine + other, 1);
}

}  // namespace
