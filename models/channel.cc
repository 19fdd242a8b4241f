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

void WaitingChannel::send(std::span<const std::byte> message) {
  Message copy(message.begin(), message.end());
  {
    const std::lock_guard hold(mutex_);
    queue_.push_back(std::move(copy));
  }
  arrived_.notify_one();
}

bool WaitingChannel::try_receive(Message& message) {
  const std::lock_guard hold(mutex_);
  if (queue_.empty()) return false;
  take(message);
  return true;
}

bool WaitingChannel::receive_blocking(Message& message) {
  std::unique_lock hold(mutex_);
  arrived_.wait(hold, [this] { return !queue_.empty(); });
  take(message);
  return true;
}

void WaitingChannel::take(Message& message) {
  message = std::move(queue_.front());
  queue_.pop_front();
}

}  // namespace assay
