#include "models/machine.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "models/pinning.h"

namespace assay {
namespace {

/// The number at the start of a file; nothing when there is none ("max") or no such file.
std::optional<std::uint64_t> number_in(const std::string& path) {
  std::ifstream file(path);
  std::uint64_t number = 0;
  if (!(file >> number)) return std::nullopt;
  return number;
}

/// A field of a file of lines such as "VmSize:  12 kB", in bytes.
std::optional<std::uint64_t> bytes_in(const char* path, std::string_view field) {
  std::ifstream file(path);
  std::string name;
  std::uint64_t kib = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    if (words >> name >> kib && name == field) return kib * 1'024;
  }
  return std::nullopt;
}

/// Kernel tasks of the whole machine: the denominator of the fourth field of /proc/loadavg.
std::uint64_t tasks_of_machine() {
  std::ifstream file("/proc/loadavg");
  std::string word;
  for (int i = 0; i < 4; ++i) file >> word;
  const std::size_t slash = word.find('/');
  return slash == std::string::npos ? 0 : std::strtoull(word.c_str() + slash + 1, nullptr, 10);
}

std::uint64_t lines_of(const std::string& path) {
  std::ifstream file(path);
  std::uint64_t lines = 0;
  for (std::string line; std::getline(file, line);) ++lines;
  return lines;
}

std::uint64_t open_descriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator all("/proc/self/fd", error);
  return static_cast<std::uint64_t>(std::distance(all, std::filesystem::directory_iterator()));
}

/// Where this process's cgroup of a controller lies; "" is the controller of version 2.
std::string cgroup_folder(std::string_view controller) {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string names = "," + line.substr(first + 1, second - first - 1) + ",";
    if (names.find("," + std::string(controller) + ",") == std::string::npos) continue;
    const std::string root =
        controller.empty() ? "/sys/fs/cgroup" : "/sys/fs/cgroup/" + std::string(controller);
    return root + line.substr(second + 1);
  }
  return "";
}

/// A limit of the cgroup, in version 1 (its own controller) or 2 (the unified one).
void add_cgroup_limit(Machine& machine, Resource resource, std::string_view controller,
                      const std::string& v1_limit, const std::string& v1_used,
                      const std::string& v2_limit, const std::string& v2_used) {
  // Version 1 says "no limit" by a number close to 2^63.
  constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 60;
  const auto add = [&](const std::string& folder, const std::string& limit,
                       const std::string& used) {
    if (folder.empty()) return;
    const auto value = number_in(folder + "/" + limit);
    if (!value || *value >= kNoLimit) return;
    machine.limits.push_back(
        {"cgroup " + limit, resource, *value, number_in(folder + "/" + used).value_or(0)});
  };
  add(cgroup_folder(controller), v1_limit, v1_used);
  add(cgroup_folder(""), v2_limit, v2_used);
}

void add_rlimit(Machine& machine, Resource resource, const char* name, int which,
                std::uint64_t used) {
  rlimit limit{};
  if (getrlimit(static_cast<__rlimit_resource>(which), &limit) != 0) return;
  if (limit.rlim_cur == RLIM_INFINITY) return;
  machine.limits.push_back({name, resource, limit.rlim_cur, used});
}

void add_tasks(Machine& machine) {
  const std::uint64_t tasks = tasks_of_machine();
  const auto add = [&](const char* name, const char* path) {
    if (const auto value = number_in(path)) {
      machine.limits.push_back({name, Resource::kTasks, *value, tasks});
    }
  };
  add("kernel.pid_max", "/proc/sys/kernel/pid_max");
  add("kernel.threads-max", "/proc/sys/kernel/threads-max");
  // It counts the tasks of one user, which are at most those of the machine. Root is exempt.
  if (geteuid() != 0) add_rlimit(machine, Resource::kTasks, "RLIMIT_NPROC", RLIMIT_NPROC, tasks);
  add_cgroup_limit(machine, Resource::kTasks, "pids", "pids.max", "pids.current", "pids.max",
                   "pids.current");
}

void add_memory(Machine& machine) {
  const auto total = bytes_in("/proc/meminfo", "MemTotal:");
  const auto available = bytes_in("/proc/meminfo", "MemAvailable:");
  if (total && available) {
    machine.limits.push_back(
        {"available memory", Resource::kMemoryBytes, *total, *total - *available});
  }
  add_cgroup_limit(machine, Resource::kMemoryBytes, "memory", "memory.limit_in_bytes",
                   "memory.usage_in_bytes", "memory.max", "memory.current");
}

void add_addresses(Machine& machine) {
  const auto used = [](std::string_view field) {
    return bytes_in("/proc/self/status", field).value_or(0);
  };
  add_rlimit(machine, Resource::kAddressBytes, "RLIMIT_AS", RLIMIT_AS, used("VmSize:"));
  add_rlimit(machine, Resource::kAddressBytes, "RLIMIT_DATA", RLIMIT_DATA, used("VmData:"));
}

}  // namespace

const Limit* Machine::tightest(Resource resource) const {
  const Limit* tightest = nullptr;
  for (const Limit& limit : limits) {
    if (limit.resource != resource) continue;
    if (tightest == nullptr || limit.left() < tightest->left()) tightest = &limit;
  }
  return tightest;
}

Machine read_machine() {
  Machine machine;
  machine.cores = allowed_cores();
  add_tasks(machine);
  add_memory(machine);
  add_addresses(machine);
  if (const auto maps = number_in("/proc/sys/vm/max_map_count")) {
    machine.limits.push_back(
        {"vm.max_map_count", Resource::kMappings, *maps, lines_of("/proc/self/maps")});
  }
  add_rlimit(machine, Resource::kDescriptors, "RLIMIT_NOFILE", RLIMIT_NOFILE, open_descriptors());
  return machine;
}

}  // namespace assay
