// Fixes for calls of the threads library against its rules.
#include "sanitizers/reports/usual_fixes.h"

namespace assay {
namespace {

using enum ReportKind;

constexpr std::array<std::string_view, 3> kConditionFixes = {
    "hold the mutex of the condition variable where the state changes that is waited for",
    "wait in a loop that asks for that state, with the mutex held, and with one mutex only",
    "to signal after the unlock is allowed: where the state changed under the mutex, a suppression "
    "ends the report",
};
constexpr std::array<std::string_view, 2> kConditionWaitFixes = {
    "lock the mutex before the wait, in the thread that waits: the wait gives it up and takes it "
    "again",
    "wait in a loop that asks for the state, with that mutex held",
};
constexpr std::array<std::string_view, 2> kConditionMutexFixes = {
    "wait with one mutex: everybody who waits for a condition variable names the same",
    "give each mutex a condition variable of its own",
};
constexpr std::array<std::string_view, 2> kLifeFixes = {
    "destroy it after its last use: wake and join the threads that use it first",
    "initialize it once, before its first use",
};
constexpr std::array<std::string_view, 2> kBarrierFixes = {
    "initialize it once, before any thread waits there, with the number of threads that do (1 or "
    "more)",
    "destroy it once, after every thread came out of its wait: join them first",
};
constexpr std::array<std::string_view, 3> kSemaphoreFixes = {
    "initialize it once, before its first use",
    "destroy it after the last wait and post: join the threads first",
    "post once for each wait that is to go through",
};
constexpr std::array<std::string_view, 3> kReadWriteFixes = {
    "unlock it in the thread that locked it, once for each lock, and never before a lock",
    "do not lock it again while holding it for writing, not even for reading: give it up first",
    "initialize it before its first use, and destroy it after its last",
};
constexpr std::array<std::string_view, 3> kThreadFixes = {
    "join or detach a thread once: who does it forgets the handle then",
    "let no thread join itself, and no two join each other",
    "wait for a detached thread by a flag that it sets last: it cannot be joined",
};
constexpr std::array<std::string_view, 3> kMutexFixes = {
    "initialize it before its first use, and once",
    "destroy it after its last use: join the threads that use it first",
    "unlock only what was locked: to a detector a mutex begins with its initialization or its "
    "first lock",
};
constexpr std::array<std::string_view, 2> kDestroyedFixes = {
    "destroy it after its last use: join the threads that use it first",
    "let what it belongs to live as long as its users",
};

bool says(std::string_view words, std::string_view part) { return words.find(part) != words.npos; }

Fixes condition_fixes(std::string_view words) {
  if (says(words, "estr") || says(words, "initiali") || says(words, "not a condition variable")) {
    return kLifeFixes;
  }
  if (says(words, "different mutex") || says(words, "Inconsistent association")) {
    return kConditionMutexFixes;
  }
  return says(words, "wait") && !says(words, "signal") ? Fixes(kConditionWaitFixes)
                                                       : kConditionFixes;
}

}  // namespace

Fixes fixes_of_misuse(ReportKind kind, std::string_view words) {
  switch (kind) {
    case kConditionMisuse:
      return condition_fixes(words);
    case kBarrierMisuse:
      return kBarrierFixes;
    case kSemaphoreMisuse:
      return kSemaphoreFixes;
    case kReadLockMisuse:
      return kReadWriteFixes;
    case kThreadMisuse:
      return kThreadFixes;
    case kInvalidMutex:
      return kMutexFixes;
    default:
      return {};
  }
}

Fixes unlocked_wait_fixes() { return kConditionWaitFixes; }

Fixes destroyed_in_use_fixes() { return kDestroyedFixes; }

}  // namespace assay
