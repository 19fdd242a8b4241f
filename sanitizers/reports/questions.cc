#include "sanitizers/reports/questions.h"

#include <algorithm>
#include <array>

#include "sanitizers/reports/own_code.h"

namespace assay {
namespace {

bool in_stack(const Stack& stack, std::string_view name) {
  return std::ranges::any_of(
      stack, [&](const Frame& frame) { return frame.function.find(name) != std::string::npos; });
}

bool holds(const Access& access, std::string_view mutex) {
  return std::ranges::find(access.mutexes, mutex, &HeldMutex::name) != access.mutexes.end();
}

}  // namespace

bool is_race(ReportKind kind) {
  return kind == ReportKind::kDataRace || kind == ReportKind::kVptrRace ||
         kind == ReportKind::kUseAfterFreeRace;
}

bool linked_twice(const Report& report) {
  return report.kind == ReportKind::kOdrViolation && report.accesses.size() > 1 &&
         !report.accesses[0].stack.empty() && !report.accesses[1].stack.empty() &&
         place_of(report.accesses[0].stack[0]) == place_of(report.accesses[1].stack[0]);
}

bool different_locks(const Report& report) {
  if (report.accesses.size() < 2) return false;
  const Access& first = report.accesses[0];
  const Access& second = report.accesses[1];
  if (first.mutexes.empty() || second.mutexes.empty()) return false;
  return std::ranges::none_of(first.mutexes,
                              [&](const HeldMutex& held) { return holds(second, held.name); });
}

bool read_locked(const Report& report) {
  return report.accesses.size() >= 2 && !report.accesses[0].mutexes.empty() &&
         !report.accesses[1].mutexes.empty() && !different_locks(report);
}

bool one_side_locked(const Report& report) {
  if (report.accesses.size() < 2) return false;
  return report.accesses[0].mutexes.empty() != report.accesses[1].mutexes.empty();
}

bool calls(const Report& report, std::string_view name) {
  return std::ranges::any_of(report.accesses,
                             [&](const Access& access) { return in_stack(access.stack, name); });
}

bool in_coroutine(const Report& report) {
  constexpr std::array kNames = {"coroutine_handle", "(.resume)", "[clone .resume]", ".actor",
                                 "(.destroy)"};
  return std::ranges::any_of(kNames, [&](std::string_view name) {
    return calls(report, name) || in_stack(report.location.freed, name);
  });
}

}  // namespace assay
