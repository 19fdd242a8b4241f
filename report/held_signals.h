/// SIGINT and SIGTERM as something to wait for, so that a run ends in order.
#pragma once

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace assay {

/// Holds SIGINT and SIGTERM back, to be read from a descriptor.
class HeldSignals {
 public:
  HeldSignals() {
    sigset_t held;
    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    sigprocmask(SIG_BLOCK, &held, &before_);
    fd_ = signalfd(-1, &held, SFD_NONBLOCK | SFD_CLOEXEC);
  }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  ~HeldSignals() {
    static_cast<void>(take());
    close(fd_);
    sigprocmask(SIG_SETMASK, &before_, nullptr);
  }

  [[nodiscard]] int fd() const { return fd_; }

  /// The number of a signal that arrived, or 0.
  [[nodiscard]] int take() const {
    signalfd_siginfo info{};
    return ::read(fd_, &info, sizeof(info)) == sizeof(info) ? static_cast<int>(info.ssi_signo) : 0;
  }

 private:
  sigset_t before_{};
  int fd_;
};

}  // namespace assay
