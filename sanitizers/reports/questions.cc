#include "sanitizers/reports/questions.h"

#include <algorithm>
#include <array>

#include "sanitizers/reports/own_code.h"
#include "sanitizers/reports/phrases.h"

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

bool in_first_page(const Access& access) {
  constexpr std::uint64_t kFirstPage = 4096;
  return access.address < kFirstPage;
}

bool calls_null(const Report& report) {
  if (report.kind != ReportKind::kSegv || report.accesses.empty()) return false;
  const Access& access = report.accesses.front();
  if (!in_first_page(access) || access.stack.empty()) return false;
  const Frame& innermost = access.stack.front();
  return innermost.function.empty() && innermost.file.empty() &&
         innermost.address == access.address &&
         (innermost.module.empty() || innermost.module == "<unknown module>");
}

bool linked_twice(const Report& report) {
  return report.kind == ReportKind::kOdrViolation && report.accesses.size() > 1 &&
         !report.accesses[0].stack.empty() && !report.accesses[1].stack.empty() &&
         place_of(report.accesses[0].stack[0]) == place_of(report.accesses[1].stack[0]);
}

bool leaks_in_circle(const Report& report) {
  return !report.leaks.empty() && std::ranges::all_of(report.leaks, &Leak::indirect);
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
  if (!tells_locks(report.accesses[0]) || !tells_locks(report.accesses[1])) return false;
  return report.accesses[0].mutexes.empty() != report.accesses[1].mutexes.empty();
}

bool tells_locks(const Access& access) {
  return !access.mutexes.empty() || (!access.stack.empty() && access.until.empty());
}

bool destroys_in_use(const Report& report) {
  return report.accesses.size() >= 2 && std::ranges::any_of(report.accesses, destroys);
}

bool waits_unlocked(const Report& report) {
  if (report.kind != ReportKind::kUnlockOfUnlocked) return false;
  return std::ranges::any_of(places(report), [](const Stack* stack) {
    return in_stack(*stack, "pthread_cond_") || in_stack(*stack, "condition_variable");
  });
}

bool owner_takes_part(const Report& report) {
  return report.location.kind == LocationKind::kStack &&
         std::ranges::find(report.accesses, report.location.thread, &Access::thread) !=
             report.accesses.end();
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
