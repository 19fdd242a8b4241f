#include "stress/use_cases/confinement.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

namespace assay {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kNative = AUDIT_ARCH_X86_64;
constexpr std::uint32_t kForeign = AUDIT_ARCH_I386;
#else
constexpr std::uint32_t kNative = AUDIT_ARCH_AARCH64;
constexpr std::uint32_t kForeign = AUDIT_ARCH_ARM;
#endif

/// What the kernel does with a filter, for the instructions that this one has.
std::uint32_t evaluate(const std::vector<sock_filter>& filter, const seccomp_data& data) {
  std::uint32_t loaded = 0;
  for (std::size_t at = 0; at < filter.size(); ++at) {
    const sock_filter& step = filter[at];
    bool holds = false;
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&loaded, reinterpret_cast<const char*>(&data) + step.k, sizeof(loaded));
        continue;
      case BPF_RET | BPF_K:
        return step.k;
      case BPF_JMP | BPF_JA:
        at += step.k;
        continue;
      case BPF_JMP | BPF_JEQ | BPF_K:
        holds = loaded == step.k;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        holds = loaded >= step.k;
        break;
      case BPF_JMP | BPF_JSET | BPF_K:
        holds = (loaded & step.k) != 0;
        break;
      default:
        ADD_FAILURE() << "an instruction that the test does not know: " << step.code;
        return 0;
    }
    at += holds ? step.jt : step.jf;
  }
  ADD_FAILURE() << "the filter runs off its end";
  return 0;
}

std::uint32_t answer(long call, std::uint64_t third = 0, std::uint32_t arch = kNative) {
  seccomp_data data{};
  data.nr = static_cast<int>(call);
  data.arch = arch;
  data.args[2] = third;
  return evaluate(sandbox_filter(), data);
}

TEST(SandboxFilter, AllowsWhatAParserNeeds) {
  for (const long call : {SYS_read, SYS_write, SYS_exit_group, SYS_brk, SYS_futex, SYS_munmap}) {
    EXPECT_EQ(answer(call), SECCOMP_RET_ALLOW) << call;
  }
}

TEST(SandboxFilter, AnswersAttacksSoThatTheyCanBeReported) {
  for (const long call : {SYS_process_vm_writev, SYS_ptrace, SYS_kill, SYS_tgkill, SYS_openat,
                          SYS_pidfd_open, SYS_prctl, SYS_prlimit64}) {
    EXPECT_EQ(answer(call), SECCOMP_RET_ERRNO | kRefusedByFilter) << call;
  }
}

TEST(SandboxFilter, KillsForWhateverElse) {
  for (const long call : {SYS_socket, SYS_execve, SYS_clone, SYS_setresuid, SYS_mount, SYS_bpf,
                          SYS_setitimer, SYS_rt_sigaction, SYS_io_uring_setup}) {
    EXPECT_EQ(answer(call), SECCOMP_RET_KILL_PROCESS) << call;
  }
  int allowed = 0;
  for (long call = 0; call < 1'000; ++call) allowed += answer(call) == SECCOMP_RET_ALLOW ? 1 : 0;
  EXPECT_LT(allowed, 20);
}

TEST(SandboxFilter, MemoryMayNotBecomeExecutable) {
  for (const long call : {SYS_mmap, SYS_mprotect}) {
    EXPECT_EQ(answer(call, PROT_READ | PROT_WRITE), SECCOMP_RET_ALLOW);
    EXPECT_EQ(answer(call, PROT_READ | PROT_EXEC), SECCOMP_RET_KILL_PROCESS);
  }
}

TEST(SandboxFilter, ForeignInterfacesAreNoWayRound) {
  EXPECT_EQ(answer(SYS_read, 0, kForeign), SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(answer(SYS_read | 0x4000'0000), SECCOMP_RET_KILL_PROCESS);
}

TEST(Confinement, AConfinedTaskOpensNothingAndDiesAtASocket) {
  const pid_t child = fork();
  if (child == 0) {
    const Confined done = confine({});
    if (!done.ok()) _exit(100 + done.error);
    if (open("/dev/null", O_RDONLY) >= 0 || errno != kRefusedByFilter) _exit(1);
    if (geteuid() == 0) _exit(2);
    syscall(SYS_socket, 2, 1, 0);
    _exit(3);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) > 100) {
    GTEST_SKIP() << "confinement is refused here: " << strerror(WEXITSTATUS(status) - 100);
  }
  ASSERT_TRUE(WIFSIGNALED(status)) << "exit status " << WEXITSTATUS(status);
  EXPECT_EQ(WTERMSIG(status), SIGSYS);
}

}  // namespace
}  // namespace assay
