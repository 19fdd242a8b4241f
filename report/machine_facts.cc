#include "report/machine_facts.h"

#include <sched.h>
#include <sys/utsname.h>

#include <fstream>

#include "report/compile_flags.h"

namespace assay {
namespace {

constexpr const char* kVersion = "0.1";

/// The text after "NAME: " in a file of lines such as "MemTotal:   123 kB".
std::string value_in(const char* path, const std::string& name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.compare(0, name.size(), name) != 0) continue;
    const auto colon = line.find(':');
    const auto from = line.find_first_not_of(" \t", colon + 1);
    if (colon != std::string::npos && from != std::string::npos) return line.substr(from);
  }
  return "";
}

std::int64_t memory(const char* name) {
  const std::string text = value_in("/proc/meminfo", name);
  return text.empty() ? 0 : std::stoll(text) * 1024;
}

int cores_allowed() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

}  // namespace

BuildFacts build_facts() {
#if defined(__clang__)
  const std::string compiler = std::string("clang ") + __clang_version__;
#else
  const std::string compiler = std::string("g++ ") + __VERSION__;
#endif
  return {kVersion, compiler.substr(0, compiler.find(" (")), kCompileFlags, ASSAY_VARIANT};
}

MachineFacts machine_facts() {
  MachineFacts facts;
  facts.cpu = value_in("/proc/cpuinfo", "model name");
  facts.cores = cores_allowed();
  facts.memory_bytes = memory("MemTotal");
  facts.memory_available_bytes = memory("MemAvailable");
  utsname names{};
  if (uname(&names) == 0) {
    facts.kernel = std::string(names.sysname) + " " + names.release;
    facts.architecture = names.machine;
  }
  return facts;
}

}  // namespace assay
