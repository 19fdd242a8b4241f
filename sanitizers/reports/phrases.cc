#include "sanitizers/reports/phrases.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <vector>

#include "sanitizers/reports/own_code.h"

namespace assay {

std::string thread_name(const std::string& thread) {
  if (thread.empty()) return "an unknown thread";
  return thread == "main" ? "the main thread" : thread;
}

std::string capital(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] -= 'a' - 'A';
  return text;
}

std::string counted(std::uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

bool frees(const Access& access) {
  if (access.kind == AccessKind::kFree) return true;
  if (access.kind != AccessKind::kWrite || access.stack.empty()) return false;
  constexpr std::array<std::string_view, 4> kNames = {"free", "wrap_free", "operator delete",
                                                      "operator delete[]"};
  const std::string_view function = access.stack.front().function;
  return std::ranges::find(kNames, function.substr(0, function.find('('))) != kNames.end();
}

bool destroys(const Access& access) {
  if (access.stack.empty()) return false;
  const std::string_view function = access.stack.front().function;
  const std::string_view name = function.substr(0, function.find_first_of("@("));
  return (name.starts_with("pthread_") || name.starts_with("sem_")) && name.ends_with("_destroy");
}

std::string_view verb(const Access& access) {
  if (frees(access)) return "frees";
  if (destroys(access)) return "destroys";
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

std::string held_by(const Access& access) {
  std::vector<std::string> names;
  for (const HeldMutex& held : access.mutexes) {
    names.push_back(held.name + (held.write ? "" : " (for reading)"));
  }
  return fmt::format("{}", fmt::join(names, " and "));
}

std::string where(const Stack& stack) {
  const Frame* frame = own_frame(stack);
  if (frame == nullptr) return "";
  std::string text = place_of(*frame);
  if (frame->column != 0 && frame->line != 0) text += fmt::format(":{}", frame->column);
  const std::string function = readable_name(frame->function);
  if (!function.empty()) text += (text.empty() ? "" : " in ") + function;
  return text;
}

std::string short_where(const Stack& stack) {
  const Frame* frame = own_frame(stack);
  if (frame == nullptr) return "";
  const std::string place = place_of(*frame);
  return place.empty() ? readable_name(frame->function) : place;
}

namespace {

// "stats" of "stats.0", and of "stats (.0)" as it is demangled: so the optimizer calls a part of
// it.
std::string name_of_variable(std::string_view name) {
  std::string text = readable_name(name);
  std::size_t end = text.size();
  if (text.ends_with(')')) --end;
  const std::size_t after = text.find_last_not_of("0123456789", end - 1);
  if (text.empty() || after == std::string::npos || after + 1 == end || text[after] != '.') {
    return text;
  }
  const bool demangled = text.ends_with(')');
  if (!demangled) return text.substr(0, after);
  return text.substr(0, after).ends_with(" (") ? text.substr(0, after - 2) : text;
}

}  // namespace

std::string what_it_is(const Location& location) {
  // So clang calls what has no name in the program.
  if (location.name.starts_with("ref.tmp") || location.name.starts_with("agg.tmp")) {
    return "a temporary";
  }
  const std::string name = name_of_variable(location.name);
  if (!name.empty()) return fmt::format("`{}`", name);
  switch (location.kind) {
    case LocationKind::kHeap: {
      const Frame* const made = own_frame(location.stack);
      const bool known = made != nullptr && !is_library_frame(*made);
      const std::string at = known ? short_where(location.stack) : "";
      return fmt::format("a heap block{}{}",
                         location.size == 0 ? "" : " of " + counted(location.size, "byte"),
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
      return "memory of a mapping";
    case LocationKind::kUnknown:
      break;
  }
  return "the same memory";
}

}  // namespace assay
