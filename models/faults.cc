#include <fcntl.h>
#include <linux/futex.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cfenv>
#include <cstdint>
#include <fstream>
#include <limits>
#include <stdexcept>

#include "models/interpreter.h"

namespace assay {
namespace {

constexpr std::size_t kBlock = std::size_t{16} * 1024 * 1024;

/// Takes blocks until the limit that it sets (64 MiB above what is in use) refuses, and keeps them.
void exhaust_memory() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t pages = 0;
  statm >> pages;
  rlimit limit{};
  getrlimit(RLIMIT_AS, &limit);
  limit.rlim_cur = pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) + 4 * kBlock;
  setrlimit(RLIMIT_AS, &limit);
  while (mmap(nullptr, kBlock, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
         MAP_FAILED) {
  }
}

void exhaust_descriptors() {
  constexpr rlim_t kDescriptors = 64;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur > kDescriptors) limit.rlim_cur = kDescriptors;
  setrlimit(RLIMIT_NOFILE, &limit);
  while (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0) {
  }
}

__attribute__((noinline)) int overflow_stack(int depth) {
  volatile char frame[4096];
  frame[0] = static_cast<char>(depth);
  // A depth that no stack reaches; the sum after the call keeps it from being a loop.
  if (depth == std::numeric_limits<int>::max()) return 0;
  return overflow_stack(depth + 1) + frame[0];
}

/// Waits for a lock that nobody will release, in the kernel, as a task in a deadlock does.
[[noreturn]] void wait_for_ever() {
  std::uint32_t held = 1;
  for (;;) syscall(SYS_futex, &held, FUTEX_WAIT_PRIVATE, 1, nullptr, nullptr, 0);
}

void endless_loop() {
  volatile std::uint64_t turns = 0;
  for (;;) turns = turns + 1;
}

void dereference_null() {
  // volatile, so that the compiler cannot see the null.
  int* volatile nowhere = nullptr;
  *const_cast<volatile int*>(nowhere) = 1;
}

void on_signal(int) {}

bool can_allocate() {
  void* block = mmap(nullptr, kBlock, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED) return false;
  munmap(block, kBlock);
  return true;
}

bool can_open() {
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  close(fd);
  return true;
}

std::int64_t current_umask() {
  // The umask can only be read by setting it; two units that look at once see each other's zero, so
  // probes look one after the other.
  const mode_t mask = umask(0);
  umask(mask);
  return mask;
}

std::int64_t working_directory() {
  struct stat here{};
  return stat(".", &here) == 0 ? static_cast<std::int64_t>(here.st_ino) : -1;
}

std::int64_t disposition() {
  struct sigaction action{};
  sigaction(SIGUSR2, nullptr, &action);
  return action.sa_handler == &on_signal ? 1 : 0;
}

std::int64_t own_usage(bool voluntary) {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return voluntary ? usage.ru_nvcsw : usage.ru_nivcsw;
}

std::int64_t now_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

// Not sanitized: AddressSanitizer would put the variable into a stack of its own on the heap.
__attribute__((noinline, no_sanitize("address"))) std::int64_t stack_address() {
  volatile char here = 0;
  std::uintptr_t address = reinterpret_cast<std::uintptr_t>(&here);
  asm volatile("" : "+r"(address));  // A number now, no pointer to what is about to go.
  return static_cast<std::int64_t>(address);
}

std::int64_t address_of(const std::int64_t* cells) {
  return static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(cells));
}

}  // namespace

void raise_fault(Fault fault) {
  switch (fault) {
    case Fault::kUncaughtException:
      throw std::runtime_error("an injected exception");
    case Fault::kAbort:
      abort();
    case Fault::kNullDereference:
      return dereference_null();
    case Fault::kExit:
      _exit(7);
    case Fault::kKillOwnTask:
      syscall(SYS_tgkill, getpid(), gettid(), SIGKILL);
      return;
    case Fault::kEndlessLoop:
      return endless_loop();
    case Fault::kStackOverflow:
      overflow_stack(0);
      return;
    case Fault::kMemoryExhaustion:
      return exhaust_memory();
    case Fault::kDescriptorExhaustion:
      return exhaust_descriptors();
    case Fault::kDeadlock:
      wait_for_ever();
    case Fault::kErrno:
      errno = EDOM;
      return;
    case Fault::kRoundingMode:
      std::fesetround(FE_UPWARD);
      return;
    case Fault::kLocale:
      setlocale(LC_ALL, "C.UTF-8");
      return;
    case Fault::kWorkingDirectory:
      static_cast<void>(chdir("/proc") == 0);
      return;
    case Fault::kUmask:
      umask(0123);
      return;
    case Fault::kSignalDisposition:
      signal(SIGUSR2, &on_signal);
      return;
    case Fault::kEnvironment:
      setenv("ASSAY_PROBE", "1", 1);
      return;
  }
}

std::int64_t observe(Identity identity, Regions& regions) {
  switch (identity) {
    case Identity::kProcess:
      return getpid();
    case Identity::kKernelTask:
      return gettid();
    case Identity::kCpu:
      return sched_getcpu();
    case Identity::kTimeNs:
      return now_ns(CLOCK_MONOTONIC);
    case Identity::kTaskCpuTimeNs:
      return now_ns(CLOCK_THREAD_CPUTIME_ID);
    case Identity::kStackAddress:
      return stack_address();
    case Identity::kThreadLocalAddress:
      return address_of(regions.cells(Region::kThreadLocal));
    case Identity::kHeapAddress:
      return address_of(regions.cells(Region::kHeap));
    case Identity::kVoluntarySwitches:
      return own_usage(true);
    case Identity::kInvoluntarySwitches:
      return own_usage(false);
    case Identity::kErrno:
      return errno;
    case Identity::kRoundingMode:
      return std::fegetround();
    // The name tells a change even where only C locales are installed.
    case Identity::kLocale:
      return setlocale(LC_ALL, nullptr)[1] == '\0' ? 0 : 1;
    case Identity::kWorkingDirectory:
      return working_directory();
    case Identity::kUmask:
      return current_umask();
    case Identity::kSignalDisposition:
      return disposition();
    case Identity::kEnvironment:
      return getenv("ASSAY_PROBE") != nullptr ? 1 : 0;
    case Identity::kCanAllocate:
      return can_allocate() ? 1 : 0;
    case Identity::kCanOpen:
      return can_open() ? 1 : 0;
  }
  return 0;
}

}  // namespace assay
