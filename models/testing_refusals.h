/// For tests: refuses the Nth system call of a kind to a whole tree of processes.
///
/// A seccomp filter hands each call of the kind over to the test, which counts it and lets it go on
/// or answers it with an error. So every caller is reached: those inside of libc, threads, and
/// children of children. Source: seccomp_unotify(2).
///
/// Hazard: the calls are counted in the order in which they come; between tasks that run at once it
/// is not the same in every run.
#pragma once

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <vector>

namespace assay {

/// A kind of system call, and the error by which a machine at its limit refuses it.
struct CallKind {
  const char* name;
  std::vector<long> numbers;
  int error;
};

/// What became of the calls.
struct Refusals {
  std::uint64_t calls = 0;  ///< Of the kind, while it was watched.
  bool refused = false;     ///< One of them was.
  int status = 0;           ///< Of the child, as of waitpid(2).
  bool watched = false;     ///< False where this kernel has no such filter.
  bool gave_up = false;     ///< The child did not end within a minute, and was removed.
};

namespace internal {

/// The calls of the kind go to the listener, all others to the kernel.
inline int install_listener(const CallKind& kind) {
  std::vector<sock_filter> code{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
  };
  for (const long number : kind.numbers) {
    code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), 0, 1));
    code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF));
  }
  code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  return static_cast<int>(
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
}

inline void send_fd(int socket, int fd) {
  char byte = fd >= 0 ? 1 : 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &fd, sizeof(fd));
  }
  static_cast<void>(sendmsg(socket, &message, 0));
}

inline int receive_fd(int socket) {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1 || byte == 0) return -1;
  int fd = -1;
  if (const cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr) {
    std::memcpy(&fd, CMSG_DATA(header), sizeof(fd));
  }
  return fd;
}

/// Answers one call, if there is one.
inline void answer(int listener, const CallKind& kind, std::uint64_t refused, Refusals& result) {
  seccomp_notif call{};
  if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) return;
  seccomp_notif_resp reply{};
  reply.id = call.id;
  if (result.calls++ == refused) {
    result.refused = true;
    reply.error = -kind.error;
  } else {
    reply.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  }
  static_cast<void>(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply));
}

}  // namespace internal

/// Runs `work` in a child, in which and below which call number `refused` (from 0) of the kind is
/// refused. `work` returns the child's exit status.
inline Refusals with_refusal(const CallKind& kind, std::uint64_t refused,
                             const std::function<int()>& work) {
  Refusals result;
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return result;
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    const int listener = internal::install_listener(kind);
    internal::send_fd(ends[1], listener);
    close(ends[1]);
    close(listener);
    _exit(listener < 0 ? 0 : work());
  }
  close(ends[1]);
  const int listener = internal::receive_fd(ends[0]);
  close(ends[0]);
  result.watched = listener >= 0;
  // A listener hangs up when the last task that it listens to has ended.
  for (pollfd wait{listener, POLLIN, 0}; result.watched;) {
    const int events = poll(&wait, 1, 60'000);
    if (events < 0 && errno == EINTR) continue;
    if (events == 0) {
      result.gave_up = true;
      kill(child, SIGKILL);
    }
    if (events <= 0 || (wait.revents & POLLIN) == 0) break;
    internal::answer(listener, kind, refused, result);
  }
  if (listener >= 0) close(listener);
  while (waitpid(child, &result.status, 0) < 0 && errno == EINTR) {
  }
  return result;
}

}  // namespace assay
