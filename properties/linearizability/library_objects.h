/// Containers that others wrote, as objects whose histories can be checked: moodycamel's
/// ConcurrentQueue, boost::lockfree's stack and queue, oneTBB's concurrent_queue and
/// concurrent_hash_map. Their headers are included here, so that a test with a patched header
/// before them on its include path checks the patched one.
///
/// Hazard: compile it into one file of a program only, and never patched and unpatched together.
#pragma once

#include <concurrentqueue/concurrentqueue.h>
#include <oneapi/tbb/concurrent_hash_map.h>
#include <oneapi/tbb/concurrent_queue.h>

#include <boost/lockfree/queue.hpp>
#include <boost/lockfree/stack.hpp>
#include <cstdint>

#include "properties/linearizability/threads.h"

namespace assay::linearizability {

inline bool puts(const Call& call) {
  return static_cast<ContainerMethod>(call.method) == ContainerMethod::kPut;
}

class MoodycamelQueue final : public ConcurrentObject {
 public:
  std::int64_t call(std::size_t, const Call& call) override {
    if (puts(call)) return queue_.enqueue(call.value) ? 0 : kNothing;
    std::int64_t value = 0;
    return queue_.try_dequeue(value) ? value : kNothing;
  }

 private:
  moodycamel::ConcurrentQueue<std::int64_t> queue_;
};

/// boost::lockfree::stack and queue.
template <typename Container>
class LockfreeContainer final : public ConcurrentObject {
 public:
  std::int64_t call(std::size_t, const Call& call) override {
    if (puts(call)) return container_.push(call.value) ? 0 : kNothing;
    std::int64_t value = 0;
    return container_.pop(value) ? value : kNothing;
  }

 private:
  Container container_{32};
};
using LockfreeStack = LockfreeContainer<boost::lockfree::stack<std::int64_t>>;
using LockfreeQueue = LockfreeContainer<boost::lockfree::queue<std::int64_t>>;

class TbbQueue final : public ConcurrentObject {
 public:
  std::int64_t call(std::size_t, const Call& call) override {
    if (puts(call)) {
      queue_.push(call.value);
      return 0;
    }
    std::int64_t value = 0;
    return queue_.try_pop(value) ? value : kNothing;
  }

 private:
  tbb::concurrent_queue<std::int64_t> queue_;
};

class TbbHashMap final : public ConcurrentObject {
 public:
  std::int64_t call(std::size_t, const Call& call) override {
    switch (static_cast<MapMethod>(call.method)) {
      case MapMethod::kInsert:
        return map_.insert({call.key, call.value}) ? 1 : 0;
      case MapMethod::kFind: {
        Map::const_accessor found;
        return map_.find(found, call.key) ? found->second : kNothing;
      }
      case MapMethod::kErase:
        return map_.erase(call.key) ? 1 : 0;
    }
    return kNothing;
  }

 private:
  using Map = tbb::concurrent_hash_map<std::int64_t, std::int64_t>;
  Map map_;
};

}  // namespace assay::linearizability
