/// For tests: takes privileges and limits away from the calling process, and gives them back.
#pragma once

#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <string_view>

namespace assay {

/// While it lives, hosts find no pid namespace: CAP_SYS_ADMIN is out of the effective set of the
/// calling thread and of the processes that it forks.
class WithoutPidNamespace {
 public:
  WithoutPidNamespace() {
    syscall(SYS_capget, &header_, before_.data());
    auto reduced = before_;
    reduced[0].effective &= ~(1U << CAP_SYS_ADMIN);
    syscall(SYS_capset, &header_, reduced.data());
  }
  WithoutPidNamespace(const WithoutPidNamespace&) = delete;
  WithoutPidNamespace& operator=(const WithoutPidNamespace&) = delete;
  ~WithoutPidNamespace() { syscall(SYS_capset, &header_, before_.data()); }

 private:
  __user_cap_header_struct header_{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> before_{};
};

/// A lower soft limit, while it lives.
class SoftLimit {
 public:
  SoftLimit(__rlimit_resource_t resource, rlim_t value) : resource_(resource) {
    getrlimit(resource_, &before_);
    rlimit lower = before_;
    lower.rlim_cur = value;
    setrlimit(resource_, &lower);
  }
  SoftLimit(const SoftLimit&) = delete;
  SoftLimit& operator=(const SoftLimit&) = delete;
  ~SoftLimit() { setrlimit(resource_, &before_); }

 private:
  __rlimit_resource_t resource_;
  rlimit before_{};
};

/// UBSan asks with a pipe whether an object can be read, and takes a refusal for a broken object.
inline constexpr bool kSanitizerNeedsDescriptors = std::string_view(ASSAY_VARIANT) == "asan";

/// Root is exempt from RLIMIT_NPROC. Gives the calling process to a user who has no other process,
/// and who may have `processes` of them. For processes that end soon: there is no way back.
inline void limit_processes_for_good(rlim_t processes) {
  // The kernel counts by user, so tests that run side by side need users of their own. All numbers
  // are below 65,536, which is what user namespaces of containers usually have.
  const uid_t nobody_else = 20'000 + static_cast<uid_t>(getpid()) % 40'000;
  const rlimit limit{processes, processes};
  setrlimit(RLIMIT_NPROC, &limit);
  if (geteuid() == 0 && setuid(nobody_else) != 0) _exit(99);
}

}  // namespace assay
