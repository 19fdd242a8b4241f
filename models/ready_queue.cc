#include "models/ready_queue.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace assay {

void ReadyQueue::reserve(std::size_t handles) {
  constexpr std::size_t kSmallest = 64;
  // One slot stays free for the unit that runs.
  const std::size_t capacity = std::max(kSmallest, std::bit_ceil(handles + 1));
  if (capacity <= ring_.size()) return;
  std::vector<void*, LargePages<void*>> larger(capacity);
  for (std::size_t i = head_; i != tail_; ++i) larger[i & (capacity - 1)] = ring_[i & mask_];
  ring_ = std::move(larger);
  mask_ = capacity - 1;
}

}  // namespace assay
