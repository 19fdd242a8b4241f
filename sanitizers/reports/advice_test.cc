#include "sanitizers/reports/advice.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace assay {
namespace {

/// A report of two accesses in one file.
Report report_in(const std::string& file, ReportKind kind) {
  Report report;
  report.kind = kind;
  for (const int line : {3, 7}) {
    Access access;
    Frame frame;
    frame.function = "work";
    frame.file = file;
    frame.line = line;
    access.stack = {frame};
    report.accesses.push_back(access);
  }
  return report;
}

/// Words that a C compiler does not know.
std::string foreign_to_c(const Report& report) {
  constexpr std::array<std::string_view, 10> kForeign = {
      "std::", "shared_ptr", "iterator",  "container", "coroutine",
      "new[]", "virtual",    "exception", "namespace", "reference"};
  for (const std::string& fix : usual_fixes(report)) {
    for (const std::string_view word : kForeign) {
      if (fix.find(word) != std::string::npos) return fix;
    }
  }
  return "";
}

TEST(Advice, ForCIsInC) {
  // Of classes, globals with constructors and containers: C has none of them.
  const auto only_cpp = [](ReportKind kind) {
    return kind == ReportKind::kVptrRace || kind == ReportKind::kInitializationOrder ||
           kind == ReportKind::kContainerOverflow;
  };
  for (int i = 0; i <= static_cast<int>(ReportKind::kUnknown); ++i) {
    const auto kind = static_cast<ReportKind>(i);
    if (only_cpp(kind)) continue;
    const Report report = report_in("/src/queue.c", kind);
    EXPECT_FALSE(usual_fixes(report).empty()) << slug(kind);
    EXPECT_EQ(foreign_to_c(report), "") << slug(kind);
  }
}

TEST(Advice, ForCNamesWhatTakesTheLockForWriting) {
  Report report = report_in("queue.c", ReportKind::kDataRace);
  for (Access& access : report.accesses) {
    HeldMutex held;
    held.name = "M1";
    access.mutexes = {held};
  }
  EXPECT_EQ(usual_fixes(report).front(),
            "lock for writing where it is written: pthread_rwlock_wrlock, not "
            "pthread_rwlock_rdlock");
}

/// The first fix of a report of that kind, which the detector called that.
std::string first_fix(ReportKind kind, const std::string& words) {
  Report report;
  report.kind = kind;
  report.text = words;
  return usual_fixes(report).front();
}

TEST(Advice, FitsWhatTheDetectorSays) {
  using enum ReportKind;
  struct Row {
    ReportKind kind;
    const char* words;
    const char* first_fix;  ///< Its beginning.
  };
  const Row rows[] = {
      {kErrnoInHandler, "signal handler spoils errno", "save errno"},
      {kSignalUnsafeCall, "signal-unsafe call inside of a signal", "in the handler only set"},
      {kConditionMisuse, "pthread_cond_{timed}wait called with un-held mutex", "lock the mutex"},
      {kConditionMisuse, "pthread_cond_{timed}wait: cond is associated with a different mutex",
       "wait with one mutex"},
      {kConditionMisuse, "Inconsistent association of condition variable and mutex",
       "wait with one mutex"},
      {kConditionMisuse,
       "pthread_cond_destroy: destruction of condition variable being waited upon",
       "destroy it after its last use"},
      {kConditionMisuse, "condition variable has not been initialized",
       "destroy it after its last"},
      {kConditionMisuse, "pthread_cond_{signal,broadcast}: dubious: associated lock is not held",
       "hold the mutex of the condition variable"},
      {kBarrierMisuse, "pthread_barrier_init: 'count' argument is zero", "initialize it once"},
      {kSemaphoreMisuse, "Invalid semaphore", "initialize it once"},
      {kReadLockMisuse, "Already locked for writing by calling thread", "unlock it in the thread"},
      {kThreadMisuse, "Joining already joined thread", "join or detach a thread once"},
      {kInvalidMutex, "The object at address 0x1 is not a mutex.", "initialize it before"},
      {kShift, "shift exponent 40 is too large for 32-bit type 'int'", "check the number of bits"},
      {kUnsignedOverflow, "unsigned integer overflow: 3 - 4", "compare before the subtraction"},
      {kMisaligned, "load of misaligned address 0x1", "copy the bytes by std::memcpy"},
      {kNullPointer, "member access within null pointer", "check the pointer"},
      {kImplicitConversion, "implicit conversion from type 'int' of value 300",
       "check the value against the bounds"},
      {kUnreachable, "execution reached an unreachable program point", "handle the case"},
      {kArraySize, "variable length array bound evaluates to non-positive value",
       "check the length"},
      {kInvalidArgument, "null pointer passed as argument 1", "do not call it with a null pointer"},
      {kInvalidArgument, "null pointer returned from function", "return null on no path"},
      {kInvalidArgument, "passing zero to ctz(), which is not a valid argument", "ask for 0"},
      {kInvalidArgument, "assumption is violated during execution", "make true on every path"},
      {kAbort, "ABRT on unknown address", "look at what it printed before"},
      {kAllocationFailure, "hard rss limit exhausted (500Mb vs 575Mb)", "look for what grows"},
      {kAllocationFailure, "requested allocation size 0x3fff", "look where the size comes from"},
      {kDetectorFailure, "CHECK failed: sanitizer_allocator_primary64.h:133",
       "allow it the address"},
      {kBadFree, "attempting free on address which was not malloc()-ed", "free the pointer that"},
      {kDoubleFree, "attempting double-free", "give the memory one owner"},
  };
  for (const Row& row : rows)
    EXPECT_EQ(first_fix(row.kind, row.words).find(row.first_fix), 0U)
        << row.words << ": " << first_fix(row.kind, row.words);
}

TEST(Advice, OfAnAddressDependsOnIt) {
  Report report;
  report.kind = ReportKind::kSegv;
  report.accesses.resize(1);
  Access& access = report.accesses.front();
  access.kind = AccessKind::kWrite;
  access.address = 0x5500001000;
  EXPECT_EQ(usual_fixes(report).front().find("copy what may only be read"), 0U);
  access.kind = AccessKind::kRead;
  EXPECT_EQ(usual_fixes(report).front().find("look where the pointer comes from"), 0U);
  access.address = 8;
  EXPECT_EQ(usual_fixes(report).front().find("check the pointer, or"), 0U);
}

TEST(Advice, OfACoroutineNamesWhatEndedFirst) {
  Report report;
  report.accesses.resize(1);
  Frame frame;
  frame.function = "serve(Request const&) (.resume)";
  report.accesses.front().stack = {frame};
  for (const auto kind : {ReportKind::kUseAfterReturn, ReportKind::kUseAfterScope}) {
    report.kind = kind;
    EXPECT_EQ(usual_fixes(report).front().find("take the parameters of a coroutine by value"), 0U);
  }
  report.kind = ReportKind::kSegv;
  EXPECT_EQ(usual_fixes(report).front().find("ask done() before resume()"), 0U);
}

TEST(Advice, OfLeaksThatPointToEachOtherBreaksTheCircle) {
  Report report;
  report.kind = ReportKind::kLeak;
  report.leaks.resize(2);
  EXPECT_EQ(usual_fixes(report).front().find("let an owner free it"), 0U);
  for (Leak& leak : report.leaks) leak.indirect = true;
  EXPECT_EQ(usual_fixes(report).front().find("break cycles"), 0U);
}

TEST(Advice, OnAStackWaitsOnlyWhereItsOwnerTakesPart) {
  Report report = report_in("pool.cc", ReportKind::kDataRace);
  report.location.kind = LocationKind::kStack;
  report.location.thread = "main";
  report.accesses[0].thread = "T2";
  report.accesses[1].thread = "T1";
  EXPECT_EQ(usual_fixes(report).front().find("guard both accesses"), 0U);
  report.accesses[0].thread = "main";
  EXPECT_EQ(usual_fixes(report).front().find("order them: join"), 0U);
}

TEST(Advice, OfAPlaceInCPlusPlusStaysInCPlusPlus) {
  Report report = report_in("queue.c", ReportKind::kDataRace);
  report.accesses[1].stack[0].file = "queue.cc";
  bool atomic = false;
  for (const std::string& fix : usual_fixes(report))
    atomic |= fix.find("make it std::atomic") != std::string::npos;
  EXPECT_TRUE(atomic);
}

}  // namespace
}  // namespace assay
