#include "models/process/pipe_channel.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace assay {
namespace {

[[noreturn]] void fail(int error, const char* what) {
  throw std::system_error(error, std::generic_category(), what);
}

void make_lock(pthread_mutex_t& lock) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&lock, &attributes);
  pthread_mutexattr_destroy(&attributes);
}

class Hold {
 public:
  explicit Hold(pthread_mutex_t& lock) : lock_(&lock) {
    if (const int error = pthread_mutex_lock(lock_); error != 0) {
      if (error == EOWNERDEAD) pthread_mutex_unlock(lock_);
      fail(error, "a process died while it used the channel");
    }
  }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  ~Hold() { pthread_mutex_unlock(lock_); }

 private:
  pthread_mutex_t* lock_;
};

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
    : shared_(reinterpret_cast<Shared*>(shared)),
      read_end_(ends.reading),
      write_end_(ends.writing) {}

void PipeChannel::make(std::byte* shared) {
  shared_ = reinterpret_cast<Shared*>(shared);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    fail(errno, "cannot make a channel; raise the limit of descriptors with `ulimit -n`");
  }
  read_end_ = ends[0];
  write_end_ = ends[1];
  make_lock(shared_->sending);
  make_lock(shared_->receiving);
}

PipeChannel::~PipeChannel() {
  close(read_end_);
  close(write_end_);
}

void PipeChannel::send(std::span<const std::byte> message) {
  const auto size = static_cast<std::uint64_t>(message.size());
  std::array<std::byte, 512> small;
  Message large;
  std::span<std::byte> framed(small);
  if (sizeof(size) + message.size() > small.size()) {
    large.resize(sizeof(size) + message.size());
    framed = large;
  }
  framed = framed.first(sizeof(size) + message.size());
  std::copy_n(reinterpret_cast<const std::byte*>(&size), sizeof(size), framed.begin());
  std::copy(message.begin(), message.end(), framed.begin() + sizeof(size));
  const Hold hold(shared_->sending);
  write_all(write_end_, framed);
}

void PipeChannel::take(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const std::uint32_t first = shared_->first;
    const std::size_t ready = std::min<std::size_t>(bytes.size(), shared_->last - first);
    if (ready > 0) {
      std::copy_n(shared_->buffer.begin() + first, ready, bytes.begin());
      shared_->first = first + static_cast<std::uint32_t>(ready);
      bytes = bytes.subspan(ready);
    } else if (bytes.size() >= shared_->buffer.size()) {
      bytes = bytes.subspan(read_some(read_end_, bytes));
    } else {
      const std::size_t got = read_some(read_end_, shared_->buffer);
      shared_->first = 0;
      shared_->last = static_cast<std::uint32_t>(got);
    }
  }
}

bool PipeChannel::receive_blocking(Message& message) {
  const Hold hold(shared_->receiving);
  std::uint64_t size = 0;
  take(std::as_writable_bytes(std::span(&size, 1)));
  message.resize(size);
  take(message);
  return true;
}

bool PipeChannel::has_bytes() const {
  if (shared_->first != shared_->last) return true;
  pollfd wait{read_end_, POLLIN, 0};
  return poll(&wait, 1, 0) > 0;
}

bool PipeChannel::try_receive(Message& message) { return has_bytes() && receive_blocking(message); }

}  // namespace assay
