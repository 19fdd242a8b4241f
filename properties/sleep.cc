// Units meet, then each sleeps. What counts is whether their sleeps overlap, never how long all of
// it took: a slow machine stretches both.
#include <algorithm>
#include <array>

#include "properties/kernel_rounds.h"
#include "properties/program_rounds.h"

namespace assay {
namespace {

constexpr std::uint32_t kReady = 0;
constexpr std::uint32_t kGo = 1;

/// Unit 0 waits for all others, lets them go, and sleeps as they do. Sleeping is the last step.
Program make_program(std::size_t units, std::int64_t sleep_ns) {
  const std::size_t others = units - 1;
  Program program;
  program.channels = 2;
  program.units.assign(units, {send(kReady, 1), receive(kGo), sleep(sleep_ns)});
  auto& starter = program.units.front();
  starter.assign(others, receive(kReady));
  starter.insert(starter.end(), others, send(kGo, 1));
  starter.push_back(sleep(sleep_ns));
  return program;
}

struct Interval {
  std::int64_t start;
  std::int64_t end;
};

struct Reading {
  std::size_t at_once = 0;       ///< The most units whose sleeps overlap.
  std::int64_t total_ns = 0;     ///< From the first start to the last end.
  std::int64_t shortest_ns = 0;  ///< The shortest sleep.
};

/// A unit that waits for another's sleep, before its own or after it, says that it sleeps, too. So
/// of each interval only that counts in which it slept wherever in the interval its sleep lay.
Reading read_trace(const Trace& trace, std::int64_t sleep_ns) {
  std::vector<std::pair<std::int64_t, int>> edges;
  Interval all{INT64_MAX, INT64_MIN};
  std::int64_t shortest = INT64_MAX;
  for (const UnitTrace& unit : trace.units) {
    const Event& event = unit.events.back();
    const Interval slept{event.value, static_cast<std::int64_t>(event.aux)};
    all = {std::min(all.start, slept.start), std::max(all.end, slept.end)};
    shortest = std::min(shortest, slept.end - slept.start);
    const Interval surely{slept.end - sleep_ns, slept.start + sleep_ns};
    if (surely.start >= surely.end) continue;
    edges.emplace_back(surely.start, 1);
    edges.emplace_back(surely.end, -1);
  }
  // At the same time an end sorts before a start: touching intervals do not overlap.
  std::sort(edges.begin(), edges.end());
  Reading reading{0, all.end - all.start, shortest};
  std::int64_t now = 0;
  for (const auto& [time, change] : edges) {
    now += change;
    reading.at_once =
        std::max(reading.at_once, static_cast<std::size_t>(std::max<std::int64_t>(now, 0)));
  }
  return reading;
}

struct Round {
  std::size_t units;
  std::int64_t sleep_ns;
};

/// Sleeps so short are counted by the hundred, as one alone may be over before the next begins.
constexpr std::uint32_t kShortSleeps = 60;
constexpr std::array<std::int64_t, 3> kShortNs{300'000, 500'000, 900'000};

/// Two units meet, and then each sleeps again and again.
Program make_short_sleeps(std::int64_t sleep_ns) {
  Program program = make_program(2, sleep_ns);
  for (auto& steps : program.units) {
    steps.insert(steps.end(), kShortSleeps - 1, sleep(sleep_ns));
  }
  return program;
}

/// How many short sleeps of each unit were short enough to tell, and how many pairs overlapped.
struct ShortReading {
  std::size_t telling = 0;  ///< Of the unit that has fewer.
  std::size_t overlaps = 0;
};

ShortReading read_short_sleeps(const Trace& trace, std::int64_t sleep_ns) {
  std::array<std::vector<Interval>, 2> surely;
  for (std::size_t unit = 0; unit < 2; ++unit) {
    const auto& events = trace.units[unit].events;
    for (std::size_t i = events.size() - kShortSleeps; i < events.size(); ++i) {
      const Interval one{static_cast<std::int64_t>(events[i].aux) - sleep_ns,
                         events[i].value + sleep_ns};
      if (one.start < one.end) surely.at(unit).push_back(one);
    }
  }
  ShortReading reading{std::min(surely[0].size(), surely[1].size()), 0};
  for (const Interval& a : surely[0]) {
    for (const Interval& b : surely[1]) {
      if (a.start < b.end && b.start < a.end) ++reading.overlaps;
    }
  }
  return reading;
}

std::vector<Round> plan(const ProbeOptions& options) {
  constexpr std::int64_t kMs = 1'000'000;
  const bool quick = is_quick(options);
  std::vector<Round> rounds;
  for (const std::size_t units : rungs_of(options, quick ? std::vector<std::size_t>{2, 64}
                                                         : std::vector<std::size_t>{2, 64, 1000})) {
    if (units > 2) {
      rounds.push_back({units, (units > 64 ? 100 : 50) * kMs});
      continue;
    }
    rounds.insert(rounds.end(), {{units, 10 * kMs}, {units, 50 * kMs}});
    rounds.push_back({units, 150 * kMs});
    // The example that everybody knows: two sleeps of a second take a second.
    if (!quick) rounds.push_back({units, 1000 * kMs});
  }
  return rounds;
}

/// On a busy machine a short sleep may be over before a sibling gets to begin its own, or its unit
/// goes on late. Sleeps that wait for each other do so however long they are.
constexpr std::array<Round, 2> kLong{{{2, 300'000'000}, {2, 1'000'000'000}}};

/// And where sleeps overlap, those of some lengths may not, or only a few at once. So much more
/// time tells that from a machine that is slow.
constexpr std::int64_t kLongEnoughNs = 100'000'000;
constexpr int kAgain = 3;
constexpr std::array<std::int64_t, 2> kStretched{200'000'000, 1'000'000'000};
constexpr std::size_t kMostToStretch = 64;

std::string text_of(const Round& round, const Reading& reading) {
  const bool seconds = round.sleep_ns >= 1'000'000'000;
  return duration_text(reading.total_ns) + " for " + std::to_string(round.units) + " x " +
         (seconds ? "1 s" : duration_text(round.sleep_ns));
}

/// What all rounds showed.
struct Seen {
  std::uint64_t rounds = 0;
  std::uint64_t overlapped = 0;
  std::vector<std::string> totals;
  std::vector<std::string> at_once;
  std::string figure;  ///< Of the longest round with two units.
  std::string with;
  std::string without;
  std::string too_short;
  /// Why some sleeps waited for others though sleeps overlap, and what showed it.
  std::string not_all;
  std::string shown_not_all;
  std::size_t last_at_once = 0;

  void exclude(const std::string& why, const std::string& shown) {
    not_all = why;
    shown_not_all = shown;
  }

  void add(const Program& program, const Round& round, const Reading& reading) {
    ++rounds;
    const std::string text = text_of(round, reading);
    totals.push_back(text);
    at_once.push_back(std::to_string(reading.at_once) + " of " + std::to_string(round.units));
    if (figure.empty() || round.units == 2) figure = text;
    const std::string shown =
        to_table(program) + "took " + text + "; " + at_once.back() + " units slept at once\n";
    if (reading.shortest_ns < round.sleep_ns) {
      too_short = "a unit slept " + duration_text(reading.shortest_ns) + " where " +
                  duration_text(round.sleep_ns) + " were asked for";
    }
    last_at_once = reading.at_once;
    if (reading.at_once > 1) ++overlapped;
    (reading.at_once > 1 ? with : without) = shown;
  }
};

Observation conclude(const Seen& seen) {
  Observation observation;
  observation.tries = seen.rounds;
  observation.figure = seen.figure;
  observation.evidence.set("rounds_that_overlapped", seen.overlapped)
      .set("rounds", seen.rounds)
      .set("totals", seen.totals)
      .set("slept_at_once", seen.at_once);
  const std::string counts =
      std::to_string(seen.overlapped) + " of " + std::to_string(seen.rounds) + " rounds";
  if (!seen.too_short.empty()) {
    observation.reason = seen.too_short;
    observation.counterexample = seen.with.empty() ? seen.without : seen.with;
  } else if (seen.overlapped > 0 && !seen.not_all.empty()) {
    observation.reason = seen.not_all + "; sleeps overlapped in " + counts;
    observation.counterexample = seen.shown_not_all;
  } else if (seen.overlapped > 0) {
    observation.allowed = observation.witnessed = {Sleep::kOverlaps};
    observation.reason = "sleeps overlapped in " + counts + ": " + seen.figure;
    observation.counterexample = seen.with;
  } else {
    observation.allowed = {Sleep::kSerial};
    observation.reason = "sleeps overlapped in " + counts +
                         "; each began only when the one before had ended: " + seen.figure;
    observation.counterexample = seen.without;
  }
  return observation;
}

class SleepProbe {
 public:
  SleepProbe(Runtime& runtime, const ProbeOptions& options)
      : options_(&options), rounds_(runtime) {}

  void look_at_all() {
    const Budget budget(*options_, std::chrono::milliseconds(400), std::chrono::milliseconds(4000));
    for (const Round& round : plan(*options_)) {
      // Where two sleeps do not overlap, a thousand would take a thousand times as long.
      const bool serial = seen_.rounds > 0 && seen_.overlapped == 0;
      if (seen_.rounds > 0 && (budget.spent() || (serial && round.units > 2))) break;
      look(round);
      if (seen_.overlapped > 0 && seen_.not_all.empty()) look_again(round);
    }
    for (const Round& round : kLong) {
      if (seen_.rounds > 0 && seen_.overlapped == 0) look(round);
    }
    if (seen_.overlapped > 0 && seen_.not_all.empty()) look_at_short_sleeps();
  }

  [[nodiscard]] const Rounds& rounds() const { return rounds_; }
  [[nodiscard]] const Seen& seen() const { return seen_; }

 private:
  void look(const Round& round) {
    const Program program = make_program(round.units, round.sleep_ns);
    if (const auto trace = rounds_.run(program)) {
      seen_.add(program, round, read_trace(*trace, round.sleep_ns));
    }
    if (options_->progress) options_->progress("sleep: " + std::to_string(round.units) + " units");
  }

  /// Whether what did not overlap in a round does not overlap at all.
  void look_again(const Round& round) {
    if (round.units == 2 && round.sleep_ns >= kLongEnoughNs) {
      for (int i = 0; i < kAgain && !rounds_.failed() && seen_.last_at_once < 2; ++i) look(round);
      if (seen_.last_at_once >= 2) return;
      return seen_.exclude("two sleeps of " + duration_text(round.sleep_ns) +
                               " did not overlap in " + std::to_string(kAgain + 1) + " rounds",
                           seen_.without);
    }
    const std::size_t half = round.units / 2;
    if (round.units <= 2 || round.units > kMostToStretch || seen_.last_at_once > half) return;
    for (const std::int64_t sleep_ns : kStretched) {
      look({round.units, sleep_ns});
      if (rounds_.failed() || seen_.last_at_once > half) return;
    }
    seen_.exclude("of " + std::to_string(round.units) + " units that sleep for " +
                      duration_text(kStretched.back()) + " no more than " +
                      std::to_string(seen_.last_at_once) + " sleep at once",
                  seen_.last_at_once > 1 ? seen_.with : seen_.without);
  }

  /// A timer that is coarser than these tells nothing, and neither does a machine that is as slow.
  void look_at_short_sleeps() {
    constexpr std::size_t kEnough = 20;
    for (const std::int64_t sleep_ns : kShortNs) {
      const auto trace = rounds_.run(make_short_sleeps(sleep_ns));
      if (!trace) return;
      const ShortReading reading = read_short_sleeps(*trace, sleep_ns);
      if (reading.overlaps > 0 || reading.telling < kEnough) return;
    }
    seen_.exclude("no two of " + std::to_string(kShortSleeps) + " sleeps each of two units, of " +
                      duration_text(kShortNs.front()) + " to " + duration_text(kShortNs.back()) +
                      ", overlapped",
                  to_table(make_program(2, kShortNs.front())) + "and so on, " +
                      std::to_string(kShortSleeps) + " times\n");
  }

  const ProbeOptions* options_;
  Rounds rounds_;
  Seen seen_;
};

}  // namespace

static Observation observe_sleep(Runtime& runtime, const ProbeOptions& options) {
  SleepProbe probe(runtime, options);
  probe.look_at_all();
  if (auto spoiled = probe.rounds().spoiled(TraitId::kSleep)) return *spoiled;
  Observation observation = conclude(probe.seen());
  probe.rounds().describe(observation);
  return with_generated_cases(std::move(observation), TraitId::kSleep, runtime, options);
}

static const ProbeRegistration kRegistered(TraitId::kSleep, &observe_sleep);

}  // namespace assay
