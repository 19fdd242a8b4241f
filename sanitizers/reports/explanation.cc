#include "sanitizers/reports/explanation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sanitizers/reports/advice.h"
#include "sanitizers/reports/own_code.h"

namespace assay {
namespace {

std::string thread_name(const std::string& thread) {
  if (thread.empty()) return "an unknown thread";
  return thread == "main" ? "the main thread" : thread;
}

std::string capital(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] -= 'a' - 'A';
  return text;
}

std::string_view verb(const Access& access) {
  switch (access.kind) {
    case AccessKind::kRead:
      return access.atomic ? "atomically reads" : "reads";
    case AccessKind::kWrite:
      return access.atomic ? "atomically writes" : "writes";
    case AccessKind::kFree:
      return "frees";
    case AccessKind::kUnknown:
      break;
  }
  return "accesses";
}

std::string where(const Stack& stack) {
  const Frame* frame = own_frame(stack);
  if (frame == nullptr) return "";
  std::string text = place_of(*frame);
  if (frame->column != 0 && frame->line != 0) text += fmt::format(":{}", frame->column);
  if (!frame->function.empty()) text += (text.empty() ? "" : " in ") + frame->function;
  return text;
}

std::string short_where(const Stack& stack) {
  const Frame* frame = own_frame(stack);
  if (frame == nullptr) return "";
  const std::string place = place_of(*frame);
  return place.empty() ? frame->function : place;
}

std::string held_by(const Access& access) {
  std::vector<std::string> names;
  for (const HeldMutex& held : access.mutexes) {
    names.push_back(held.name + (held.write ? "" : " (for reading)"));
  }
  return fmt::format("{}", fmt::join(names, " and "));
}

bool is_race(ReportKind kind) {
  return kind == ReportKind::kDataRace || kind == ReportKind::kVptrRace ||
         kind == ReportKind::kUseAfterFreeRace;
}

std::string race_headline(const Report& report) {
  const Access& now = report.accesses[0];
  const std::string who = now.thread == "main" ? "the main thread" : "thread " + now.thread;
  if (report.accesses.size() < 2) {
    return fmt::format("{} {} {}; the other access is not known", who, verb(now),
                       what_it_is(report.location));
  }
  const Access& before = report.accesses[1];
  std::string_view end = "and nothing orders the two";
  if (different_locks(report)) end = "each under another lock, and no lock is common to both";
  if (one_side_locked(report)) end = "and only one of the two holds a lock";
  return fmt::format("{} {} {} while {} {} it, {}", who, verb(now), what_it_is(report.location),
                     thread_name(before.thread), verb(before), end);
}

std::string leak_headline(const Report& report) {
  std::uint64_t bytes = 0;
  std::uint64_t objects = 0;
  for (const Leak& leak : report.leaks) {
    bytes += leak.bytes;
    objects += leak.objects;
  }
  return fmt::format("{} bytes in {} blocks were never freed, and nothing points to them any more",
                     bytes, objects);
}

std::string order_headline(const Report& report) {
  std::vector<std::string> edges;
  for (const LockEdge& edge : report.cycle) {
    edges.push_back(fmt::format("{} before {}", edge.held, edge.acquired));
  }
  if (edges.empty()) return "locks are taken in different orders, which can deadlock";
  return fmt::format("locks are taken in different orders ({}), which can deadlock",
                     fmt::join(edges, ", "));
}

// "the main thread writes 4 bytes beyond `table`": what one access to memory did wrong.
std::string memory_headline(const Report& report, std::string_view before, std::string_view after) {
  const Access& access = report.accesses.front();
  return fmt::format("{} {}{} {}{}", thread_name(access.thread), verb(access), before,
                     what_it_is(report.location), after);
}

std::string headline(const Report& report) {
  const bool accessed = !report.accesses.empty();
  if (is_race(report.kind) && accessed) return race_headline(report);
  if (report.kind == ReportKind::kLockOrderInversion) return order_headline(report);
  if (report.kind == ReportKind::kLeak) return leak_headline(report);
  const bool placed = accessed && report.location.kind != LocationKind::kUnknown;
  if (placed && report.kind == ReportKind::kUseAfterFree) {
    return memory_headline(report, "", " after it was freed");
  }
  if (placed && (report.kind == ReportKind::kHeapBufferOverflow ||
                 report.kind == ReportKind::kStackBufferOverflow ||
                 report.kind == ReportKind::kGlobalBufferOverflow)) {
    return memory_headline(report, " beyond the bounds of", "");
  }
  if (placed &&
      (report.kind == ReportKind::kUseAfterReturn || report.kind == ReportKind::kUseAfterScope)) {
    return memory_headline(report, "", " when it is no longer on the stack");
  }
  if (report.detector == Detector::kUndefinedBehaviorSanitizer) return report.text;
  std::string text(meaning(report.kind));
  if (text.ends_with('.')) text.pop_back();
  if (report.kind == ReportKind::kUnknown) text += fmt::format(": {}", report.text);
  return text;
}

ExplainedPlace place(std::string what, const Stack& stack) {
  ExplainedPlace made;
  made.what = std::move(what);
  made.stack = stack;
  if (const Frame* frame = own_frame(stack)) made.frame = *frame;
  made.where = where(stack);
  if (made.where.empty()) made.where = "place unknown: the report has no stack here";
  return made;
}

void add_access(const Report& report, const Access& access, Explanation& explanation) {
  const bool only = report.accesses.size() == 1 && access.kind == AccessKind::kUnknown;
  std::string what = only ? "Here" : capital(thread_name(access.thread));
  if (!only) what += fmt::format(" {}", verb(access));
  if (access.size > 0) what += fmt::format(" {} byte{}", access.size, access.size == 1 ? "" : "s");
  if (access.previous) what += " (earlier)";
  if (!access.mutexes.empty()) what += ", holding " + held_by(access);
  ExplainedPlace made = place(std::move(what), access.stack);
  const Frame* end = own_frame(access.until);
  if (end != nullptr && (made.frame.line == 0 || is_library_frame(made.frame))) {
    made.frame = *end;
    made.where = "before " + where(access.until);
  }
  explanation.places.push_back(std::move(made));
}

void add_places(const Report& report, Explanation& explanation) {
  for (const Access& access : report.accesses) add_access(report, access, explanation);
  for (const LockEdge& edge : report.cycle) {
    explanation.places.push_back(
        place(fmt::format("{} takes {} while it holds {}",
                          edge.thread.empty() ? "A thread" : capital(thread_name(edge.thread)),
                          edge.acquired, edge.held),
              edge.acquired_at));
  }
  for (const Leak& leak : report.leaks) {
    explanation.places.push_back(
        place(fmt::format("{} bytes in {} blocks{}", leak.bytes, leak.objects,
                          leak.indirect ? ", reachable from another leak" : ""),
              leak.allocation));
  }
  if (explanation.places.empty()) {
    for (const ReportThread& thread : report.threads) {
      explanation.places.push_back(place(thread.name + " was created here", thread.creation));
    }
  }
  for (const TitledStack& other : report.stacks) {
    explanation.places.push_back(place(other.title.empty() ? "Here" : other.title, other.stack));
  }
}

void add_missing(const Report& report, Explanation& explanation) {
  auto& missing = explanation.missing;
  if (is_race(report.kind) && report.accesses.size() >= 2) {
    if (different_locks(report)) {
      missing.push_back(fmt::format("no common lock: {} against {}", held_by(report.accesses[0]),
                                    held_by(report.accesses[1])));
    } else if (one_side_locked(report)) {
      const bool first = !report.accesses[0].mutexes.empty();
      const Access& locked = report.accesses[first ? 0 : 1];
      missing.push_back(fmt::format("{} holds {}, {} holds nothing", thread_name(locked.thread),
                                    held_by(locked),
                                    thread_name(report.accesses[first ? 1 : 0].thread)));
    } else if (report.accesses[0].mutexes.empty()) {
      missing.push_back("no lock is held at either access");
    }
    missing.push_back(
        "no happens-before edge: no join, no release and acquire, no message between");
  }
  for (const LockEdge& edge : report.cycle) {
    if (edge.held_at.empty()) continue;
    missing.push_back(
        fmt::format("{} was already held since {}", edge.held, short_where(edge.held_at)));
  }
  for (const Mutex& mutex : report.mutexes) {
    const std::string since = short_where(mutex.creation);
    std::string line = fmt::format("{}", mutex.name);
    if (!mutex.variable.empty()) line += fmt::format(" is `{}`", mutex.variable);
    if (!since.empty()) line += fmt::format(" was first seen at {}", since);
    if (mutex.destroyed) line += " and is destroyed by now";
    if (line != mutex.name) missing.push_back(line);
  }
}

void add_memory(const Report& report, Explanation& explanation) {
  const Location& location = report.location;
  auto& memory = explanation.memory;
  if (location.kind == LocationKind::kUnknown) {
    if (!location.text.empty()) memory.push_back(location.text);
    return;
  }
  std::string line = what_it_is(location);
  if (location.size > 0 && !location.name.empty()) line += fmt::format(", {} bytes", location.size);
  if (!location.file.empty())
    line += fmt::format(", defined at {}:{}", location.file, location.line);
  memory.push_back(capital(line));
  const std::string made = where(location.stack);
  const bool allocated = location.kind == LocationKind::kHeap;
  if (!made.empty()) {
    memory.push_back(
        fmt::format("{} {}{}", allocated ? "allocated at" : "made at", made,
                    location.thread.empty() ? "" : " by " + thread_name(location.thread)));
  }
  if (!location.freed.empty()) {
    memory.push_back(
        fmt::format("freed at {} by {}", where(location.freed), thread_name(location.freed_by)));
  }
}

void add_threads(const Report& report, Explanation& explanation) {
  for (const ReportThread& thread : report.threads) {
    if (thread.name == "main") continue;
    std::string line = thread.name;
    if (!thread.label.empty()) line += fmt::format(" ('{}')", thread.label);
    if (!thread.created_by.empty()) {
      line += fmt::format(" was created by {}", thread_name(thread.created_by));
    } else {
      line += " was created";
    }
    const std::string at = where(thread.creation);
    line += at.empty() ? ", place unknown" : " at " + at;
    if (!thread.state.empty()) line += fmt::format(" ({} then)", thread.state);
    explanation.threads.push_back(line);
  }
}

std::string reproduce(const Report& report, const std::string& command) {
  std::string text = command.empty() ? "run the program again under the same detector"
                                     : fmt::format("assay explain -- {}", command);
  if (is_race(report.kind)) text += "; a race may need several runs";
  if (report.kind == ReportKind::kLockOrderInversion && !report.cycle.empty() &&
      report.cycle.front().held_at.empty()) {
    text += "; TSAN_OPTIONS=second_deadlock_stack=1 shows where the first lock was taken";
  }
  return text;
}

}  // namespace

std::string what_it_is(const Location& location) {
  const std::string_view name = location.name;
  if (!name.empty()) return fmt::format("`{}`", name);
  switch (location.kind) {
    case LocationKind::kHeap: {
      const std::string at = short_where(location.stack);
      return fmt::format("a heap block of {} bytes{}", location.size,
                         at.empty() ? "" : fmt::format(" (allocated at {})", at));
    }
    case LocationKind::kGlobal:
      return "a global variable";
    case LocationKind::kStack:
      return location.thread.empty()
                 ? "a variable on a stack"
                 : fmt::format("a variable on the stack of {}", thread_name(location.thread));
    case LocationKind::kThreadLocal:
      return fmt::format("a thread-local variable of {}", thread_name(location.thread));
    case LocationKind::kFileDescriptor:
      return fmt::format("file descriptor {}", location.descriptor);
    case LocationKind::kMapping:
    case LocationKind::kUnknown:
      break;
  }
  return "the same memory";
}

Explanation explain(const Report& report, const std::string& command) {
  Explanation explanation;
  explanation.headline = headline(report);
  explanation.meaning = meaning(report.kind);
  add_places(report, explanation);
  add_missing(report, explanation);
  add_memory(report, explanation);
  add_threads(report, explanation);
  for (const std::string_view fix : usual_fixes(report.kind)) explanation.fixes.emplace_back(fix);
  explanation.gallery = gallery_entry(report);
  explanation.reproduce = reproduce(report, command);
  return explanation;
}

}  // namespace assay
