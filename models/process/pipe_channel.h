/// A channel between processes: a pipe that carries messages of any size, each with its length.
///
/// Messages larger than a pipe are written and read in parts; a lock in shared memory keeps the
/// parts of two senders apart. If a process dies while it holds the lock, the message is torn: the
/// next user of the channel gets std::system_error with EOWNERDEAD.
#pragma once

#include <pthread.h>

#include "models/channel.h"
#include "models/shared_mapping.h"

namespace assay {

class PipeChannel : public Channel {
 public:
  /// Throws std::system_error when descriptors are refused.
  PipeChannel();
  ~PipeChannel() override;

  void send(std::span<const std::byte> message) override;
  bool try_receive(Message& message) override;
  bool receive_blocking(Message& message) override;

 private:
  struct Locks {
    pthread_mutex_t sending;
    pthread_mutex_t receiving;
  };

  SharedMapping memory_;
  Locks* locks_;
  int read_end_ = -1;
  int write_end_ = -1;
};

}  // namespace assay
