#include "properties/memory_use.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <vector>

namespace assay {
namespace {

/// The whole of a small file of /proc; empty when it is gone.
std::string contents(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "";
  std::string text;
  std::array<char, 8'192> part{};
  for (ssize_t got = 0; (got = ::read(fd, part.data(), part.size())) > 0;) {
    text.append(part.data(), static_cast<std::size_t>(got));
  }
  close(fd);
  return text;
}

/// "Pss:  12 kB" in a file of such lines; 0 when it is not there.
std::int64_t kib_of(const std::string& text, const char* field) {
  const std::size_t at = text.find(std::string("\n") + field);
  if (at == std::string::npos) return 0;
  return std::strtoll(text.c_str() + at + 1 + std::strlen(field), nullptr, 10) * 1'024;
}

/// Without pages of files, where the kernel tells them apart.
std::int64_t pss_of(const std::string& rollup) {
  if (rollup.find("\nPss_Anon:") == std::string::npos) return kib_of(rollup, "Pss:");
  return kib_of(rollup, "Pss_Anon:") + kib_of(rollup, "Pss_Shmem:");
}

/// The names in a folder of /proc that are numbers.
std::vector<std::string> numbers_in(const std::string& folder) {
  std::vector<std::string> names;
  DIR* open_folder = opendir(folder.c_str());
  if (open_folder == nullptr) return names;
  while (const dirent* entry = readdir(open_folder)) {
    if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9') names.emplace_back(entry->d_name);
  }
  closedir(open_folder);
  return names;
}

void add_words(const std::string& text, std::vector<std::string>& words) {
  std::size_t at = 0;
  for (std::size_t end = 0; (end = text.find_first_of(" \n", at)) != std::string::npos;
       at = end + 1) {
    if (end > at) words.push_back(text.substr(at, end - at));
  }
}

/// The last number of the line "NSpid: 4711 12": that in the innermost pid namespace.
pid_t own_number_of(const std::string& status) {
  const std::size_t at = status.find("\nNSpid:");
  if (at == std::string::npos) return -1;
  const std::string line = status.substr(at + 1, status.find('\n', at + 1) - at - 1);
  return static_cast<pid_t>(std::strtol(line.c_str() + line.find_last_of("\t "), nullptr, 10));
}

/// Where that cannot be told, it is not so: few processes share their memory.
bool share_memory(pid_t a, pid_t b) {
  return a > 0 && b > 0 && syscall(SYS_kcmp, a, b, KCMP_VM, 0, 0) == 0;
}

struct Process {
  std::string pid;  ///< As /proc shows it.
  pid_t parent;     ///< As the parent sees itself; 0: none.
};

/// Adds a process, and appends its children to `left`.
void add_process(const Process& process, TreeMemory& sum, std::vector<Process>& left) {
  const std::string folder = "/proc/" + process.pid;
  const std::string rollup = contents(folder + "/smaps_rollup");
  if (rollup.empty()) return;
  const std::string status = contents(folder + "/status");
  const pid_t own = own_number_of(status);
  if (!share_memory(process.parent, own)) {
    sum.pss_bytes += pss_of(rollup);
    sum.page_tables_bytes += kib_of(status, "VmPTE:");
  }
  ++sum.processes;
  for (const std::string& task : numbers_in(folder + "/task")) {
    ++sum.tasks;
    std::vector<std::string> children;
    add_words(contents(folder + "/task/" + task + "/children"), children);
    for (const std::string& child : children) left.push_back({child, own});
  }
}

}  // namespace

TreeMemory memory_of_tree(const std::string& root) {
  TreeMemory sum;
  std::vector<Process> left{{root, 0}};
  while (!left.empty()) {
    const Process process = left.back();
    left.pop_back();
    add_process(process, sum, left);
    if (sum.processes == 0) {
      throw std::runtime_error("cannot read /proc/" + root +
                               "/smaps_rollup: expected its proportional set size");
    }
  }
  std::ifstream maps("/proc/" + root + "/maps");
  for (std::string line; std::getline(maps, line);) ++sum.mappings;
  return sum;
}

std::string number_in_proc() {
  std::array<char, 32> number{};
  const ssize_t length = readlink("/proc/self", number.data(), number.size() - 1);
  if (length <= 0) throw std::runtime_error("cannot read /proc/self: expected a mounted proc(5)");
  return number.data();
}

KernelMemory kernel_memory() {
  const std::string text = "\n" + contents("/proc/meminfo");
  return {kib_of(text, "KernelStack:"), kib_of(text, "SUnreclaim:")};
}

}  // namespace assay
