#include "stress/placement.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>

namespace assay {
namespace {

constexpr const char* kNames[] = {"same", "smt", "sibling", "far", "any"};

/// The first number of a list such as "0,64" or "0-31".
std::optional<int> first_of(const std::filesystem::path& list) {
  std::ifstream file(list);
  int first = 0;
  if (file >> first) return first;
  return std::nullopt;
}

/// Of the cache of the highest level.
std::optional<int> last_level_cache(const std::filesystem::path& cpu) {
  std::optional<int> first;
  int highest = 0;
  for (int index = 0;; ++index) {
    const auto cache = cpu / "cache" / ("index" + std::to_string(index));
    const std::optional<int> level = first_of(cache / "level");
    if (!level) return first;
    if (*level < highest) continue;
    highest = *level;
    first = first_of(cache / "shared_cpu_list");
  }
}

std::vector<std::vector<int>> lists(const std::map<int, std::vector<int>>& grouped) {
  std::vector<std::vector<int>> all;
  for (const auto& [key, members] : grouped) all.push_back(members);
  return all;
}

/// Those with at least two members.
const std::vector<int>* pick(const std::vector<std::vector<int>>& all, std::size_t group,
                             std::size_t* turn) {
  const auto fits = [](const std::vector<int>& list) { return list.size() >= 2; };
  const auto count = static_cast<std::size_t>(std::count_if(all.begin(), all.end(), fits));
  if (count == 0) return nullptr;
  *turn = group / count;
  std::size_t skip = group % count;
  for (const auto& list : all) {
    if (fits(list) && skip-- == 0) return &list;
  }
  return nullptr;
}

}  // namespace

const char* name_of(Placement placement) { return kNames[static_cast<std::size_t>(placement)]; }

std::optional<Placement> placement_of(std::string_view name) {
  for (const Placement placement : kPlacements) {
    if (name == name_of(placement)) return placement;
  }
  return std::nullopt;
}

Topology::Topology(const std::vector<Cpu>& cpus) {
  std::map<int, std::vector<int>> by_core;
  std::map<int, std::vector<int>> by_cache;
  for (const Cpu& cpu : cpus) {
    numbers_.push_back(cpu.number);
    std::vector<int>& threads = by_core[cpu.core];
    if (threads.empty()) by_cache[cpu.cache].push_back(cpu.number);
    threads.push_back(cpu.number);
  }
  cores_ = lists(by_core);
  caches_ = lists(by_cache);
}

bool Topology::has(Placement placement) const {
  std::size_t turn = 0;
  switch (placement) {
    case Placement::kSame:
    case Placement::kAny:
      return true;
    case Placement::kSmt:
      return pick(cores_, 0, &turn) != nullptr;
    case Placement::kSibling:
      return pick(caches_, 0, &turn) != nullptr;
    case Placement::kFar:
      return caches_.size() >= 2;
  }
  return false;
}

std::vector<Placement> Topology::placements() const {
  std::vector<Placement> all;
  for (const Placement placement : kPlacements) {
    if (has(placement)) all.push_back(placement);
  }
  return all;
}

std::optional<int> Topology::cpu(Placement placement, std::size_t group, std::size_t unit,
                                 std::size_t units) const {
  if (numbers_.empty()) return std::nullopt;
  std::size_t turn = 0;
  switch (placement) {
    case Placement::kAny:
      return std::nullopt;
    case Placement::kSame:
      return numbers_[group % numbers_.size()];
    case Placement::kSmt: {
      const std::vector<int>* core = pick(cores_, group, &turn);
      if (core == nullptr) return std::nullopt;
      return (*core)[unit % core->size()];
    }
    case Placement::kSibling: {
      const std::vector<int>* cache = pick(caches_, group, &turn);
      if (cache == nullptr) return std::nullopt;
      return (*cache)[(turn * units + unit) % cache->size()];
    }
    case Placement::kFar: {
      const std::vector<int>& cache = caches_[unit % caches_.size()];
      return cache[(group + unit / caches_.size()) % cache.size()];
    }
  }
  return std::nullopt;
}

Topology read_topology(const std::vector<int>& allowed, const std::filesystem::path& root) {
  std::vector<Cpu> cpus;
  for (const int number : allowed) {
    const auto cpu = root / ("cpu" + std::to_string(number));
    cpus.push_back({number, first_of(cpu / "topology" / "thread_siblings_list").value_or(number),
                    last_level_cache(cpu).value_or(0)});
  }
  return Topology(cpus);
}

}  // namespace assay
