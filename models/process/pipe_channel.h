/// A channel between processes: a pipe that carries messages of any size, each with its length.
///
/// Messages larger than a pipe are written and read in parts; a lock in shared memory keeps the
/// parts of two senders apart. If a process dies while it holds the lock, the message is torn: the
/// next user of the channel gets std::system_error with EOWNERDEAD.
#pragma once

#include <pthread.h>

#include <optional>

#include "models/channel.h"
#include "models/shared_mapping.h"

namespace assay {

class PipeChannel : public Channel {
 public:
  static constexpr std::size_t kLockBytes = 2 * sizeof(pthread_mutex_t);

  struct Ends {
    int reading;
    int writing;
  };

  /// Throws std::system_error when descriptors are refused.
  PipeChannel();
  /// Makes a channel whose locks are in zeroed shared memory of the caller's, `kLockBytes` long,
  /// so that fresh images can be given them. Throws as above.
  explicit PipeChannel(std::byte* locks);
  /// The channel that another process made, by the same locks and its inherited descriptors, which
  /// it takes over.
  PipeChannel(std::byte* locks, const Ends& ends);
  ~PipeChannel() override;

  [[nodiscard]] Ends ends() const { return {read_end_, write_end_}; }

  void send(std::span<const std::byte> message) override;
  bool try_receive(Message& message) override;
  bool receive_blocking(Message& message) override;

  /// True when a receiver would not wait for the first byte of a message.
  [[nodiscard]] bool has_bytes() const;

 private:
  struct Locks {
    pthread_mutex_t sending;
    pthread_mutex_t receiving;
  };

  void make(std::byte* locks);

  std::optional<SharedMapping> memory_;
  Locks* locks_ = nullptr;
  int read_end_ = -1;
  int write_end_ = -1;
};

}  // namespace assay
