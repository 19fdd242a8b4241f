/// Channels: messages between units, exactly once and in order for each sender.
///
/// A runtime makes its own kind (BodyRuntime::make_channel): a pipe between processes, a queue with
/// a condition variable between threads. `QueueChannel` serves any runtime whose units share
/// memory.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <span>
#include <vector>

namespace assay {

using Message = std::vector<std::byte>;

class Channel {
 public:
  Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  virtual ~Channel() = default;

  /// Sends one message of any size, 0 included. May block the calling kernel task only if units
  /// block. Throws std::system_error when the channel broke.
  virtual void send(std::span<const std::byte> message) = 0;

  /// Takes the oldest message; false when there is none just now.
  virtual bool try_receive(Message& message) = 0;

  /// Blocks the calling kernel task until a message came and returns true; false where this channel
  /// has no such wait, so that the caller tries and yields.
  virtual bool receive_blocking(Message& message);
};

/// A queue in memory. Safe for units on several threads; holds its mutex for a move only.
class QueueChannel : public Channel {
 public:
  void send(std::span<const std::byte> message) override;
  bool try_receive(Message& message) override;

 private:
  std::mutex mutex_;
  std::deque<Message> queue_;
};

/// A queue whose receiver waits on a condition variable: for units that may block a thread.
class WaitingChannel : public Channel {
 public:
  void send(std::span<const std::byte> message) override;
  bool try_receive(Message& message) override;
  bool receive_blocking(Message& message) override;

 private:
  void take(Message& message);

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Message> queue_;
};

}  // namespace assay
