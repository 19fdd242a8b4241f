#include "sanitizers/reports/gallery_entry.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "sanitizers/reports/own_code.h"
#include "sanitizers/reports/phrases.h"
#include "sanitizers/reports/questions.h"

namespace assay {
namespace {

using enum ReportKind;

/// Is an access in a function of a class of the library, such as "std::map"? It may well be an
/// argument of another one.
bool calls_of(const Report& report, std::string_view name) {
  if (!name.starts_with("std::")) return calls(report, name);
  return std::ranges::any_of(report.accesses, [&](const Access& access) {
    return std::ranges::any_of(access.stack, [&](const Frame& frame) {
      return name_of_function(frame.function).starts_with(name);
    });
  });
}

std::string_view race_entry(const Report& report) {
  // How the name of a function begins; of the containers by what they are made of.
  constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kCalls = {{
      {"memset", "memset_against_write"},
      {"memcpy", "race_through_memcpy"},
      {"std::vector<bool", "race_on_vector_of_bool"},
      {"std::vector", "race_of_vector_growth_and_read"},
      {"std::deque", "race_of_vector_growth_and_read"},
      {"std::_Deque_", "race_of_vector_growth_and_read"},
      {"std::shared_ptr", "race_on_shared_ptr"},
      {"std::map", "race_on_map_insertion"},
      {"std::_Rb_tree", "race_on_map_insertion"},
      {"std::unordered_", "race_on_map_insertion"},
      {"std::_Hashtable", "race_on_map_insertion"},
      {"std::__detail::_Hash", "race_on_map_insertion"},
      {"std::__cxx11::basic_string", "race_on_string_copy"},
      {"strtok", "race_in_strtok"},
  }};
  if (std::ranges::any_of(report.accesses, frees)) return "use_after_free_by_another_thread";
  if (destroys_in_use(report)) return "mutex_destroyed_while_locked";
  if (different_locks(report)) return "wrong_mutex";
  if (read_locked(report)) return "write_under_read_lock";
  if (one_side_locked(report)) return "mutex_on_one_side_only";
  const bool atomic = std::ranges::any_of(report.accesses, &Access::atomic);
  if (atomic && calls(report, "_Sp_counted")) return "race_on_shared_ptr";
  if (atomic) return "partially_atomic_access";
  if (report.location.kind == LocationKind::kFileDescriptor) {
    return "descriptor_closed_against_write";
  }
  for (const auto& [name, entry] : kCalls) {
    if (calls_of(report, name)) return entry;
  }
  switch (report.location.kind) {
    case LocationKind::kThreadLocal:
      return "escaped_thread_local";
    case LocationKind::kStack:
      return "race_on_escaped_stack_variable";
    case LocationKind::kHeap:
      return "race_on_heap_object";
    default:
      return "race_on_counter";
  }
}

std::vector<const Stack*> all_stacks(const Report& report) {
  std::vector<const Stack*> stacks = {&report.location.freed, &report.location.stack};
  for (const Access& access : report.accesses) stacks.push_back(&access.stack);
  for (const LockEdge& edge : report.cycle) stacks.push_back(&edge.acquired_at);
  for (const Leak& leak : report.leaks) stacks.push_back(&leak.allocation);
  for (const TitledStack& titled : report.stacks) stacks.push_back(&titled.stack);
  for (const ReportThread& thread : report.threads) stacks.push_back(&thread.creation);
  return stacks;
}

/// "sanitizers/gallery/programs/wrong_mutex.cc" is about wrong_mutex.
std::string program_of_gallery(const Report& report) {
  constexpr std::string_view kFolder = "sanitizers/gallery/programs/";
  for (const Stack* stack : all_stacks(report)) {
    for (const Frame& frame : *stack) {
      const std::size_t at = frame.file.find(kFolder);
      if (at == std::string::npos || !frame.file.ends_with(".cc")) continue;
      const std::string name = frame.file.substr(at + kFolder.size());
      return name.substr(0, name.size() - 3);
    }
  }
  return "";
}

}  // namespace

std::string gallery_entry(const Report& report) {
  std::string itself = program_of_gallery(report);
  return itself.empty() ? std::string(resembling_entry(report)) : itself;
}

std::string_view resembling_entry(const Report& report) {
  const bool coroutine = in_coroutine(report);
  switch (report.kind) {
    case kDataRace:
      return race_entry(report);
    case kVptrRace:
      return "race_on_vtable_during_destruction";
    case kUseAfterFreeRace:
      return coroutine ? "coroutine_frame_used_after_destroy" : "use_after_free_by_another_thread";
    case kLockOrderInversion:
      return report.cycle.size() > 2 ? "lock_order_inversion_of_three"
                                     : "lock_order_inversion_of_two";
    case kThreadLeak:
      return "leaked_thread";
    case kDoubleLock:
      return "double_lock";
    case kUnlockOfUnlocked:
      return waits_unlocked(report) ? "condition_variable_without_mutex"
                                    : "unlock_of_unlocked_mutex";
    case kUnlockByOther:
      return "unlock_by_another_thread";
    case kDestroyOfLocked:
      return "mutex_destroyed_while_locked";
    case kConditionMisuse:
      return "condition_variable_without_mutex";
    case kSignalUnsafeCall:
      return "signal_unsafe_call";
    case kErrnoInHandler:
      return "errno_unsafe_handler";
    case kThreadMisuse:
      return "join_of_oneself";
    case kHeapBufferOverflow:
      return "heap_overflow_into_a_sibling";
    case kUseAfterFree:
      if (coroutine) return "coroutine_frame_used_after_destroy";
      return report.threads.empty() ? "use_after_free" : "use_after_free_by_another_thread";
    case kDoubleFree:
      return report.threads.empty() ? "" : "double_free_across_threads";
    case kUseAfterReturn:
      return coroutine ? "lambda_coroutine_captures_gone" : "stack_use_after_return_through_thread";
    case kSegv:
      return coroutine ? "coroutine_resumed_after_done" : "";
    case kStackOverflow:
      return "fiber_stack_overflow";
    case kUseAfterScope:
      return coroutine ? "coroutine_reference_parameter_dangles"
                       : "stack_use_after_scope_through_thread";
    case kMismatchedFree:
      return "mismatched_delete";
    case kLeak:
      return "leak";
    case kSignedOverflow:
      return "signed_overflow";
    default:
      return "";
  }
}

}  // namespace assay
