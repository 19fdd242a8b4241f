#include "properties/low_limit.h"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <string_view>
#include <utility>

#include "models/machine.h"

namespace assay {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

/// Of hosts and their keepers, of a driver, and of libraries that start threads of their own.
constexpr std::uint64_t kOtherTasks = 64;
constexpr std::uint64_t kDescriptors = 128;
constexpr std::uint64_t kMemory = 1024 * kMiB;
/// Of the program and its libraries, and of a driver.
constexpr std::uint64_t kOtherAddresses = 1024 * kMiB;
/// malloc(3) reserves so much for each of its arenas, of which there are at most eight a core.
constexpr std::uint64_t kArena = 64 * kMiB;
constexpr std::uint64_t kOtherMappings = 1024;
/// A thread's stack and its guard, and its arena.
constexpr std::uint64_t kMappings = 4;

/// A thread's is as large by default.
std::uint64_t bytes_of_stack() {
  constexpr std::uint64_t kUsual = 8 * kMiB;
  rlimit stack{};
  const bool known = getrlimit(RLIMIT_STACK, &stack) == 0 && stack.rlim_cur != RLIM_INFINITY;
  return known ? stack.rlim_cur : kUsual;
}

/// How a person raises a limit.
std::string remedy_of(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kRemedies{{
      {"RLIMIT_NPROC", "raise it (ulimit -u, or see `assay doctor`)"},
      {"RLIMIT_NOFILE", "raise it (ulimit -n)"},
      {"RLIMIT_AS", "raise it (ulimit -v unlimited)"},
      {"RLIMIT_DATA", "raise it (ulimit -d unlimited)"},
      {"available memory", "end other programs"},
  }};
  const auto* const found = std::find_if(kRemedies.begin(), kRemedies.end(),
                                         [&](const auto& each) { return each.first == name; });
  return std::string(found != kRemedies.end() ? found->second : "raise it, see `assay doctor`");
}

struct Need {
  Resource resource;
  std::uint64_t count;
  const char* of_what;
};

/// What to say of the limit of a resource that leaves the least, if that is less than the need.
std::string shortage(const Machine& machine, const Need& need, const std::string& whose) {
  const Limit* limit = machine.tightest(need.resource);
  if (limit == nullptr || limit->left() >= need.count) return "";
  const bool bytes =
      need.resource == Resource::kAddressBytes || need.resource == Resource::kMemoryBytes;
  const std::uint64_t unit = bytes ? kMiB : 1;
  return limit->name + " is " + std::to_string(limit->value / unit) + (bytes ? " MiB" : "") +
         ", which leaves " + std::to_string(limit->left() / unit) + " of the " +
         std::to_string(need.count / unit) + (bytes ? " MiB of " : " ") + need.of_what + " that " +
         whose + " may need: " + remedy_of(limit->name);
}

bool was_removed_by_kernel(const End& end) {
  return end.kind == EndKind::kSignalled && end.code == SIGKILL;
}

/// Why units could not be started, or nothing when all were. A host whose channels were refused
/// threw before any unit began.
std::string refusal_of(const Trace& trace) {
  bool none_started = true;
  for (std::size_t i = 0; i < trace.units.size(); ++i) {
    const End& end = trace.units[i].end;
    const bool named = end.kind == EndKind::kNotStarted && !end.what.empty();
    if (named || end.kind == EndKind::kUnsupported) {
      return "unit " + std::to_string(i) + " of " + std::to_string(trace.units.size()) +
             (named ? " could not be started: " : " is unsupported: ") + end.what;
    }
    none_started = none_started && end.kind == EndKind::kNotStarted;
  }
  if (trace.host.kind == EndKind::kUnsupported) return trace.host.what;
  if (!none_started || trace.host.kind != EndKind::kThrew) return "";
  return std::to_string(trace.units.size()) + " units could not be started: " + trace.host.what;
}

}  // namespace

std::string low_limit(std::size_t units) {
  const Machine machine = read_machine();
  const std::uint64_t arenas = std::min<std::uint64_t>(units, 8 * machine.cores.size());
  const std::array<Need, 4> needs{{
      {Resource::kTasks, kOtherTasks + units, "processes"},
      {Resource::kDescriptors, kDescriptors, "descriptors"},
      {Resource::kAddressBytes, kOtherAddresses + units * bytes_of_stack() + arenas * kArena,
       "addresses"},
      {Resource::kMappings, kOtherMappings + units * kMappings, "mappings"},
  }};
  for (const Need& need : needs) {
    const std::string text = shortage(machine, need, std::to_string(units) + " units");
    if (!text.empty()) return text;
  }
  return "";
}

std::string low_memory() {
  return shortage(read_machine(), {Resource::kMemoryBytes, kMemory, "memory"}, "a run");
}

std::string limit_of(const Trace& trace) {
  if (const std::string refusal = refusal_of(trace); !refusal.empty()) return refusal;
  if (const std::string limit = low_limit(trace.units.size()); !limit.empty()) {
    return trace.failure() + ", and " + limit;
  }
  const bool removed =
      was_removed_by_kernel(trace.host) ||
      std::any_of(trace.units.begin(), trace.units.end(),
                  [](const UnitTrace& unit) { return was_removed_by_kernel(unit.end); });
  const std::string memory = removed ? low_memory() : "";
  return memory.empty() ? "" : trace.failure() + ", and " + memory;
}

}  // namespace assay
