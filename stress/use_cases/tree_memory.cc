#include "stress/use_cases/tree_memory.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <vector>

namespace assay {
namespace {

std::uint64_t pss_bytes(const std::string& name) {
  std::ifstream rollup("/proc/" + name + "/smaps_rollup");
  std::string word;
  while (rollup >> word) {
    std::uint64_t kibibytes = 0;
    if (word == "Pss:" && rollup >> kibibytes) return kibibytes << 10;
  }
  return 0;
}

/// Children of every thread of a process.
std::vector<std::string> children(const std::string& name) {
  std::vector<std::string> names;
  std::error_code gone;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + name + "/task", gone)) {
    std::ifstream list(task.path() / "children");
    for (std::string child; list >> child;) names.push_back(child);
  }
  return names;
}

}  // namespace

std::string own_proc_name() {
  std::array<char, 32> name{};
  const ssize_t length = readlink("/proc/self", name.data(), name.size());
  return length > 0 ? std::string(name.data(), static_cast<std::size_t>(length)) : "self";
}

std::uint64_t tree_pss_bytes(const std::string& name, const std::string& except) {
  constexpr std::size_t kSampled = 256;
  std::vector<std::string> below = children(name);
  std::erase(below, except);
  const std::size_t stride = std::max<std::size_t>(1, below.size() / kSampled);
  std::uint64_t sampled = 0;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < below.size(); i += stride, ++sampled) {
    bytes += tree_pss_bytes(below[i], except);
  }
  const double scale = sampled == 0 ? 0 : static_cast<double>(below.size()) / sampled;
  return pss_bytes(name) + static_cast<std::uint64_t>(static_cast<double>(bytes) * scale);
}

}  // namespace assay
