#include "models/channel.h"

#include <utility>

namespace assay {

bool Channel::receive_blocking(Message& message) {
  (void)message;
  return false;
}

void QueueChannel::send(std::span<const std::byte> message) {
  Message copy(message.begin(), message.end());
  const std::lock_guard hold(mutex_);
  queue_.push_back(std::move(copy));
}

bool QueueChannel::try_receive(Message& message) {
  const std::lock_guard hold(mutex_);
  if (queue_.empty()) return false;
  message = std::move(queue_.front());
  queue_.pop_front();
  return true;
}

}  // namespace assay
