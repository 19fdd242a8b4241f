/// The words of explanations: who, did what, to what, where.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sanitizers/reports/report.h"

namespace assay {

/// "the main thread", "T2", "an unknown thread".
std::string thread_name(const std::string& thread);

std::string capital(std::string text);

/// "1 byte", "2 bytes".
std::string counted(std::uint64_t number, std::string_view noun);

/// Does it give the memory back? To ThreadSanitizer that is a write, by the function that frees.
bool frees(const Access& access);

/// Does it destroy a mutex, a condition variable, a barrier or a semaphore?
bool destroys(const Access& access);

/// "reads", "atomically writes", "frees", "accesses".
std::string_view verb(const Access& access);

/// "M0 and M1 (for reading)".
std::string held_by(const Access& access);

/// The place in the program's own code: "a.cc:12:3 in f()"; empty if unknown.
std::string where(const Stack& stack);

/// "a.cc:12", or the function where there is no line; empty if neither is known.
std::string short_where(const Stack& stack);

/// The name of a variable, or "a heap block of 16 bytes (allocated at a.cc:3)" and the like.
std::string what_it_is(const Location& location);

/// What happened, in one sentence without a full stop.
std::string headline(const Report& report);

}  // namespace assay
