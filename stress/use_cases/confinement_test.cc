#include "stress/use_cases/confinement.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

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

constexpr int kRefused = 100;  // And more: the error with which something was refused here.

[[noreturn]] void be_confined() {
  const Confined done = confine({});
  if (!done.ok()) _exit(kRefused + done.error);
  if (open("/dev/null", O_RDONLY) >= 0 || errno != kRefusedByFilter) _exit(1);
  if ((geteuid() == 0) != done.stays_root) _exit(2);
  syscall(SYS_socket, 2, 1, 0);
  _exit(3);
}

void expect_killed_by_the_filter(pid_t child) {
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) > kRefused) {
    GTEST_SKIP() << "it is refused here: " << strerror(WEXITSTATUS(status) - kRefused);
  }
  ASSERT_TRUE(WIFSIGNALED(status)) << "exit status " << WEXITSTATUS(status);
  EXPECT_EQ(WTERMSIG(status), SIGSYS);
}

TEST(Confinement, AConfinedTaskOpensNothingAndDiesAtASocket) {
  const pid_t child = fork();
  if (child == 0) be_confined();
  expect_killed_by_the_filter(child);
}

bool write_text(const char* path, const std::string& text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool whole = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int error = errno;
  close(fd);
  errno = error;
  return whole;
}

/// User 0 of a user namespace that maps no other, as in a sandbox of Bazel's.
void be_the_only_user() {
  const std::string user = "0 " + std::to_string(geteuid()) + " 1\n";
  const std::string group = "0 " + std::to_string(getegid()) + " 1\n";
  if (unshare(CLONE_NEWUSER) != 0 || !write_text("/proc/self/uid_map", user) ||
      !write_text("/proc/self/setgroups", "deny") || !write_text("/proc/self/gid_map", group)) {
    _exit(kRefused + errno);
  }
}

TEST(Confinement, WhereNoOtherUserIsMappedItDiesAtASocketTheSame) {
  const pid_t child = fork();
  if (child == 0) {
    be_the_only_user();
    be_confined();
  }
  expect_killed_by_the_filter(child);
}

/// "CapEff:" of a process, as /proc shows it.
std::string effective_capabilities(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string word; status >> word;) {
    if (word == "CapEff:" && status >> word) return word;
  }
  return "none found";
}

TEST(Confinement, WhereNoOtherUserIsMappedRootHasNoCapability) {
  std::array<int, 2> ready{};
  std::array<int, 2> go{};
  ASSERT_EQ(pipe(ready.data()), 0);
  ASSERT_EQ(pipe(go.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    close(go[1]);
    be_the_only_user();
    const Confined done = confine({});
    char byte = done.stays_root ? 'r' : 'n';
    if (!done.ok() || ::write(ready[1], &byte, 1) != 1) _exit(kRefused + done.error);
    _exit(static_cast<int>(::read(go[0], &byte, 1)));
  }
  close(ready[1]);
  char kept = 0;
  const bool confined = ::read(ready[0], &kept, 1) == 1;
  const std::string capabilities = effective_capabilities(child);
  for (const int fd : {ready[0], go[0], go[1]}) close(fd);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (!confined) GTEST_SKIP() << "it is refused here: " << strerror(WEXITSTATUS(status) - kRefused);
  EXPECT_EQ(kept, 'r');
  EXPECT_EQ(capabilities, "0000000000000000");
}

}  // namespace
}  // namespace assay
