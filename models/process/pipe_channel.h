/// A channel between processes: a pipe that carries messages of any size, each with its length.
///
/// A small message is one write and one read, and takes no lock to be sent: what is no longer than
/// PIPE_BUF goes into a pipe whole (pipe(7)). Of a large one only the length goes that way; its
/// bytes follow in parts through a second pipe, and a lock in shared memory keeps the parts of two
/// senders apart. If a process dies while it holds a lock, the message is torn: the next who would
/// send or receive a large one gets std::system_error with EOWNERDEAD.
#pragma once

#include <pthread.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "models/channel.h"
#include "models/shared_mapping.h"

namespace assay {

class PipeChannel : public Channel {
 public:
  /// In shared memory. What a receiver read beyond its own message waits there for the next one, so
  /// that a small message costs one read. Zero bytes are what `make` starts from.
  struct Shared {
    pthread_mutex_t sending;
    pthread_mutex_t receiving;
    std::atomic<std::uint32_t> first;  ///< What is in the buffer: from here
    std::atomic<std::uint32_t> last;   ///< to here. Changed by who holds `receiving`.
    std::array<std::byte, 8'192> buffer;
  };

  /// The ends of a pipe, as pipe(2) gives them.
  struct Pipe {
    int reading;
    int writing;
  };
  struct Ends {
    Pipe messages;  ///< Small messages, and the lengths of large ones.
    Pipe bytes;     ///< Of large messages.
  };

  /// Throws std::system_error when descriptors are refused.
  PipeChannel();
  /// Makes a channel with a `Shared` in zeroed shared memory of the caller's, so that fresh images
  /// can be given it. Throws as above.
  explicit PipeChannel(std::byte* shared);
  /// The channel that another process made, by the same shared memory and its inherited
  /// descriptors, which it takes over.
  PipeChannel(std::byte* shared, const Ends& ends);
  ~PipeChannel() override;

  [[nodiscard]] const Ends& ends() const { return ends_; }

  void send(std::span<const std::byte> message) override;
  bool try_receive(Message& message) override;
  bool receive_blocking(Message& message) override;

  /// True when a receiver would not wait for the first byte of a message.
  [[nodiscard]] bool has_bytes() const;

 private:
  void make(std::byte* shared);
  void send_large(std::span<const std::byte> message);
  /// Fills `bytes` from the buffer and the pipe of messages, waiting for them.
  void take(std::span<std::byte> bytes);
  /// Fills `bytes` from the pipe of bytes, as long as their sender lives.
  void take_large(std::span<std::byte> bytes);

  std::optional<SharedMapping> memory_;
  Shared* shared_ = nullptr;
  Ends ends_{{-1, -1}, {-1, -1}};
};

}  // namespace assay
