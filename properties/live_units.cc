#include "properties/live_units.h"

#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "models/host.h"
#include "models/shared_mapping.h"
#include "properties/low_limit.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

/// Unit 0 goes on without the others when none has arrived for so long. Only for giving up.
constexpr std::chrono::seconds kPatience{2};

/// The shared state of the units.
struct Board {
  std::atomic<std::uint64_t> arrived;
  std::atomic<bool> released;
  bool measured;
  std::array<char, 32> host;  ///< Its number in /proc.
  KernelMemory before;
  std::uint64_t alive;
  TreeMemory tree;
  KernelMemory kernel;
  std::array<char, 128> problem;
};

void take_memory(Board& board) {
  board.alive = board.arrived.load(std::memory_order_acquire) + 1;
  try {
    const KernelMemory now = kernel_memory();
    board.kernel = {now.stacks_bytes - board.before.stacks_bytes,
                    now.slab_bytes - board.before.slab_bytes};
    board.tree = memory_of_tree(board.host.data());
    board.measured = true;
  } catch (const std::exception& error) {
    std::strncpy(board.problem.data(), error.what(), board.problem.size() - 1);
  }
}

void release(Unit& unit, Board& board) {
  board.released.store(true, std::memory_order_release);
  if (!unit.blocks()) return;
  const std::array<std::byte, 1> go{};
  for (std::uint64_t i = 1; i < board.alive; ++i) unit.send(0, go);
}

Task measure_others(Unit& unit) {
  auto& board = unit.shared<Board>();
  std::uint64_t seen = 0;
  auto last = Clock::now();
  while ((seen = board.arrived.load(std::memory_order_acquire)) + 1 < unit.count()) {
    if (unit.blocks()) {
      co_await unit.sleep_for(std::chrono::microseconds(200));
    } else {
      co_await unit.yield();
    }
    if (board.arrived.load(std::memory_order_acquire) != seen) {
      last = Clock::now();
    } else if (Clock::now() - last > kPatience) {
      break;
    }
  }
  take_memory(board);
  release(unit, board);
}

Task wait_for_message(Unit& unit) {
  unit.shared<Board>().arrived.fetch_add(1, std::memory_order_release);
  Message go;
  co_await unit.receive(0, go);
}

/// A frame as small as one that suspends can be.
Task yield_until_released(Unit& unit) {
  unit.shared<Board>().arrived.fetch_add(1, std::memory_order_release);
  while (!unit.shared<Board>().released.load(std::memory_order_acquire)) co_await unit.yield();
}

Task live(Unit& unit) {
  if (unit.index() == 0) return measure_others(unit);
  return unit.blocks() ? wait_for_message(unit) : yield_until_released(unit);
}

void lower_pid_max(std::uint64_t pid_max) {
  if (pid_max > 0) std::ofstream("/proc/sys/kernel/pid_max") << pid_max;
}

/// The machine's words about the first unit that it refused, or the limit that was too low.
std::string refusal_of(const BodyResult& result) {
  for (const End& end : result.ends) {
    if (end.kind == EndKind::kNotStarted && !end.what.empty()) return end.what;
  }
  const bool no_memory = result.host.kind == EndKind::kThrew &&
                         result.host.what.find("bad_alloc") != std::string::npos;
  if (no_memory) return "ENOMEM: " + result.host.what;
  return result.completed() ? "" : low_limit(result.ends.size());
}

}  // namespace

LiveUnits run_live_units(BodyRuntime& runtime, std::size_t units, std::uint64_t pid_max) {
  LiveUnits live_units;
  live_units.units = units;
  Bodies bodies;
  bodies.count = units;
  bodies.channels = 1;
  bodies.shared_bytes = sizeof(Board);
  bodies.task = &live;
  // The host copies what unit 0 measured to where its caller sees it.
  const SharedMapping copy(sizeof(Board));
  bodies.before = [&](std::byte* shared) {
    auto& in_host = *reinterpret_cast<Board*>(shared);
    std::snprintf(in_host.host.data(), in_host.host.size(), "%s", number_in_proc().c_str());
    lower_pid_max(pid_max);
    in_host.before = kernel_memory();
  };
  bodies.after = [&](std::byte* shared) { std::memcpy(copy.data(), shared, sizeof(Board)); };
  const auto start = Clock::now();
  const BodyResult result = runtime.run_hosted(bodies);
  live_units.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  const auto& measured = *copy.at<Board>(0);
  live_units.alive = measured.alive;
  live_units.tree = measured.tree;
  live_units.kernel = measured.kernel;
  live_units.complete = result.completed() && measured.measured && measured.alive == units;
  live_units.refusal = refusal_of(result);
  if (live_units.complete || !live_units.refusal.empty()) return live_units;
  if (!result.completed()) {
    live_units.failure = result.failure();
  } else if (measured.problem[0] != '\0') {
    live_units.failure = measured.problem.data();
  } else {
    live_units.failure = "only " + std::to_string(measured.alive) + " of " + std::to_string(units) +
                         " units were alive at once";
  }
  return live_units;
}

bool namespaces_have_pid_max() {
  utsname kernel{};
  if (uname(&kernel) != 0) return false;
  int major = 0;
  int minor = 0;
  if (std::sscanf(kernel.release, "%d.%d", &major, &minor) != 2) return false;
  return (major > 6 || (major == 6 && minor >= 14)) && hosts_have_pid_namespace();
}

}  // namespace assay
