#include "sanitizers/reports/advice_for_c.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace assay {
namespace {

/// What C has in place of a phrase. Nothing: the fix as a whole is for C++.
constexpr std::array<std::pair<std::string_view, std::string_view>, 32> kPhrases = {{
    {"make it std::atomic,", "make it _Atomic (stdatomic.h),"},
    {"(std::atomic_ref)", "(_Atomic, or __atomic_load_n and its like)"},
    {"by a future, a channel or a latch", "by a semaphore, a queue or a condition variable"},
    {"let the thread own it as well: pass a std::shared_ptr by value, not a reference or raw "
     "pointer",
     "let the last user free it: count the users in an atomic counter"},
    {"hand the ownership over (std::unique_ptr moved into the thread)",
     "hand the ownership over: the thread frees what it was given, and nobody else does"},
    {"take both at once: std::scoped_lock(a, b) never deadlocks", ""},
    {"check the index against size(), not capacity(): reserve() makes no elements",
     "check the index against the number of elements"},
    {"an empty container, a failed", "an empty table, a failed"},
    {", or ask by dynamic_cast", ""},
    {"join the thread (std::jthread does it by itself)", "join the thread: pthread_join"},
    {"lock and unlock by std::lock_guard or std::unique_lock, in the thread",
     "unlock on every path out of the function, in the thread"},
    {"std::unique_lock, not std::shared_lock", "pthread_rwlock_wrlock, not pthread_rwlock_rdlock"},
    {"use a container that knows its size, with at() or a std::span",
     "pass the size along with every pointer, and check against it"},
    {"compile with -D_GLIBCXX_ASSERTIONS, so that standard containers check",
     "compile with -O2 -D_FORTIFY_SOURCE=2, so that the C library checks what it can"},
    {"std::unique_ptr for one, std::shared_ptr by value for several",
     "one place frees it, or the last of several by a count"},
    {"references or iterators into what may be freed, moved or grown",
     "pointers into what may be freed, moved or grown (realloc)"},
    {"return or capture by value instead of by reference",
     "return it by value, or let the caller give the memory"},
    {"join the thread, or finish the coroutine, before", "join the thread before"},
    {"that frees it (std::unique_ptr, a container)", "that frees it, and sets its pointer to NULL"},
    {"free as it was allocated: new with delete, new[] with delete[], malloc with free, and by the "
     "type that was allocated (a virtual destructor)",
     "free what malloc, calloc or realloc returned, that pointer itself, and once"},
    {"let an owner free it: std::unique_ptr, a container, a destroyed coroutine handle",
     "free it where its owner ends, on every path out"},
    {"break cycles of std::shared_ptr with a std::weak_ptr", ""},
    {" (std::clamp)", ""},
    {"std::memmove, or std::copy and std::copy_backward, which may", "memmove: its memory may"},
    {"std::memcpy", "memcpy"},
    {", or an unnamed namespace", ""},
    {", or make it a reference that cannot be null", ""},
    {"by an assertion or an exception", "by an assertion"},
    {", or an exception that nobody caught", ""},
    {"a container, a queue, what is allocated", "a queue, a table, what is allocated"},
    {"a std::vector may be empty and large", "malloc takes a length that is large"},
    {"use std::countr_zero or std::countl_zero, for which 0 is a number like any other", ""},
}};

}  // namespace

std::vector<std::string> in_c(std::vector<std::string> fixes) {
  for (std::string& fix : fixes) {
    for (const auto& [phrase, instead] : kPhrases) {
      const std::size_t at = fix.find(phrase);
      if (at != std::string::npos) fix.replace(at, phrase.size(), instead);
    }
  }
  std::erase(fixes, "");
  return fixes;
}

}  // namespace assay
