#include "sanitizers/reports/advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "sanitizers/reports/advice_for_c.h"
#include "sanitizers/reports/advice_for_others.h"
#include "sanitizers/reports/own_code.h"
#include "sanitizers/reports/phrases.h"
#include "sanitizers/reports/questions.h"
#include "sanitizers/reports/usual_fixes.h"

namespace assay {
namespace {

using enum ReportKind;

constexpr std::string_view kGuardFix =
    "guard both accesses with the same mutex, if there is one for this data already";
constexpr std::string_view kAtomicFix =
    "make it std::atomic, if the value stands alone (no second variable must agree with it)";
constexpr std::string_view kOrderFix =
    "order them: join the thread, or hand the data over by a future, a channel or a latch";
constexpr std::string_view kOwnCopyFix =
    "do not share: give each thread its own copy and merge at the end";

std::vector<std::string> list(Fixes fixes) { return {fixes.begin(), fixes.end()}; }

/// Is one of the accesses in a function of the library, such as one of a container?
bool in_library_call(const Report& report) {
  return std::ranges::any_of(report.accesses, [](const Access& access) {
    return access.until.empty() && !access.stack.empty() && is_library_frame(access.stack.front());
  });
}

/// Is an access that is not atomic inside of the library, such as the making of a shared_ptr's
/// count?
bool plain_side_in_library(const Report& report) {
  return std::ranges::any_of(report.accesses, [](const Access& access) {
    return !access.atomic && !access.stack.empty() && is_library_frame(access.stack.front());
  });
}

std::string first_race_fix(const Report& report) {
  if (const auto missing = missing_lock(report)) return *missing;
  if (read_locked(report)) {
    return "lock for writing where it is written: std::unique_lock, not std::shared_lock";
  }
  return std::string(kGuardFix);
}

std::vector<std::string> race_fixes(const Report& report) {
  if (std::ranges::any_of(report.accesses, frees)) {
    return list(fixes_of_kind(kUseAfterFreeRace, report.text));
  }
  if (destroys_in_use(report)) return list(destroyed_in_use_fixes());
  if (report.location.kind == LocationKind::kFileDescriptor) {
    return {"close the descriptor after its last user: join the thread first",
            "guard its use and its close with the same mutex, and mark it closed (-1) there",
            "give it one owner; the others ask the owner, or have a duplicate (dup(2))"};
  }
  const bool some_atomic = std::ranges::any_of(report.accesses, &Access::atomic);
  std::vector<std::string> fixes;
  if (some_atomic && !plain_side_in_library(report)) {
    fixes.emplace_back(
        "make the other access atomic too: both of a pair must be (std::atomic_ref)");
  }
  fixes.push_back(first_race_fix(report));
  // A container, or a whole table that is copied, cannot be made atomic.
  if (!some_atomic && !in_library_call(report)) fixes.emplace_back(kAtomicFix);
  fixes.emplace_back(kOrderFix);
  fixes.emplace_back(kOwnCopyFix);
  if (owner_takes_part(report)) {
    // Whoever has the variable on its stack knows the thread: to wait for it is the smallest.
    std::ranges::rotate(fixes, fixes.end() - 2);
  }
  return fixes;
}

/// Of an access to an address that the program does not have.
Fixes fixes_of_address(const Report& report) {
  if (calls_null(report)) return null_call_fixes();
  const bool known = !report.accesses.empty() && report.location.text.empty();
  if (known && in_first_page(report.accesses.front())) return null_fixes();
  const bool writes = known && report.accesses.front().kind == AccessKind::kWrite;
  return writes ? wild_write_fixes() : fixes_of_kind(kSegv, report.text);
}

/// A detector that failed in a call that joins a thread: it met one that is not there any more.
bool failed_in_join(const Report& report) {
  return report.kind == kDetectorFailure && std::ranges::any_of(places(report), [](auto* stack) {
           return std::ranges::any_of(*stack, [](const Frame& frame) {
             return frame.function.find("pthread_join") != std::string::npos ||
                    frame.function.find("pthread_detach") != std::string::npos;
           });
         });
}

/// The last fix of the kind first.
std::vector<std::string> last_first(const Report& report) {
  std::vector<std::string> fixes = list(fixes_of_kind(report.kind, report.text));
  std::ranges::rotate(fixes, fixes.end() - 1);
  return fixes;
}

std::vector<std::string> fixes_of(const Report& report) {
  if (report.kind == kDataRace) return race_fixes(report);
  if (failed_in_join(report)) return list(fixes_of_misuse(kThreadMisuse, report.text));
  if (report.kind == kDetectorFailure) return list(fixes_of_failure(report.text));
  if (waits_unlocked(report)) return list(unlocked_wait_fixes());
  const bool lifetime = report.kind == kUseAfterFree || report.kind == kUseAfterFreeRace ||
                        report.kind == kUseAfterReturn || report.kind == kUseAfterScope ||
                        report.kind == kSegv;
  if (lifetime && in_coroutine(report)) return coroutine_fixes(report.kind);
  if (report.kind == kSegv) return list(fixes_of_address(report));
  if (linked_twice(report) || leaks_in_circle(report)) return last_first(report);
  return list(fixes_of_kind(report.kind, report.text));
}

}  // namespace

std::vector<std::string> usual_fixes(const Report& report) {
  std::vector<std::string> fixes = fixes_of(report);
  switch (language_of(report)) {
    case Language::kC:
      return in_c(std::move(fixes));
    case Language::kRust:
      return in_rust(report, std::move(fixes));
    case Language::kSwift:
      return in_swift(report, std::move(fixes));
    case Language::kCPlusPlus:
      break;
  }
  return fixes;
}

std::optional<std::string> missing_lock(const Report& report) {
  if (different_locks(report)) {
    return fmt::format("hold the same mutex at both: {} here as there, or {}",
                       held_by(report.accesses[0]), held_by(report.accesses[1]));
  }
  if (!one_side_locked(report)) return std::nullopt;
  const bool first = !report.accesses[0].mutexes.empty();
  const Access& locked = report.accesses[first ? 0 : 1];
  const Access& bare = report.accesses[first ? 1 : 0];
  return fmt::format("take {} at the other access too, in {}{}", held_by(locked),
                     thread_name(bare.thread),
                     short_where(bare.stack).empty() ? "" : " at " + short_where(bare.stack));
}

}  // namespace assay
