#include "models/trace.h"

#include <string.h>

#include <algorithm>

#include "models/printable.h"

namespace assay {
namespace {

std::string with(const std::string& what) {
  constexpr std::size_t kShown = 1'500;
  return what.empty() ? "" : ": " + printable(what, kShown);
}

std::string signal_name(int number) {
  const char* name = sigabbrev_np(number);
  return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(number);
}

}  // namespace

std::string to_string(const End& end) {
  switch (end.kind) {
    case EndKind::kNotStarted:
      return "was not started" + with(end.what);
    case EndKind::kRunning:
      return "was lost with its host" + with(end.what);
    case EndKind::kCompleted:
      return "completed";
    case EndKind::kExited:
      return "exited with " + std::to_string(end.code);
    case EndKind::kSignalled:
      return "was killed by " + signal_name(end.code) + with(end.what);
    case EndKind::kThrew:
      return "threw" + with(end.what);
    case EndKind::kGaveUp:
      return "hung and was given up" + with(end.what);
    case EndKind::kUnsupported:
      return "is unsupported" + with(end.what);
  }
  return "ended in an unknown way";
}

const Event* UnitTrace::at(std::size_t step) const {
  const auto found = std::lower_bound(events.begin(), events.end(), step,
                                      [](const Event& e, std::size_t s) { return e.step < s; });
  return found != events.end() && found->step == step ? &*found : nullptr;
}

bool Trace::completed() const {
  return host.ok() && std::all_of(units.begin(), units.end(),
                                  [](const UnitTrace& unit) { return unit.end.ok(); });
}

std::string Trace::failure() const {
  constexpr int kNamed = 3;
  std::string text;
  int failed = 0;
  const auto name = [&](std::size_t i) {
    if (++failed > kNamed) return;
    text += "unit " + std::to_string(i) + " " + to_string(units[i].end) + "; ";
  };
  // A refusal first: what became of the others may follow from it.
  const auto refused = [](const End& end) {
    return end.kind == EndKind::kNotStarted && !end.what.empty();
  };
  // What became of the host says it all where it took every unit with it.
  const auto lost = [](const UnitTrace& unit) {
    return unit.end.kind == EndKind::kRunning && unit.end.what.empty();
  };
  if (units.size() > 1 && std::all_of(units.begin(), units.end(), lost)) {
    return "host " + to_string(host) + "; its " + std::to_string(units.size()) +
           " units were lost with it";
  }
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (refused(units[i].end)) name(i);
  }
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (!units[i].end.ok() && !refused(units[i].end)) name(i);
  }
  if (failed > kNamed) text += std::to_string(failed - kNamed) + " more units did not complete; ";
  return text + "host " + to_string(host);
}

}  // namespace assay
