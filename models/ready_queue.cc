#include "models/ready_queue.h"

#include <algorithm>

namespace assay {

void ReadyQueue::grow() {
  constexpr std::size_t kSmallest = 64;
  const std::size_t capacity = ring_ ? 2 * (mask_ + 1) : kSmallest;
  auto larger = std::make_unique<void*[]>(capacity);
  for (std::size_t i = head_; i != tail_; ++i) larger[i & (capacity - 1)] = ring_[i & mask_];
  ring_ = std::move(larger);
  mask_ = capacity - 1;
}

}  // namespace assay
