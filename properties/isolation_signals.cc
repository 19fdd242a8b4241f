#include "properties/isolation_signals.h"

#include <signal.h>

#include <array>
#include <chrono>
#include <span>
#include <string_view>
#include <utility>

#include "properties/low_limit.h"

namespace assay::isolation {
namespace {

/// Signals that end a process by default, and what they are called.
constexpr std::array<std::pair<int, const char*>, 16> kSignals{{{SIGBUS, "SIGBUS"},
                                                                {SIGFPE, "SIGFPE"},
                                                                {SIGILL, "SIGILL"},
                                                                {SIGTRAP, "SIGTRAP"},
                                                                {SIGSYS, "SIGSYS"},
                                                                {SIGSEGV, "SIGSEGV"},
                                                                {SIGPIPE, "SIGPIPE"},
                                                                {SIGALRM, "SIGALRM"},
                                                                {SIGTERM, "SIGTERM"},
                                                                {SIGHUP, "SIGHUP"},
                                                                {SIGINT, "SIGINT"},
                                                                {SIGQUIT, "SIGQUIT"},
                                                                {SIGUSR1, "SIGUSR1"},
                                                                {SIGUSR2, "SIGUSR2"},
                                                                {SIGXCPU, "SIGXCPU"},
                                                                {SIGXFSZ, "SIGXFSZ"}}};

/// Each of the signals is raised by a unit of its own, between two siblings that wait for its end.
/// Not for long: a runtime may not know of it before its other units have ended.
Task raise_or_wait(Unit& unit, std::span<const std::pair<int, const char*>> signals) {
  if (unit.index() > 0 && unit.index() <= signals.size()) {
    raise(signals[unit.index() - 1].first);
    co_return;
  }
  const auto all_ended = [&] {
    for (std::size_t other = 1; other <= signals.size(); ++other) {
      if (!unit.ended(other)) return false;
    }
    return true;
  };
  for (int ms = 0; ms < 20 && !all_ended(); ++ms) {
    co_await unit.sleep_for(std::chrono::milliseconds(1));
  }
  co_await unit.sleep_for(std::chrono::milliseconds(1));  // What ends all has done so by now.
}

/// What became of the siblings.
Outcome raise_in_units(BodyRuntime& runtime, std::span<const std::pair<int, const char*>> signals) {
  Bodies bodies;
  bodies.count = signals.size() + 2;
  bodies.bound = std::chrono::seconds(5);
  bodies.task = [signals](Unit& unit) { return raise_or_wait(unit, signals); };
  const BodyResult result = runtime.run_hosted(bodies);
  bool injected = false;
  for (const End& end : result.ends) {
    if (end.kind == EndKind::kNotStarted || end.kind == EndKind::kUnsupported) {
      return {Fate::kNotStarted, result.failure()};
    }
    injected = injected || !end.ok();
  }
  if (const std::string limit = low_limit(bodies.count); !limit.empty()) {
    return {Fate::kNotStarted, limit};
  }
  if (!result.host.ok()) {
    return {Fate::kSpread, "the program that started the units " + to_string(result.host)};
  }
  for (const std::size_t sibling : {std::size_t{0}, bodies.count - 1}) {
    const End& end = result.ends.at(sibling);
    if (end.ok()) continue;
    return {Fate::kSpread, "unit " + std::to_string(sibling) + " " + to_string(end)};
  }
  return injected ? Outcome{Fate::kContained, "by " + std::to_string(signals.size()) + " units"}
                  : Outcome{Fate::kNotInjected, "every unit completed"};
}

}  // namespace

std::string to_string(const Outcome& outcome) {
  constexpr std::array<std::string_view, 4> kWords{"contained", "spread", "not injected",
                                                   "not started"};
  return std::string(kWords.at(static_cast<std::size_t>(outcome.fate))) + " (" + outcome.what + ")";
}

Signals raise_signals(BodyRuntime& runtime) {
  Signals seen{raise_in_units(runtime, kSignals), "", "", 1};
  for (std::size_t i = 0; seen.outcome.fate == Fate::kSpread && i < kSignals.size(); ++i) {
    const Outcome alone = raise_in_units(runtime, std::span(kSignals).subspan(i, 1));
    ++seen.programs;
    if (alone.fate != Fate::kSpread) continue;
    const std::string name(kSignals.at(i).second);
    seen.let_through = name + " (" + alone.what + ")";
    seen.program = "three units, of which unit 1 raises " + name +
                   " and the others wait for its end\n" + alone.what + "\n";
    break;
  }
  return seen;
}

}  // namespace assay::isolation
