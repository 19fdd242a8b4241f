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
