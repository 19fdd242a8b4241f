#include "models/pinning.h"

#include <cerrno>
#include <string>
#include <system_error>

namespace assay {

std::vector<int> allowed_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  sched_getaffinity(0, sizeof(allowed), &allowed);
  std::vector<int> cores;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &allowed)) cores.push_back(cpu);
  }
  return cores;
}

void pin_to(int core) { pin_to(std::vector<int>{core}); }

void pin_to(const std::vector<int>& cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int core : cores) CPU_SET(core, &set);
  if (sched_setaffinity(0, sizeof(set), &set) == 0) return;
  std::string names;
  for (const int core : cores) names += (names.empty() ? "" : ",") + std::to_string(core);
  throw std::system_error(
      errno, std::generic_category(),
      "cannot run on core " + names + "; see `taskset -p $$` for the cores that are allowed");
}

Pinned::Pinned(int core) {
  sched_getaffinity(0, sizeof(before_), &before_);
  pin_to(core);
}

Pinned::~Pinned() { sched_setaffinity(0, sizeof(before_), &before_); }

}  // namespace assay
