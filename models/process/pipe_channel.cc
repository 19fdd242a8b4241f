#include "models/process/pipe_channel.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstring>
#include <system_error>

namespace assay {
namespace {

[[noreturn]] void fail(int error, const char* what) {
  throw std::system_error(error, std::generic_category(), what);
}

/// What goes before a message.
using Length = std::uint64_t;
/// Set in the length of a message whose bytes come through the second pipe.
constexpr Length kLarge = Length{1} << 63;

void close_ends(const PipeChannel::Ends& ends) {
  for (const PipeChannel::Pipe& pipe : {ends.messages, ends.bytes}) {
    if (pipe.reading >= 0) close(pipe.reading);
    if (pipe.writing >= 0) close(pipe.writing);
  }
}

void make_lock(pthread_mutex_t& lock) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&lock, &attributes);
  pthread_mutexattr_destroy(&attributes);
}

/// Says that a lock could not be had. A lock whose owner died is given up for good: the next who
/// tries gets ENOTRECOVERABLE.
void expect_had(pthread_mutex_t& lock, int error) {
  if (error == 0) return;
  if (error == EOWNERDEAD) pthread_mutex_unlock(&lock);
  fail(error == ENOTRECOVERABLE ? EOWNERDEAD : error, "a process died while it used the channel");
}

class Hold {
 public:
  explicit Hold(pthread_mutex_t& lock) : lock_(&lock) {
    expect_had(lock, pthread_mutex_lock(lock_));
  }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  ~Hold() { pthread_mutex_unlock(lock_); }

 private:
  pthread_mutex_t* lock_;
};

/// Throws when the owner of the lock died.
void expect_living_owner(pthread_mutex_t& lock) {
  const int error = pthread_mutex_trylock(&lock);
  if (error == EBUSY) return;
  expect_had(lock, error);
  pthread_mutex_unlock(&lock);
}

void write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) fail(errno, "write to a channel");
    if (written > 0) bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

/// At least one byte.
std::size_t read_some(int fd, std::span<std::byte> bytes) {
  for (;;) {
    const ssize_t got = read(fd, bytes.data(), bytes.size());
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) fail(EPIPE, "read from a channel that every sender closed");
    if (errno != EINTR) fail(errno, "read from a channel");
  }
}

}  // namespace

PipeChannel::PipeChannel() {
  memory_.emplace(sizeof(Shared));
  make(memory_->data());
}

PipeChannel::PipeChannel(std::byte* shared) { make(shared); }

PipeChannel::PipeChannel(std::byte* shared, const Ends& ends)
    : shared_(reinterpret_cast<Shared*>(shared)), ends_(ends) {}

void PipeChannel::make(std::byte* shared) {
  shared_ = reinterpret_cast<Shared*>(shared);
  for (Pipe* pipe : {&ends_.messages, &ends_.bytes}) {
    std::array<int, 2> made{};
    if (pipe2(made.data(), O_CLOEXEC) != 0) {
      const int error = errno;
      close_ends(ends_);
      fail(error, "cannot make a channel; raise the limit of descriptors with `ulimit -n`");
    }
    *pipe = {made[0], made[1]};
  }
  make_lock(shared_->sending);
  make_lock(shared_->receiving);
}

PipeChannel::~PipeChannel() { close_ends(ends_); }

void PipeChannel::send(std::span<const std::byte> message) {
  std::array<std::byte, PIPE_BUF> framed;  // Not zeroed: only what is written is read.
  const Length length = message.size();
  if (sizeof(length) + message.size() > framed.size()) return send_large(message);
  std::memcpy(framed.data(), &length, sizeof(length));
  std::copy(message.begin(), message.end(), framed.begin() + sizeof(length));
  write_all(ends_.messages.writing, std::span(framed).first(sizeof(length) + message.size()));
}

void PipeChannel::send_large(std::span<const std::byte> message) {
  const Length length = message.size() | kLarge;
  const Hold hold(shared_->sending);
  write_all(ends_.messages.writing, std::as_bytes(std::span(&length, 1)));
  write_all(ends_.bytes.writing, message);
}

void PipeChannel::take(std::span<std::byte> bytes) {
  // Both change under the lock alone.
  constexpr auto kRelaxed = std::memory_order_relaxed;
  std::uint32_t first = shared_->first.load(kRelaxed);
  std::uint32_t last = shared_->last.load(kRelaxed);
  while (!bytes.empty()) {
    if (first == last) {
      first = 0;
      last = static_cast<std::uint32_t>(read_some(ends_.messages.reading, shared_->buffer));
      shared_->last.store(last, kRelaxed);
    }
    const std::size_t ready = std::min<std::size_t>(bytes.size(), last - first);
    std::memcpy(bytes.data(), shared_->buffer.data() + first, ready);
    first += static_cast<std::uint32_t>(ready);
    bytes = bytes.subspan(ready);
    shared_->first.store(first, kRelaxed);
  }
}

void PipeChannel::take_large(std::span<std::byte> bytes) {
  constexpr int kLookMs = 100;  // How often a receiver that waits looks after the sender.
  while (!bytes.empty()) {
    pollfd wait{ends_.bytes.reading, POLLIN, 0};
    if (poll(&wait, 1, kLookMs) > 0) {
      bytes = bytes.subspan(read_some(ends_.bytes.reading, bytes));
    } else {
      expect_living_owner(shared_->sending);
    }
  }
}

bool PipeChannel::receive_blocking(Message& message) {
  const Hold hold(shared_->receiving);
  Length length = 0;
  take(std::as_writable_bytes(std::span(&length, 1)));
  message.resize(length & ~kLarge);
  if ((length & kLarge) != 0) {
    take_large(message);
  } else {
    take(message);
  }
  return true;
}

bool PipeChannel::has_bytes() const {
  if (shared_->first != shared_->last) return true;
  pollfd wait{ends_.messages.reading, POLLIN, 0};
  return poll(&wait, 1, 0) > 0;
}

bool PipeChannel::try_receive(Message& message) { return has_bytes() && receive_blocking(message); }

}  // namespace assay
