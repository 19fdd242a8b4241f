// One sentence a kind of report: what happened, to whom.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "sanitizers/reports/own_code.h"
#include "sanitizers/reports/phrases.h"
#include "sanitizers/reports/questions.h"
#include "sanitizers/reports/scan.h"

namespace assay {
namespace {

std::string of_race(const Report& report) {
  const Access& now = report.accesses[0];
  const bool named = now.thread != "main" && !now.thread.empty();
  const std::string who = named ? "thread " + now.thread : thread_name(now.thread);
  if (report.accesses.size() < 2) {
    return fmt::format("{} {} {}; the other access is not known", who, verb(now),
                       what_it_is(report.location));
  }
  const Access& before = report.accesses[1];
  if (report.kind == ReportKind::kUseAfterFreeRace) {
    return fmt::format("{} {} memory that {} frees, and nothing orders the two", who, verb(now),
                       thread_name(before.thread));
  }
  if (report.kind == ReportKind::kVptrRace && now.kind != before.kind) {
    const bool writes = now.kind == AccessKind::kWrite;
    return fmt::format(
        "{} constructs or destroys an object while {} calls a virtual function of "
        "it, and nothing orders the two",
        thread_name(writes ? now.thread : before.thread),
        thread_name(writes ? before.thread : now.thread));
  }
  if (destroys_in_use(report)) {
    const bool first = destroys(now);
    return fmt::format("{} destroys {} while {} uses it, and nothing orders the two",
                       thread_name(first ? now.thread : before.thread), what_it_is(report.location),
                       thread_name(first ? before.thread : now.thread));
  }
  std::string_view end = "and nothing orders the two";
  if (different_locks(report)) end = "each under another lock, and no lock is common to both";
  if (one_side_locked(report)) end = "and only one of the two holds a lock";
  return fmt::format("{} {} {} while {} {} it, {}", who, verb(now), what_it_is(report.location),
                     thread_name(before.thread), verb(before), end);
}

std::string of_leak(const Report& report) {
  std::uint64_t bytes = 0;
  std::uint64_t objects = 0;
  for (const Leak& leak : report.leaks) {
    bytes += leak.bytes;
    objects += leak.objects;
  }
  return fmt::format("{} in {} {} never freed, and nothing points to {} any more",
                     counted(bytes, "byte"), counted(objects, "block"), bytes == 1 ? "was" : "were",
                     objects == 1 ? "it" : "them");
}

std::string of_lock_order(const Report& report) {
  std::vector<std::string> edges;
  for (const LockEdge& edge : report.cycle) {
    edges.push_back(fmt::format("{} before {}", edge.held, edge.acquired));
  }
  if (edges.empty()) return "locks are taken in different orders, which can deadlock";
  if (edges.size() == 1) {
    return fmt::format(
        "locks are taken in different orders ({} here, the other way round before), "
        "which can deadlock",
        edges.front());
  }
  return fmt::format("locks are taken in different orders ({}), which can deadlock",
                     fmt::join(edges, ", "));
}

std::string of_thread_leak(const Report& report) {
  if (report.threads.empty()) return "";
  const ReportThread& thread = report.threads.front();
  const std::string at = short_where(thread.creation);
  const std::size_t others = report.threads.size() - 1;
  return fmt::format("thread {}{}{} neither joined nor detached", thread.name,
                     at.empty() ? "" : fmt::format(", created at {},", at),
                     others == 0 ? " was" : fmt::format(" and {} more were", others));
}

std::string lock_of(const Report& report) {
  if (!report.location.name.empty()) return what_it_is(report.location);
  if (report.mutexes.empty()) return "a mutex";
  const ReportMutex& mutex = report.mutexes.front();
  return mutex.variable.empty() ? "mutex " + mutex.name
                                : fmt::format("`{}`", readable_name(mutex.variable));
}

std::string of_lock(const Report& report, std::string_view done, std::string_view but) {
  const bool known = !report.accesses.empty() && !report.accesses.front().thread.empty();
  return fmt::format("{} is {}{}, {}", lock_of(report), done,
                     known ? " by " + thread_name(report.accesses.front().thread) : "", but);
}

/// "malloc" of the innermost frame of the first place.
std::string innermost(const Report& report) {
  for (const Stack* stack : places(report)) {
    if (!stack->empty()) return readable_name(stack->front().function);
  }
  return "";
}

std::string of_handler(const Report& report) {
  const std::string function = innermost(report);
  if (function.empty()) return "";
  if (report.kind == ReportKind::kErrnoInHandler) {
    return fmt::format("the signal handler {} changes errno under the code that it interrupted",
                       function);
  }
  return fmt::format("a signal handler calls {}, which is not safe there", function);
}

/// Memcheck names the thread only if there are several.
std::string who(const Access& access) {
  return access.thread.empty() ? "the program" : thread_name(access.thread);
}

/// "the main thread writes 4 bytes beyond `table`": what one access to memory did wrong.
std::string of_memory(const Report& report, std::string_view before, std::string_view after) {
  const Access& access = report.accesses.front();
  return fmt::format("{} {}{} {}{}", who(access), verb(access), before, what_it_is(report.location),
                     after);
}

/// "the main thread frees an address inside of a heap block of 8 bytes, not its start".
std::string of_bad_free(const Report& report) {
  if (report.location.kind == LocationKind::kHeap) {
    return of_memory(report, " an address inside of", ", not its start");
  }
  if (report.location.kind == LocationKind::kUnknown) return "";
  return of_memory(report, "", ", which no allocation returned");
}

std::string of_double_free(const Report& report) {
  const Location& location = report.location;
  const std::string place = short_where(location.freed);
  const std::string at = place.empty() ? "" : " at " + place;
  if (location.freed_by.empty()) return of_memory(report, "", ", which was freed before" + at);
  return of_memory(report, "",
                   fmt::format(", which {} freed before{}", thread_name(location.freed_by), at));
}

/// "alloc-dealloc-mismatch (operator new vs free) on 0x50"; "new-delete-type-mismatch on 0x50".
std::string of_mismatch(const Report& report) {
  if (report.text.starts_with("new-delete-type-mismatch")) {
    const std::uint64_t made_as = report.location.size;
    const std::uint64_t freed_as = report.accesses.front().size;
    if (made_as == 0 || freed_as == 0) return "";
    if (made_as == freed_as) return "memory is deleted by another type than it was made for";
    return fmt::format("an object of {} is deleted as one of {}", counted(made_as, "byte"),
                       counted(freed_as, "byte"));
  }
  Scan scan(report.text);
  std::string_view made;
  std::string_view freed;
  if (!scan.skip_past("(") || !scan.until(" vs ", made) || !scan.until(")", freed)) return "";
  return fmt::format("memory that came from {} is given back by {}", made, freed);
}

std::string of_bad_address(const Report& report) {
  const Access& access = report.accesses.front();
  if (access.thread.empty() && access.kind == AccessKind::kUnknown) return "";
  if (calls_null(report)) {
    return fmt::format("{} calls a function at address {:#x}: a null pointer, or close to one",
                       who(access), access.address);
  }
  const std::string did = fmt::format("{} {}", who(access), verb(access));
  if (report.location.kind == LocationKind::kUnknown && !report.location.text.empty()) {
    return did + " an address that no program can have, by a pointer that is no pointer";
  }
  if (in_first_page(access)) {
    return fmt::format("{} address {:#x}: a null pointer, or close to one", did, access.address);
  }
  // The signal does not tell the two.
  if (access.kind == AccessKind::kWrite) {
    return fmt::format("{} address {:#x}, where the program may only read, or has no memory at all",
                       did, access.address);
  }
  return fmt::format("{} address {:#x}, which the program does not have", did, access.address);
}

/// What the detector said in its own words, behind what that means.
std::string with_its_words(const Report& report) {
  constexpr std::size_t kLong = 160;
  std::string_view words = report.text;
  Scan scan(words);
  std::uint32_t thread = 0;
  if (scan.eat("Thread #") && scan.number(thread) && scan.eat(": ")) words = scan.rest();
  if (words.ends_with('.')) words.remove_suffix(1);
  std::string text(meaning(report.kind));
  text.pop_back();
  if (words.empty()) return text;
  // "LeakSanitizer has encountered a fatal error"
  const bool of_itself = words.starts_with("has ") || words.starts_with("failed to ");
  return fmt::format("{}: {}{}{}", text,
                     of_itself ? fmt::format("{} ", to_string(report.detector)) : "",
                     words.substr(0, kLong), words.size() > kLong ? "..." : "");
}

std::string of_two_definitions(const Report& report) {
  if (report.location.name.empty()) return "";
  return fmt::format("{} is defined twice{}", what_it_is(report.location),
                     linked_twice(report)
                         ? ", by one definition that is linked into two parts of the program"
                         : "");
}

/// Of reports that are about an access to memory that is known.
std::string of_access(const Report& report) {
  switch (report.kind) {
    case ReportKind::kUseAfterFree:
      return of_memory(report, "", " after it was freed");
    case ReportKind::kHeapBufferOverflow:
    case ReportKind::kStackBufferOverflow:
    case ReportKind::kGlobalBufferOverflow:
    case ReportKind::kOtherOverflow:
      return of_memory(report, " beyond the bounds of", "");
    case ReportKind::kContainerOverflow:
      return of_memory(report, " beyond the elements of the container in", "");
    case ReportKind::kUseAfterReturn:
    case ReportKind::kUseAfterScope:
      return of_memory(report, "", " when it is no longer on the stack");
    case ReportKind::kUseAfterPoison:
      return of_memory(report, "", ", which the program marked off");
    case ReportKind::kInitializationOrder:
      return of_memory(report, "", " before its own initializer ran");
    case ReportKind::kDoubleFree:
      return of_double_free(report);
    case ReportKind::kBadFree:
      return of_bad_free(report);
    default:
      return "";
  }
}

/// Empty where the kind alone is all there is to say.
std::string of_kind(const Report& report) {
  const bool accessed = !report.accesses.empty();
  switch (report.kind) {
    case ReportKind::kDataRace:
    case ReportKind::kVptrRace:
    case ReportKind::kUseAfterFreeRace:
      return accessed ? of_race(report) : "";
    case ReportKind::kLockOrderInversion:
      return of_lock_order(report);
    case ReportKind::kLeak:
      return report.leaks.empty() ? "" : of_leak(report);
    case ReportKind::kThreadLeak:
      return of_thread_leak(report);
    case ReportKind::kDoubleLock:
      return of_lock(report, "locked", "and the thread holds it already");
    case ReportKind::kUnlockOfUnlocked:
      if (waits_unlocked(report)) {
        return of_lock(report, "given up by a wait for a condition variable",
                       "and the thread does not hold it");
      }
      // ThreadSanitizer does not tell whether another thread does.
      return of_lock(report, "unlocked",
                     report.detector == Detector::kThreadSanitizer
                         ? "and the thread that does it does not hold it"
                         : "and nobody holds it");
    case ReportKind::kUnlockByOther:
      return of_lock(report, "unlocked", "and another thread holds it");
    case ReportKind::kExitHoldingLock:
      if (!accessed || report.accesses.front().thread.empty()) return "";
      return thread_name(report.accesses.front().thread) + " ends while it holds a lock";
    case ReportKind::kDestroyOfLocked:
      return of_lock(report, "destroyed", "and somebody holds it");
    case ReportKind::kErrnoInHandler:
    case ReportKind::kSignalUnsafeCall:
      return of_handler(report);
    case ReportKind::kMismatchedFree:
      return accessed ? of_mismatch(report) : "";
    case ReportKind::kSegv:
      return accessed ? of_bad_address(report) : "";
    case ReportKind::kOdrViolation:
      return of_two_definitions(report);
    case ReportKind::kDetectorFailure:
    case ReportKind::kAllocationFailure:
    case ReportKind::kNegativeSize:
    case ReportKind::kCallFailed:
    case ReportKind::kThreadMisuse:
    case ReportKind::kConditionMisuse:
    case ReportKind::kBarrierMisuse:
    case ReportKind::kSemaphoreMisuse:
    case ReportKind::kReadLockMisuse:
      return with_its_words(report);
    default:
      return accessed && report.location.kind != LocationKind::kUnknown ? of_access(report) : "";
  }
}

}  // namespace

std::string headline(const Report& report) {
  const bool signal = report.text.find("(pc 0x") != std::string::npos;
  if (report.detector == Detector::kUndefinedBehaviorSanitizer && !signal) return report.text;
  std::string text = of_kind(report);
  if (!text.empty()) return text;
  text = meaning(report.kind);
  if (text.ends_with('.')) text.pop_back();
  if (report.text.empty() && report.kind == ReportKind::kUnknown) {
    return "A report that is cut off before it says what happened";
  }
  if (report.kind == ReportKind::kUnknown) text += fmt::format(": {}", report.text);
  return text;
}

}  // namespace assay
