#include "sanitizers/reports/explanation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sanitizers/reports/advice.h"
#include "sanitizers/reports/advice_for_others.h"
#include "sanitizers/reports/gallery_entry.h"
#include "sanitizers/reports/own_code.h"
#include "sanitizers/reports/phrases.h"
#include "sanitizers/reports/questions.h"

namespace assay {
namespace {

ExplainedPlace place(std::string what, const Stack& stack) {
  ExplainedPlace made;
  made.what = std::move(what);
  made.stack = stack;
  if (const Frame* frame = own_frame(stack)) made.frame = *frame;
  made.where = where(stack);
  if (made.where.empty()) made.where = "place unknown: the report has no stack here";
  return made;
}

// "between a.cc:3 in f and b.cc:7 in g": where only a stretch of a thread's time is known.
void add_stretch(const Access& access, ExplainedPlace& made) {
  const Frame* begin = own_frame(access.stack);
  const Frame* end = own_frame(access.until);
  if (end == nullptr) return;
  const bool begins_here = begin != nullptr && !is_library_frame(*begin);
  const bool ends_here = !is_library_frame(*end);
  made.what += ", somewhere in a stretch of its time";
  made.where = fmt::format("between {} and {}",
                           begins_here ? where(access.stack) : "the start of the thread",
                           ends_here ? where(access.until) : where(access.until) + " (a library)");
  made.frame = ends_here || !begins_here ? *end : *begin;
}

void add_access(const Report& report, const Access& access, Explanation& explanation) {
  const bool only =
      report.accesses.size() == 1 && (access.kind == AccessKind::kUnknown || access.thread.empty());
  std::string what = capital(thread_name(access.thread));
  if (only) what = access.thread.empty() ? "Here" : "Here, in " + thread_name(access.thread);
  // ThreadSanitizer writes "Previous write" of a free.
  const bool frees = report.kind == ReportKind::kUseAfterFreeRace && access.previous;
  if (!only) what += fmt::format(" {}", frees ? "frees it" : verb(access));
  if (report.kind == ReportKind::kOdrViolation) what = "Defined here";
  const bool sized = access.size > 0 && !frees && !destroys(access);
  if (sized && !(only && access.thread.empty())) what += " " + counted(access.size, "byte");
  if (access.previous) what += " (earlier)";
  if (!access.mutexes.empty()) what += ", holding " + held_by(access);
  ExplainedPlace made = place(std::move(what), access.stack);
  add_stretch(access, made);
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
        place(fmt::format("{} in {}{}", counted(leak.bytes, "byte"), counted(leak.objects, "block"),
                          leak.indirect ? ", reachable from another leak" : ""),
              leak.allocation));
  }
  if (explanation.places.empty()) {
    for (const ReportThread& thread : report.threads) {
      explanation.places.push_back(place(thread.name + " was created here", thread.creation));
    }
  }
  for (const TitledStack& other : report.stacks) {
    // Of a line that was not understood, and of a detector that failed without a stack.
    if (other.stack.empty()) continue;
    explanation.places.push_back(place(other.title.empty() ? "Here" : other.title, other.stack));
  }
}

void add_missing_of_race(const Report& report, std::vector<std::string>& missing) {
  if (different_locks(report)) {
    missing.push_back(fmt::format("no common lock: {} against {}", held_by(report.accesses[0]),
                                  held_by(report.accesses[1])));
  } else if (one_side_locked(report)) {
    const bool first = !report.accesses[0].mutexes.empty();
    const Access& locked = report.accesses[first ? 0 : 1];
    missing.push_back(fmt::format("{} holds {}, {} holds nothing", thread_name(locked.thread),
                                  held_by(locked),
                                  thread_name(report.accesses[first ? 1 : 0].thread)));
  } else if (report.detector == Detector::kDrd) {
    missing.push_back("whether a lock was held is not said: DRD does not print it");
  } else if (const auto mute = std::ranges::find_if_not(report.accesses, tells_locks);
             mute != report.accesses.end()) {
    missing.push_back(fmt::format("whether {} held a lock is not said", thread_name(mute->thread)));
  } else if (report.accesses[0].mutexes.empty()) {
    missing.push_back("no lock is held at either access");
  } else {
    missing.push_back("a lock is common to both, but held for reading, which keeps no reader out");
  }
  missing.push_back("no happens-before edge: no join, no release and acquire, no message between");
  if (std::ranges::any_of(report.stacks, [](const TitledStack& other) {
        return other.title == "As if synchronized via sleep";
      })) {
    missing.push_back("a sleep stands between the two, which orders nothing");
  }
}

// The memory goes while somebody still uses it.
void add_missing_of_lifetime(const Report& report, std::vector<std::string>& missing) {
  if (report.accesses.empty()) return;
  const std::string user = thread_name(report.accesses.front().thread);
  if (report.kind == ReportKind::kUseAfterReturn || report.kind == ReportKind::kUseAfterScope) {
    const bool same = report.accesses.front().thread == report.location.thread;
    missing.push_back(
        same ? "an order: the variable's end comes before its last use"
             : fmt::format("nothing keeps the variable until {} is done with it", user));
    return;
  }
  if (report.location.freed_by.empty()) return;
  const std::string freer = thread_name(report.location.freed_by);
  if (report.kind == ReportKind::kDoubleFree) {
    missing.push_back(freer == user
                          ? "one owner: the memory is freed at two places"
                          : fmt::format("one owner: {} and {} both free it", freer, user));
  } else if (freer == user) {
    missing.push_back("an order in one thread: the free comes before the last use");
  } else {
    missing.push_back(
        fmt::format("nothing makes {} wait for {} before it frees, or share the "
                    "ownership with it",
                    freer, user));
  }
}

void add_missing(const Report& report, Explanation& explanation) {
  auto& missing = explanation.missing;
  if (is_race(report.kind) && report.accesses.size() >= 2) add_missing_of_race(report, missing);
  if (!is_race(report.kind)) add_missing_of_lifetime(report, missing);
  if (!report.cycle.empty()) {
    missing.push_back(
        "one order of the locks: each is held here while the next is taken, in a circle");
  }
}

void add_locks(const Report& report, Explanation& explanation) {
  for (const LockEdge& edge : report.cycle) {
    if (edge.held_at.empty()) continue;
    explanation.locks.push_back(fmt::format("{} was held since {} when {} was taken", edge.held,
                                            short_where(edge.held_at), edge.acquired));
  }
  for (const ReportMutex& mutex : report.mutexes) {
    const std::string since = short_where(mutex.creation);
    std::string line = mutex.name;
    if (!mutex.variable.empty()) line += fmt::format(" is `{}`", readable_name(mutex.variable));
    if (!since.empty()) line += fmt::format(" was first seen at {}", since);
    if (mutex.destroyed) line += " is destroyed by now";
    if (line != mutex.name) explanation.locks.push_back(line);
  }
}

void add_memory(const Report& report, Explanation& explanation) {
  const Location& location = report.location;
  auto& memory = explanation.memory;
  if (location.kind == LocationKind::kUnknown) {
    if (!location.text.empty()) memory.push_back(location.text);
    return;
  }
  Location unplaced = location;  // Where it was allocated is the next line.
  unplaced.stack.clear();
  std::string line = what_it_is(unplaced);
  if (location.size > 0 && !location.name.empty()) line += ", " + counted(location.size, "byte");
  // Of a variable on the stack the file is that of its function.
  const Frame* const frame = own_frame(location.stack);
  const std::string file = location.file.empty() && frame != nullptr ? frame->file : location.file;
  if (!file.empty() && location.line != 0) {
    line += fmt::format(", defined at {}:{}", file, location.line);
  }
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
        fmt::format("freed at {}{}", where(location.freed),
                    location.freed_by.empty() ? "" : " by " + thread_name(location.freed_by)));
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
    // A library without frame pointers hides who called it.
    const Frame* const frame = own_frame(thread.creation);
    const bool known = frame != nullptr && !is_library_frame(*frame);
    line += known ? " at " + where(thread.creation) : ", place unknown";
    if (!thread.state.empty()) line += fmt::format(" ({} then)", thread.state);
    explanation.threads.push_back(line);
  }
}

// "libx.so.1" is not what one runs.
bool is_program(const Frame* frame) {
  if (frame == nullptr || is_library_frame(*frame) || frame->module.empty()) return false;
  const std::string_view name = base_name(frame->module);
  constexpr std::array kLibraries = {".so", ".so.", ".dylib", ".dll", ".DLL"};
  return std::ranges::none_of(kLibraries, [&](const char* end) {
    const std::size_t at = name.rfind(end);
    return at != name.npos && (name.ends_with(end) || end == std::string_view(".so."));
  });
}

// "prog" of the places, or of where their threads were created, where the detector names it.
std::string program_of(const Report& report) {
  std::vector<const Stack*> stacks = places(report);
  for (const ReportThread& thread : report.threads) stacks.push_back(&thread.creation);
  for (const Stack* stack : stacks) {
    const Frame* frame = own_frame(*stack);
    if (is_program(frame)) return std::string(base_name(frame->module));
  }
  return "the program";
}

bool has_callers(const Report& report) {
  return std::ranges::any_of(places(report), [](const Stack* stack) { return stack->size() > 1; });
}

std::string under_its_detector(const Report& report) {
  const std::string program = program_of(report);
  const std::string other = run_again_in(language_of(report), report.detector, program);
  if (!other.empty()) return other;
  switch (report.detector) {
    case Detector::kThreadSanitizer:
      return fmt::format("run {} again, built with -fsanitize=thread -g", program);
    case Detector::kAddressSanitizer:
      return fmt::format("run {} again, built with -fsanitize=address -g", program);
    case Detector::kLeakSanitizer:
      return fmt::format("run {} again, built with -fsanitize=address -g (or =leak)", program);
    case Detector::kUndefinedBehaviorSanitizer:
      return fmt::format(
          "run {} again, built with -fsanitize=undefined -g{}", program,
          has_callers(report) ? "" : "; UBSAN_OPTIONS=print_stacktrace=1 shows the callers");
    case Detector::kHelgrind:
      return "valgrind --tool=helgrind PROGRAM";
    case Detector::kDrd:
      return "valgrind --tool=drd PROGRAM";
    case Detector::kOther:
      break;
  }
  return "run the program again under the same detector";
}

/// Of a sanitizer: places that are known as offsets in a program alone.
bool lacks_lines(const Report& report) {
  if (report.detector == Detector::kHelgrind || report.detector == Detector::kDrd) return false;
  const std::vector<const Frame*> own = own_places(report);
  return !own.empty() && std::ranges::all_of(own, [](const Frame* frame) {
    return frame != nullptr && frame->file.empty() && !frame->module.empty();
  });
}

std::string reproduce(const Report& report, const std::string& command) {
  std::string text =
      command.empty() ? under_its_detector(report) : fmt::format("assay explain -- {}", command);
  if (is_race(report.kind)) text += "; a race may need several runs";
  if (lacks_lines(report)) text += "; source lines need -g, and llvm-symbolizer on the PATH";
  if (report.detector == Detector::kThreadSanitizer && !report.cycle.empty() &&
      report.cycle.front().held_at.empty()) {
    text += "; TSAN_OPTIONS=second_deadlock_stack=1 shows where the first lock was taken";
  }
  return text;
}

}  // namespace

Explanation explain(const Report& report, const std::string& command) {
  Explanation explanation;
  explanation.headline = headline(report);
  explanation.meaning = meaning(report.kind);
  add_places(report, explanation);
  add_missing(report, explanation);
  add_locks(report, explanation);
  add_memory(report, explanation);
  add_threads(report, explanation);
  explanation.fixes = usual_fixes(report);
  explanation.gallery = gallery_entry(report);
  explanation.reproduce = reproduce(report, command);
  return explanation;
}

}  // namespace assay
