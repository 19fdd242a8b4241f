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
    // The example that everybody knows: two sleeps of a second take a second.
    if (!quick) rounds.push_back({units, 1000 * kMs});
  }
  return rounds;
}

/// On a busy machine a short sleep may be over before a sibling gets to begin its own, or its unit
/// goes on late. Sleeps that wait for each other do so however long they are.
constexpr std::array<Round, 2> kLong{{{2, 300'000'000}, {2, 1'000'000'000}}};

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

}  // namespace

static Observation observe_sleep(Runtime& runtime, const ProbeOptions& options) {
  const Budget budget(options, std::chrono::milliseconds(400), std::chrono::milliseconds(4000));
  Rounds rounds(runtime);
  Seen seen;
  const auto look = [&](const Round& round) {
    const Program program = make_program(round.units, round.sleep_ns);
    if (const auto trace = rounds.run(program)) {
      seen.add(program, round, read_trace(*trace, round.sleep_ns));
    }
    if (options.progress) options.progress("sleep: " + std::to_string(round.units) + " units");
  };
  for (const Round& round : plan(options)) {
    // Where two sleeps do not overlap, a thousand would take a thousand times as long.
    const bool serial = seen.rounds > 0 && seen.overlapped == 0;
    if (seen.rounds > 0 && (budget.spent() || (serial && round.units > 2))) break;
    look(round);
  }
  for (const Round& round : kLong) {
    if (seen.rounds > 0 && seen.overlapped == 0) look(round);
  }
  if (auto spoiled = rounds.spoiled(TraitId::kSleep)) return *spoiled;
  Observation observation = conclude(seen);
  rounds.describe(observation);
  return with_generated_cases(std::move(observation), TraitId::kSleep, runtime, options);
}

static const ProbeRegistration kRegistered(TraitId::kSleep, &observe_sleep);

}  // namespace assay
