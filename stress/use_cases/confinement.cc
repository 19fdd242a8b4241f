#include "stress/use_cases/confinement.h"

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <initializer_list>

namespace assay {
namespace {

static_assert(kRefusedByFilter == EACCES);

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
/// Numbers from here on are those of the x32 interface, which would go round the list.
constexpr std::uint32_t kForeignNumbers = 0x4000'0000;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
constexpr std::uint32_t kForeignNumbers = 0x4000'0000;
#else
#error "the sandbox knows the system calls of x86-64 and of AArch64; add this architecture here"
#endif

/// What a parser needs that holds its input and its output.
constexpr std::array kAllowed{SYS_read,   SYS_write,         SYS_close,          SYS_futex,
                              SYS_brk,    SYS_munmap,        SYS_mremap,         SYS_madvise,
                              SYS_exit,   SYS_exit_group,    SYS_rt_sigreturn,   SYS_sched_yield,
                              SYS_gettid, SYS_clock_gettime, SYS_restart_syscall};

/// How a worker would attack. They are answered, so that each attempt can be reported.
constexpr std::array kRefused{
    SYS_process_vm_writev, SYS_process_vm_readv, SYS_ptrace, SYS_kill,  SYS_tkill,   SYS_tgkill,
    SYS_rt_sigqueueinfo,   SYS_pidfd_open,       SYS_openat, SYS_prctl, SYS_seccomp, SYS_prlimit64};

/// Allowed unless they make memory executable.
constexpr std::array kNotExecutable{SYS_mmap, SYS_mprotect};

using Filter = std::vector<sock_filter>;

void load(Filter& filter, std::size_t offset) {
  filter.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
}

void answer(Filter& filter, std::uint32_t action) {
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, action));
}

/// Goes on with the next instruction when the comparison holds, and skips `skipped` when not.
void unless_skip(Filter& filter, std::uint16_t comparison, long value, std::uint8_t skipped) {
  filter.push_back(BPF_JUMP(static_cast<std::uint16_t>(BPF_JMP | comparison | BPF_K),
                            static_cast<std::uint32_t>(value), 0, skipped));
}

int set_limits(const ConfinementLimits& limits) {
  unsigned long pages = 0;
  std::FILE* statm = std::fopen("/proc/self/statm", "re");
  const bool known = statm != nullptr && std::fscanf(statm, "%lu", &pages) == 1;
  if (statm != nullptr) std::fclose(statm);
  const rlim_t memory = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + limits.memory_bytes;
  const auto cpu_s = static_cast<rlim_t>(limits.cpu_ms / 1'000 + 1);
  const rlimit none{0, 0};
  const rlimit address_space{memory, memory};
  const rlimit cpu{cpu_s, cpu_s};
  if (known && setrlimit(RLIMIT_AS, &address_space) != 0) return errno;
  for (const auto resource : {RLIMIT_CORE, RLIMIT_NPROC, RLIMIT_MSGQUEUE, RLIMIT_MEMLOCK}) {
    if (setrlimit(resource, &none) != 0) return errno;
  }
  if (setrlimit(RLIMIT_CPU, &cpu) != 0) return errno;
  const itimerval budget{{0, 0}, {limits.cpu_ms / 1'000, limits.cpu_ms % 1'000 * 1'000}};
  return setitimer(ITIMER_PROF, &budget, nullptr) == 0 ? 0 : errno;
}

/// The wrappers of the C library would change every thread of the process.
int become_nobody() {
  constexpr unsigned kNobody = 65'534;
  if (syscall(SYS_setgroups, 0, nullptr) != 0) return errno;
  if (syscall(SYS_setresgid, kNobody, kNobody, kNobody) != 0) return errno;
  // Leaving user 0 for good empties the capability sets, capabilities(7).
  return syscall(SYS_setresuid, kNobody, kNobody, kNobody) == 0 ? 0 : errno;
}

int drop_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  return syscall(SYS_capset, &header, none.data()) == 0 ? 0 : errno;
}

/// EINVAL: nobody is not mapped here. EPERM: changing groups is denied, as it is where one mapped
/// oneself, or the capability to become another is gone already.
int drop_credentials(bool& stays_root) {
  if (geteuid() != 0) return 0;
  const int error = become_nobody();
  if (error != EINVAL && error != EPERM) return error;
  stays_root = true;
  return drop_capabilities();
}

int install_filter() {
  Filter filter = sandbox_filter();
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0 ? 0 : errno;
}

}  // namespace

std::vector<sock_filter> sandbox_filter() {
  Filter filter;
  load(filter, offsetof(seccomp_data, arch));
  unless_skip(filter, BPF_JEQ, kArchitecture, 1);
  filter.push_back(BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0));
  answer(filter, SECCOMP_RET_KILL_PROCESS);
  load(filter, offsetof(seccomp_data, nr));
  unless_skip(filter, BPF_JGE, kForeignNumbers, 1);
  answer(filter, SECCOMP_RET_KILL_PROCESS);
  for (const long call : kAllowed) {
    unless_skip(filter, BPF_JEQ, call, 1);
    answer(filter, SECCOMP_RET_ALLOW);
  }
  for (const long call : kRefused) {
    unless_skip(filter, BPF_JEQ, call, 1);
    answer(filter, SECCOMP_RET_ERRNO | kRefusedByFilter);
  }
  for (const long call : kNotExecutable) {
    unless_skip(filter, BPF_JEQ, call, 4);
    load(filter, offsetof(seccomp_data, args) + 2 * sizeof(std::uint64_t));
    unless_skip(filter, BPF_JSET, PROT_EXEC, 1);
    answer(filter, SECCOMP_RET_KILL_PROCESS);
    answer(filter, SECCOMP_RET_ALLOW);
  }
  answer(filter, SECCOMP_RET_KILL_PROCESS);
  return filter;
}

Confined confine(const ConfinementLimits& limits) {
  if (const int error = set_limits(limits)) return {"setrlimit", error};
  Confined done;
  if (const int error = drop_credentials(done.stays_root)) return {"setresuid", error};
  if (prctl(PR_SET_DUMPABLE, 0) != 0) return {"PR_SET_DUMPABLE", errno};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return {"PR_SET_NO_NEW_PRIVS", errno};
  if (const int error = install_filter()) return {"PR_SET_SECCOMP", error};
  return done;
}

}  // namespace assay
