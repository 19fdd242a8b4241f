#include "stress/paths.h"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <ctime>
#include <span>

#include "models/shared_mapping.h"
#include "stress/latencies.h"
#include "stress/skynet.h"

namespace assay {
namespace {

constexpr std::array<std::string_view, kPaths> kNames{
    "create_join",    "switch",  "channel_round_trip", "channel_throughput", "lock_uncontended",
    "lock_contended", "wake_up", "fan_out_in",         "spawn_tree",         "timers"};

constexpr std::uint64_t kTimersEach = 3;

/// Operations of each unit, where a path repeats: so many that its creation is a small part, and
/// more where few units share the fixed cost of a run.
std::uint64_t each_of(std::uint64_t units) { return std::max<std::uint64_t>(20, 20'000 / units); }

std::int64_t now_ns() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

/// What this process, and those that it waited for, have used.
struct Used {
  std::int64_t cpu_ns = 0;
  std::int64_t page_faults = 0;
};

Used used() {
  const auto ns = [](const timeval& t) { return (t.tv_sec * 1'000'000LL + t.tv_usec) * 1'000; };
  Used sum;
  for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    getrusage(who, &usage);
    sum.cpu_ns += ns(usage.ru_utime) + ns(usage.ru_stime);
    sum.page_faults += usage.ru_minflt;
  }
  return sum;
}

/// What a run leaves behind, in memory that all of its processes share.
struct Board {
  std::int64_t wall_ns;
  Used used;
  std::atomic<std::uint64_t> done;  ///< Operations that their units saw done.
  std::uint64_t plain;              ///< Only changed by who holds the lock.
  std::uint64_t each;               ///< Operations of a unit; set before the units start.
  Latencies latencies;
};

/// Told to the board once a unit, so that counting costs little.
class Counted {
 public:
  explicit Counted(Board& board) : board_(&board) {}
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { board_->done.fetch_add(count_, std::memory_order_relaxed); }
  void operator++() { ++count_; }

 private:
  Board* board_;
  std::uint64_t count_ = 0;
};

void send_number(Unit& unit, std::size_t channel, std::int64_t value) {
  unit.send(channel, std::as_bytes(std::span(&value, 1)));
}

std::int64_t number_in(const Message& message) {
  std::int64_t value = -1;
  if (message.size() == sizeof(value)) std::memcpy(&value, message.data(), sizeof(value));
  return value;
}

// ---- Bodies. Each is given the board; all else follows from the unit. ----

Task create_join(Unit&, Board& board) {
  board.done.fetch_add(1, std::memory_order_relaxed);
  co_return;
}

Task switches(Unit& unit, Board& board) {
  Counted counted(board);
  for (std::uint64_t i = 0; i < board.each; ++i) {
    co_await unit.yield();
    ++counted;
  }
}

/// Unit 2 i plays with unit 2 i + 1; an odd one out plays with nobody.
Task round_trip(Unit& unit, Board& board) {
  const std::size_t other = unit.index() ^ 1U;
  if (other >= unit.count()) co_return;
  Counted counted(board);
  Message message;
  for (std::uint64_t i = 0; i < board.each; ++i) {
    const auto turn = static_cast<std::int64_t>(i);
    if (unit.index() % 2 == 0) send_number(unit, other, turn);
    co_await unit.receive(unit.index(), message);
    if (number_in(message) != turn) co_return;
    if (unit.index() % 2 == 1) send_number(unit, other, turn);
    ++counted;
  }
}

Task throughput(Unit& unit, Board& board) {
  if (unit.index() > 0) {
    for (std::uint64_t i = 0; i < board.each; ++i)
      send_number(unit, 0, static_cast<std::int64_t>(i));
    co_return;
  }
  Counted counted(board);
  Message message;
  for (std::uint64_t left = (unit.count() - 1) * board.each; left > 0; --left) {
    co_await unit.receive(0, message);
    if (number_in(message) >= 0) ++counted;
  }
}

Task lock_own(Unit& unit, Board& board) {
  Counted counted(board);
  for (std::uint64_t i = 0; i < board.each; ++i) {
    co_await unit.lock(unit.index());
    ++counted;
    unit.unlock(unit.index());
  }
}

Task lock_one(Unit& unit, Board& board) {
  for (std::uint64_t i = 0; i < board.each; ++i) {
    co_await unit.lock(0);
    ++board.plain;
    unit.unlock(0);
  }
}

/// Unit 0 sends the time to each in turn, and waits for its answer.
Task wake_up(Unit& unit, Board& board) {
  Message message;
  if (unit.index() == 0) {
    for (std::uint64_t i = 0; i < board.each; ++i) {
      for (std::size_t other = 1; other < unit.count(); ++other) {
        send_number(unit, other, now_ns());
        co_await unit.receive(0, message);
      }
    }
    co_return;
  }
  Counted counted(board);
  for (std::uint64_t i = 0; i < board.each; ++i) {
    co_await unit.receive(unit.index(), message);
    board.latencies.record(static_cast<std::uint64_t>(now_ns() - number_in(message)));
    ++counted;
    send_number(unit, 0, 0);
  }
}

Task fan_out_in(Unit& unit, Board& board) {
  Message message;
  if (unit.index() > 0) {
    co_await unit.receive(unit.index(), message);
    send_number(unit, 0, number_in(message) + 1);
    co_return;
  }
  for (std::size_t other = 1; other < unit.count(); ++other) {
    send_number(unit, other, static_cast<std::int64_t>(other));
  }
  std::uint64_t sum = 0;
  for (std::size_t other = 1; other < unit.count(); ++other) {
    co_await unit.receive(0, message);
    sum += static_cast<std::uint64_t>(number_in(message));
  }
  const std::uint64_t units = unit.count();
  if (sum == units * (units - 1) / 2 + units - 1) board.done = units - 1;
}

Task timers(Unit& unit, Board& board) {
  Counted counted(board);
  for (std::uint64_t i = 0; i < kTimersEach; ++i) {
    const std::int64_t asked = 1'000'000 + static_cast<std::int64_t>(unit.index() % 1'000) * 1'000;
    const std::int64_t start = now_ns();
    co_await unit.sleep_for(std::chrono::nanoseconds(asked));
    const std::int64_t late = now_ns() - start - asked;
    if (late < 0) co_return;
    board.latencies.record(static_cast<std::uint64_t>(late));
    ++counted;
  }
}

/// A node of a tree whose units may run on several kernel tasks.
struct SharedNode {
  std::atomic<std::uint64_t> sum;
  std::atomic<std::uint32_t> missing;
  void add(std::uint64_t part) {
    sum.fetch_add(part, std::memory_order_relaxed);
    missing.fetch_sub(1, std::memory_order_release);
  }
  [[nodiscard]] bool complete() const { return missing.load(std::memory_order_acquire) == 0; }
};

// ---- Runs. ----

/// What a path is asked to do with `units` units.
std::uint64_t operations_of(Path path, std::uint64_t units) {
  switch (path) {
    case Path::kCreateJoin:
    case Path::kSpawnTree:
      return units;
    case Path::kSwitch:
    case Path::kLockUncontended:
    case Path::kLockContended:
      return units * each_of(units);
    case Path::kChannelRoundTrip:
      return units / 2 * 2 * each_of(units);
    case Path::kChannelThroughput:
    case Path::kWakeUp:
      return (units - 1) * each_of(units);
    case Path::kFanOutIn:
      return units - 1;
    case Path::kTimers:
      return units * kTimersEach;
  }
  return 0;
}

TaskBody body_of(Path path, Board& board) {
  const auto with_board = [&board](Task (*body)(Unit&, Board&)) {
    return [&board, body](Unit& unit) { return body(unit, board); };
  };
  switch (path) {
    case Path::kCreateJoin:
      return with_board(&create_join);
    case Path::kSwitch:
      return with_board(&switches);
    case Path::kChannelRoundTrip:
      return with_board(&round_trip);
    case Path::kChannelThroughput:
      return with_board(&throughput);
    case Path::kLockUncontended:
      return with_board(&lock_own);
    case Path::kLockContended:
      return with_board(&lock_one);
    case Path::kWakeUp:
      return with_board(&wake_up);
    case Path::kFanOutIn:
      return with_board(&fan_out_in);
    case Path::kTimers:
      return with_board(&timers);
    case Path::kSpawnTree:
      break;
  }
  return nullptr;
}

std::uint32_t channels_of(Path path, std::size_t units) {
  switch (path) {
    case Path::kChannelThroughput:
      return 1;
    case Path::kChannelRoundTrip:
    case Path::kWakeUp:
    case Path::kFanOutIn:
      return static_cast<std::uint32_t>(units);
    default:
      return 0;
  }
}

std::uint32_t locks_of(Path path, std::size_t units) {
  if (path == Path::kLockContended) return 1;
  return path == Path::kLockUncontended ? static_cast<std::uint32_t>(units) : 0;
}

/// What the units say that they did.
std::uint64_t done(Path path, const Board& board, const SharedNode* nodes, std::size_t units) {
  if (path == Path::kLockContended) return board.plain;
  if (path != Path::kSpawnTree) return board.done;
  return nodes->sum == sum_of_leaves(units) ? units : 0;
}

PathRun judged(PathRun run, const BodyResult& result, std::uint64_t done) {
  if (!result.completed()) {
    run.wrong = result.failure();
  } else if (done != run.operations) {
    run.wrong =
        "expected " + std::to_string(run.operations) + " operations, found " + std::to_string(done);
  }
  return run;
}

}  // namespace

std::string_view to_string(Path path) { return kNames.at(static_cast<std::size_t>(path)); }

std::size_t fewest_units(Path path) {
  switch (path) {
    case Path::kChannelRoundTrip:
    case Path::kChannelThroughput:
    case Path::kWakeUp:
    case Path::kFanOutIn:
      return 2;
    default:
      return 1;
  }
}

double descriptors_of_unit(Path path) { return channels_of(path, 1'000) == 1'000 ? 4 : 0; }

PathRun run_path(Path path, BodyRuntime& runtime, std::size_t units) {
  const bool tree = path == Path::kSpawnTree;
  Bodies bodies;
  bodies.count = tree ? nodes_of_tree(units) : units;
  bodies.bound = std::chrono::seconds(60);
  bodies.channels = channels_of(path, units);
  bodies.locks = locks_of(path, units);
  const SharedMapping memory(sizeof(Board) + (tree ? bodies.count : 0) * sizeof(SharedNode));
  auto& board = *memory.at<Board>(0);
  auto* nodes = memory.at<SharedNode>(sizeof(Board));
  board.each = each_of(units);
  if (tree) {
    for (std::size_t i = 0; i < bodies.count - units; ++i) nodes[i].missing = kSkynetChildren;
    bodies.task = [=](Unit& unit) { return be_node(unit, nodes, units); };
  } else {
    bodies.task = body_of(path, board);
  }
  bodies.before = [&](std::byte*) {
    board.wall_ns = now_ns();
    board.used = used();
  };
  bodies.after = [&](std::byte*) {
    board.wall_ns = now_ns() - board.wall_ns;
    const Used now = used();
    board.used = {now.cpu_ns - board.used.cpu_ns, now.page_faults - board.used.page_faults};
  };
  PathRun run;
  run.operations = operations_of(path, units);
  if (const auto why = runtime.refuses(bodies)) {
    run.unsupported = *why;
    return run;
  }
  const BodyResult result = runtime.run_hosted(bodies);
  run.wall_ns = board.wall_ns;
  run.cpu_ns = board.used.cpu_ns;
  run.page_faults = board.used.page_faults;
  run.p50_ns = board.latencies.percentile(0.5);
  run.p99_ns = board.latencies.percentile(0.99);
  return judged(run, result, done(path, board, nodes, units));
}

}  // namespace assay
