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

void read_all(int fd, std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = read(fd, bytes.data(), bytes.size());
    if (got == 0) fail(EPIPE, "read from a channel that every sender closed");
    if (got < 0 && errno != EINTR) fail(errno, "read from a channel");
    if (got > 0) bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace

PipeChannel::PipeChannel() {
  memory_.emplace(sizeof(Locks));
  make(memory_->data());
}

PipeChannel::PipeChannel(std::byte* locks) { make(locks); }

PipeChannel::PipeChannel(std::byte* locks, const Ends& ends)
    : locks_(reinterpret_cast<Locks*>(locks)), read_end_(ends.reading), write_end_(ends.writing) {}

void PipeChannel::make(std::byte* locks) {
  static_assert(sizeof(Locks) == kLockBytes);
  locks_ = reinterpret_cast<Locks*>(locks);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    fail(errno, "cannot make a channel; raise the limit of descriptors with `ulimit -n`");
  }
  read_end_ = ends[0];
  write_end_ = ends[1];
  make_lock(locks_->sending);
  make_lock(locks_->receiving);
}

PipeChannel::~PipeChannel() {
  close(read_end_);
  close(write_end_);
}

void PipeChannel::send(std::span<const std::byte> message) {
  const auto size = static_cast<std::uint64_t>(message.size());
  Message framed(sizeof(size) + message.size());
  std::copy_n(reinterpret_cast<const std::byte*>(&size), sizeof(size), framed.begin());
  std::copy(message.begin(), message.end(), framed.begin() + sizeof(size));
  const Hold hold(locks_->sending);
  write_all(write_end_, framed);
}

bool PipeChannel::receive_blocking(Message& message) {
  const Hold hold(locks_->receiving);
  std::uint64_t size = 0;
  read_all(read_end_, std::as_writable_bytes(std::span(&size, 1)));
  message.resize(size);
  read_all(read_end_, message);
  return true;
}

bool PipeChannel::has_bytes() const {
  pollfd wait{read_end_, POLLIN, 0};
  return poll(&wait, 1, 0) > 0;
}

bool PipeChannel::try_receive(Message& message) { return has_bytes() && receive_blocking(message); }

}  // namespace assay
