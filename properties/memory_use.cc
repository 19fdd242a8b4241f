#include "properties/memory_use.h"

#include <dirent.h>
#include <fcntl.h>
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

/// Adds a process, and appends its children to `left`.
void add_process(const std::string& pid, TreeMemory& sum, std::vector<std::string>& left) {
  const std::string folder = "/proc/" + pid;
  const std::string rollup = contents(folder + "/smaps_rollup");
  if (rollup.empty()) return;
  sum.pss_bytes += kib_of(rollup, "Pss:");
  sum.page_tables_bytes += kib_of(contents(folder + "/status"), "VmPTE:");
  ++sum.processes;
  for (const std::string& task : numbers_in(folder + "/task")) {
    ++sum.tasks;
    add_words(contents(folder + "/task/" + task + "/children"), left);
  }
}

}  // namespace

TreeMemory memory_of_tree(const std::string& root) {
  TreeMemory sum;
  std::vector<std::string> left{root};
  while (!left.empty()) {
    const std::string pid = left.back();
    left.pop_back();
    add_process(pid, sum, left);
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
