// Units work, nobody joins them, and the program that started them exits. Does the work go on? The
// program is a host process: its keeper sees it end, looks on for a while, and removes the rest.
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>

#include "models/host.h"
#include "models/shared_mapping.h"
#include "properties/kernel_rounds.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kForTheOthersNs = 3'000'000'000;

/// In shared memory, so that it outlives the program.
struct Board {
  std::atomic<std::uint64_t> marks;  ///< Pieces of work done, by all units.
  std::atomic<std::uint64_t> started;
  std::atomic<std::int64_t> first_mark_ns;
  std::atomic<std::int64_t> exit_ns;          ///< When the program exited by itself; 0 before.
  std::atomic<std::uint64_t> marks_at_end;    ///< When its keeper had seen the end.
  std::atomic<std::uint64_t> marks_at_close;  ///< When the keeper had looked on for long enough.
  std::atomic<std::int64_t> end_seen_ns;
  std::atomic<std::int64_t> looked_on_ns;
  std::atomic<std::uint64_t> went_on;  ///< Units that worked after their keeper had seen the end.
};

// Of the program that is about to exit, for its signal handler.
Board* g_board = nullptr;
std::uint64_t g_units = 0;
std::uint64_t g_marks_wanted = 0;

std::int64_t now_ns() { return Clock::now().time_since_epoch() / std::chrono::nanoseconds(1); }

/// Exits once every unit has started and enough work was done to know its pace.
void exit_when_work_goes_on(int) {
  if (g_board->started < g_units || g_board->marks < g_marks_wanted) return;
  g_board->exit_ns = now_ns();
  _exit(0);
}

void exit_soon() {
  struct sigaction action{};
  action.sa_handler = &exit_when_work_goes_on;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, nullptr);
  // A timer belongs to the process: children made by fork(2) do not inherit it.
  const itimerval every_5_ms{{0, 5'000}, {0, 5'000}};
  setitimer(ITIMER_REAL, &every_5_ms, nullptr);
}

Bodies working_bodies(Board& board, std::size_t units) {
  // A longer rest for many units, so that their work does not starve the machine.
  const auto rest = std::chrono::milliseconds(2 + units / 8);
  // Work ends by itself, should nobody remove it.
  const auto pieces = std::chrono::seconds(10) / rest;
  Bodies bodies;
  bodies.count = units;
  bodies.task = [&board, rest, pieces](Unit& unit) -> Task {
    ++board.started;
    bool goes_on = false;
    for (int i = 0; i < pieces; ++i) {
      std::int64_t none = 0;
      board.first_mark_ns.compare_exchange_strong(none, now_ns());
      ++board.marks;
      if (!goes_on && board.end_seen_ns != 0) {
        goes_on = true;
        ++board.went_on;
      }
      co_await unit.sleep_for(rest);
    }
  };
  return bodies;
}

/// Called in the keeper, again and again, once the program has ended. True: enough was seen.
bool look_on(Board& board, std::size_t units) {
  if (board.end_seen_ns == 0) {
    board.marks_at_end = board.marks.load();
    board.end_seen_ns = now_ns();
  }
  board.marks_at_close = board.marks.load();
  board.looked_on_ns = now_ns() - board.end_seen_ns;
  // Three times as long as all the work before the end took, at the pace of this machine now.
  const std::int64_t took = board.exit_ns - board.first_mark_ns;
  const std::int64_t enough = std::max<std::int64_t>(3 * took, 100'000'000);
  if (board.went_on == units) return true;
  // Where some go on, the others have much more time to.
  const bool none = board.marks_at_close == board.marks_at_end;
  return board.looked_on_ns >= (none ? enough : enough + kForTheOthersNs);
}

struct Round {
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  std::uint64_t went_on = 0;  ///< Units.
  std::int64_t looked_on_ns = 0;
  End end;
  bool exited_by_itself = false;
};

Round run_round(BodyRuntime& runtime, std::size_t units) {
  const SharedMapping memory(sizeof(Board));
  Board& board = *memory.at<Board>(0);
  const HostOptions options{.bound = std::chrono::seconds(15),
                            .linger = [&board, units] { return look_on(board, units); },
                            .linger_bound = std::chrono::seconds(10)};
  const HostResult result = run_in_host(options, [&] {
    g_board = &board;
    g_units = units;
    g_marks_wanted = std::max<std::uint64_t>(40, 2 * units);
    exit_soon();
    runtime.run_here(working_bodies(board, units));
  });
  return {board.marks_at_end, board.marks_at_close - board.marks_at_end,
          board.went_on,      board.looked_on_ns,
          result.end,         board.exit_ns != 0};
}

std::string text_of(std::size_t units, const Round& round) {
  return std::to_string(units) + " units: " + std::to_string(round.before) +
         " pieces of work before the program exited, " + std::to_string(round.after) + " in " +
         duration_text(round.looked_on_ns) + " after it";
}

/// `some`: what was seen of a round in which some units went on and others did not.
Observation conclude(std::uint64_t rounds, std::uint64_t went_on, const Round& last,
                     const std::string& some) {
  Observation observation;
  observation.tries = rounds;
  const std::string counts = std::to_string(went_on) + " of " + std::to_string(rounds) + " rounds";
  const std::string pace = std::to_string(last.before) + " pieces of work were done before";
  if (!some.empty()) {
    observation.figure = "of some units";
    observation.reason =
        "some units went on after the program had exited and others ended: " + some;
  } else if (went_on > 0) {
    observation.allowed = observation.witnessed = {UnjoinedWork::kContinues};
    observation.figure = "goes on after exit";
    observation.reason = "work went on after the program had exited in " + counts;
  } else {
    observation.allowed = {UnjoinedWork::kEnds};
    observation.figure = "none in " + duration_text(last.looked_on_ns);
    observation.reason = "no work was done in " + duration_text(last.looked_on_ns) +
                         " after the program had exited, " + pace + " (" + counts + ")";
  }
  observation.counterexample =
      "units work without end; the program that started them calls _exit(0)\n";
  return observation;
}

}  // namespace

static Observation observe_unjoined_work(Runtime& runtime, const ProbeOptions& options) {
  const Trait& of = trait(TraitId::kUnjoinedWork);
  BodyRuntime* bodies = runtime.bodies();
  if (bodies == nullptr) return not_measured(of, "needs a runtime that runs bodies of C++");
  std::vector<std::string> seen;
  std::uint64_t went_on = 0;
  std::string some;
  Round last;
  for (const std::size_t units :
       rungs_of(options, is_quick(options) ? std::vector<std::size_t>{2}
                                           : std::vector<std::size_t>{2, 64, 1000})) {
    const Round round = run_round(*bodies, units);
    if (!round.exited_by_itself) {
      // Units that could not be started keep the program from exiting; fewer of them did count.
      if (!seen.empty()) break;
      return not_measured(of, std::to_string(units) +
                                  " units did not do enough work for the program to exit; it " +
                                  to_string(round.end));
    }
    seen.push_back(text_of(units, round));
    if (round.went_on > 0) ++went_on;
    if (round.went_on > 0 && round.went_on < units) {
      some = std::to_string(round.went_on) + " of " + std::to_string(units) + " went on for " +
             duration_text(round.looked_on_ns);
    }
    last = round;
  }
  Observation observation = conclude(seen.size(), went_on, last, some);
  observation.evidence.set("rounds", seen);
  return observation;
}

static const ProbeRegistration kRegistered(TraitId::kUnjoinedWork, &observe_unjoined_work);

}  // namespace assay
