// Reports as people hand them on: copied from a terminal, a page, a mail or a log, of old runtimes
// and new ones. What is not read is said.
#include <gtest/gtest.h>

#include "sanitizers/reports/reader.h"

namespace assay {
namespace {

Report only_report(const std::string& text) {
  ReadReports read = read_reports(text);
  EXPECT_EQ(read.reports.size(), 1U) << text;
  return read.reports.empty() ? Report() : read.reports.front();
}

std::string functions(const Stack& stack) {
  std::string names;
  for (const Frame& frame : stack) names += frame.function + " ";
  return names;
}

// The reasons that are given, one a line: all of them, or those that are not the program's output.
std::string said(const ReadReports& read, bool foreign = true) {
  std::string lines;
  for (const Problem& problem : read.problems) {
    if (foreign || !problem.foreign) lines += problem.reason + "\n";
  }
  return lines;
}

TEST(CopiedReports, SpacesAtTheEndsOfLinesAreNothing) {
  const std::string right(40, ' ');
  std::string text;
  for (const char* const line :
       {"==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x60 at pc 0x4f",
        "READ of size 8 at 0x60 thread T0", "    #0 0x4f in visit() graph.h:30:11", "",
        "0x60 is located 0 bytes inside of 40-byte region [0x60,0x88)",
        "freed by thread T0 here:", "    #0 0x4d in forget() graph.h:9", "",
        "SUMMARY: AddressSanitizer: heap-use-after-free", "==7==ABORTING"}) {
    text += line + right + "\n";
  }
  const ReadReports read = read_reports(text);
  EXPECT_EQ(said(read), "");
  ASSERT_EQ(read.reports.size(), 1U);
  EXPECT_EQ(functions(read.reports[0].location.freed), "forget() ");
  EXPECT_FALSE(read.reports[0].text.ends_with(' '));
}

TEST(CopiedReports, ALineThatIsBrokenBehindTheNameStillBeginsAReport) {
  for (const std::string head : {"WARNING: ThreadSanitizer:", "WARNING: ThreadSanitizer: ",
                                 "==7==ERROR: AddressSanitizer: ", "==7==ERROR: LeakSanitizer:"}) {
    only_report(head + "\ndata race (pid=7)\n    #0 f a.cc:3:4 (prog+0x1)\n");
  }
}

TEST(CopiedReports, ALogThatCutsSpacesHasShorterPrefixesOnBlankLines) {
  const ReadReports read = read_reports(
      "12: WARNING: ThreadSanitizer: data race (pid=7)\n"
      "12:   Write of size 8 at 0x7b by main thread:\n12:     #0 f a.cc:3:4 (prog+0x1)\n12:\n"
      "12:   Previous read of size 8 at 0x7b by thread T1:\n12:     #0 g a.cc:5:6 (prog+0x2)\n12:\n"
      "12: SUMMARY: ThreadSanitizer: data race a.cc:3:4 in f\n12: ==================\n");
  EXPECT_EQ(said(read), "");
  ASSERT_EQ(read.reports.size(), 1U);
  EXPECT_EQ(read.reports[0].accesses.size(), 2U);
}

TEST(CopiedReports, APrefixMayBeginWithTheSecondLine) {
  const ReadReports read = read_reports(
      "==7==ERROR: AddressSanitizer: use-after-poison on address 0x61 at pc 0x7f\n"
      "14: WRITE of size 8 at 0x61 thread T1\n14:     #0 0x7f in f a.cc:3:4\n14:\n"
      "14: 0x61 is located 8 bytes inside of 20-byte region [0x59,0x6d)\n"
      "14: SUMMARY: AddressSanitizer: use-after-poison a.cc:3:4 in f\n");
  EXPECT_EQ(said(read), "");
  ASSERT_EQ(read.reports.size(), 1U);
  EXPECT_EQ(read.reports[0].accesses.at(0).size, 8U);
  EXPECT_EQ(read.reports[0].location.size, 20U);
}

TEST(CopiedReports, AStackThatLostItsIndentationIsReadByItsNumbers) {
  for (const char* const indent : {"", "\t", "  ", "         "}) {
    const std::string in = indent;
    const Report report = only_report(
        "WARNING: ThreadSanitizer: signal handler spoils errno (pid=7)\n" + in +
        "#0 on_signal(int) /src/handler.cc:49 (prog+0xf5)\n" + in +
        "#1 wait_for(int) <null> (prog+0x13)\n" + in + "#20 main /src/main.cc:7 (prog+0xf1)\n\n" +
        "SUMMARY: ThreadSanitizer: signal handler spoils errno\n==================\n");
    ASSERT_EQ(report.stacks.size(), 1U) << '"' << in << '"';
    EXPECT_EQ(functions(report.stacks[0].stack), "on_signal(int) wait_for(int) main ");
  }
}

TEST(CopiedReports, AStackWithoutNumberSignsIsAStack) {
  const Report report = only_report(
      "WARNING: ThreadSanitizer: lock-order-inversion (potential deadlock) (pid=7)\n"
      "  Cycle in lock order graph: M1 (0x7b) => M2 (0x7c) => M1\n\n"
      "  Mutex M2 acquired here while holding mutex M1 in thread T1:\n"
      "    0 pthread_mutex_lock <null> (prog+0x12)\n    1 f() a.cc:51:23 (prog+0x1d)\n\n"
      "  Mutex M1 acquired here while holding mutex M2 in thread T2:\n"
      "    0 pthread_mutex_lock <null> (prog+0x12)\n    1 g() a.cc:61:23 (prog+0x1e)\n\n"
      "3 of the workers are idle\n==================\n");
  ASSERT_EQ(report.cycle.size(), 2U);
  EXPECT_EQ(functions(report.cycle[0].acquired_at), "pthread_mutex_lock f() ");
  EXPECT_EQ(functions(report.cycle[1].acquired_at), "pthread_mutex_lock g() ");
  EXPECT_TRUE(report.stacks.empty());
}

TEST(CopiedReports, AListThatIsNoStackIsNoPartOfOne) {
  const Report report = only_report(
      "==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x60 at pc 0x4f\n"
      "READ of size 8 at 0x60 thread T0\n    #0 0x4f in f a.cc:3\n    #1 0x50 in main a.cc:9\n"
      "#0 of the steps: warm up\n\n#7 of the steps: cool down\nSUMMARY: AddressSanitizer: x\n");
  EXPECT_EQ(functions(report.accesses.at(0).stack), "f main ");
  EXPECT_TRUE(report.stacks.empty());
}

TEST(CopiedReports, ABlankLineBetweenTheLinesOfAStackDoesNotEndIt) {
  const Report report = only_report(
      "WARNING: ThreadSanitizer: use of an invalid mutex (e.g. uninitialized or destroyed) "
      "(pid=7)\n"
      "\n    #0 pthread_mutex_unlock ??:? (prog+0x26)\n\n    #1 close() /src/session.cc:81 "
      "(prog+0x27)\n\n    #2 main ??:? (prog+0x28)\n\n\n  Mutex M7 is already destroyed.\n\n\n"
      "SUMMARY: ThreadSanitizer: use of an invalid mutex\n\n==================\n");
  ASSERT_EQ(report.stacks.size(), 1U);
  EXPECT_EQ(functions(report.stacks[0].stack), "pthread_mutex_unlock close() main ");
}

TEST(CopiedReports, SectionsOfThreadSanitizerAreReadHoweverTheyAreIndented) {
  const Report report = only_report(
      "WARNING: ThreadSanitizer: data race (pid=7)\nWrite of size 4 at 0x60 by thread T1:\n"
      "#0 f a.cc:3\n\nPrevious read of size 4 at 0x60 by main thread:\n#0 g a.cc:5\n\n"
      "Location is heap block of size 8 at 0x60 allocated by main thread:\n#0 malloc <null>\n"
      "#1 main a.cc:9\n\nThread T1 (tid=9, running) created by main thread at:\n"
      "#0 pthread_create <null>\n#1 main a.cc:8\n\nSUMMARY: ThreadSanitizer: data race\n"
      "==================\n");
  ASSERT_EQ(report.accesses.size(), 2U);
  EXPECT_EQ(functions(report.accesses[1].stack), "g ");
  EXPECT_EQ(report.location.size, 8U);
  ASSERT_EQ(report.threads.size(), 1U);
  EXPECT_EQ(functions(report.threads[0].creation), "pthread_create main ");
}

TEST(CopiedReports, ValgrindsFramesAreReadHoweverTheyAreIndented) {
  const Report report = only_report(
      "==7== Possible data race during write of size 1 at 0x5C by thread #1\n==7== Locks held: "
      "none\n"
      "==7== at 0x40: Worker::stop() (worker.h:37)\n==7== by 0x41: main (main.cc:70)\n==7==\n"
      "==7== This conflicts with a previous read of size 1 by thread #2\n==7== Locks held: none\n"
      "==7== at 0x42: Worker::run() (worker.cc:51)\n");
  ASSERT_EQ(report.accesses.size(), 2U);
  EXPECT_EQ(functions(report.accesses[0].stack), "Worker::stop() main ");
  EXPECT_EQ(functions(report.accesses[1].stack), "Worker::run() ");
}

TEST(CopiedReports, WithoutTheFirstLinesOfARunValgrindsToolIsKnownByItsWords) {
  constexpr std::pair<const char*, Detector> kHeads[] = {
      {"Possible data race during read of size 4 at 0x5 by thread #1", Detector::kHelgrind},
      {"Thread #2: lock order \"0x6 before 0x5\" violated", Detector::kHelgrind},
      {"Thread #2: Exiting thread still holds 1 lock", Detector::kHelgrind},
      {"Conflicting load by thread 3 at 0x5 size 8", Detector::kDrd},
      {"Probably a race condition: condition variable 0x5 has been signaled but the associated "
       "mutex 0x6 is not locked by the signalling thread.",
       Detector::kDrd},
  };
  for (const auto& [head, detector] : kHeads) {
    const Report report =
        only_report(std::string("==7== ") + head + "\n==7==    at 0x40: f (a.c:3)\n==7==\n");
    EXPECT_EQ(report.detector, detector) << head;
  }
}

TEST(CopiedReports, ALockOrderWithoutTheFirstLinesOfARunIsReadPastItsBlankLines) {
  const Report report = only_report(
      "==7== Thread #2: lock order \"0x6 before 0x5\" violated\n==7==\n"
      "==7== Observed (incorrect) order is: acquisition of lock at 0x5\n==7==    at 0x40: f "
      "(a.c:3)\n"
      "==7==\n==7==  followed by a later acquisition of lock at 0x6\n==7==    at 0x41: g "
      "(a.c:4)\n");
  ASSERT_EQ(report.cycle.size(), 1U);
  EXPECT_EQ(report.cycle[0].acquired, "0x6");
  EXPECT_EQ(functions(report.cycle[0].acquired_at), "g ");
}

TEST(CopiedReports, OldAddressSanitizersPutASpaceBehindTheirNumber) {
  const Report report = only_report(
      "==54== ERROR: AddressSanitizer: alloc-dealloc-mismatch (operator new [] vs operator delete) "
      "on 0x60\n    #0 0x7f in operator delete(void*) ??:?\n"
      "    #1 0x54 in close_all() /src/close.cc:62 (discriminator 3)\n"
      "0x60 is located 0 bytes inside of 38-byte region [0x60,0x86)\nallocated by thread T0 here:\n"
      "    #0 0x7e in operator new[](unsigned long) ??:?\n    #1 0x55 in load() /src/load.cc:8\n"
      "==54== HINT: if you don't care about these warnings you may set ASAN_OPTIONS=a=0\n"
      "==54== ABORTING\n");
  EXPECT_EQ(report.pid, 54U);
  EXPECT_FALSE(report.truncated);
  const Stack& stack = report.accesses.at(0).stack;
  EXPECT_EQ(functions(stack), "operator delete(void*) close_all() ");
  EXPECT_EQ(stack.at(1).file, "/src/close.cc");
  EXPECT_EQ(stack.at(1).line, 62U);
  EXPECT_EQ(stack.at(0).file, "");
}

TEST(CopiedReports, AStackWithoutAddressesIsAStack) {
  const Report report = only_report(
      "==7==ERROR: AddressSanitizer: attempting double-free on 0x60 in thread T0:\n"
      "#0   in free (/usr/lib/libasan.so.3+0xc3)\n#10  in drop() project/value.cc:678\n");
  EXPECT_EQ(functions(report.accesses.at(0).stack), "free drop() ");
}

TEST(CopiedReports, AbortingIsAnEndAsGoodAsASummary) {
  const Report report = only_report(
      "==15==ERROR: UndefinedBehaviorSanitizer: SEGV on unknown address 0x42b (pc 0x42 bp 0x7f sp "
      "0x7e T15)\n==15==The signal is caused by a WRITE memory access.\n    #0 0x42  (prog+0x2)\n\n"
      "UndefinedBehaviorSanitizer can not provide additional info.\n==15==ABORTING\n");
  EXPECT_FALSE(report.truncated);
  EXPECT_EQ(report.accesses.at(0).thread, "main") << "the thread with the number of the process";
}

TEST(CopiedReports, WhatADetectorSaysOfItselfIsAReport) {
  constexpr std::pair<const char*, Detector> kLines[] = {
      {"==19==LeakSanitizer has encountered a fatal error.", Detector::kLeakSanitizer},
      {"2026-02-28T18:12:36.1Z ==19==LeakSanitizer has encountered a fatal error.",
       Detector::kLeakSanitizer},
      {"FATAL: ThreadSanitizer CHECK failed: /src/a.cc:69 \"((n)) < ((m))\" (0x40, 0x40)",
       Detector::kThreadSanitizer},
      {"==97==HWAddressSanitizer CHECK failed: /src/b.cc:117 \"((p)) != (0)\" (0x0, 0x0)",
       Detector::kOther},
      {"ThreadSanitizer: nested bug in the same thread, aborting.", Detector::kThreadSanitizer},
      {"AddressSanitizer: nested bug in the same thread, aborting.", Detector::kAddressSanitizer},
      {"==27==ERROR: AddressSanitizer failed to allocate 0xdfff0001000 (15392894357504) bytes at "
       "address 2008fff7000 (errno: 12)",
       Detector::kAddressSanitizer},
  };
  for (const auto& [line, detector] : kLines) {
    const Report report = only_report(std::string(line) + "\n    #0 0x1 in f a.cc:3:4\n");
    EXPECT_EQ(report.kind, ReportKind::kDetectorFailure) << line;
    EXPECT_EQ(report.detector, detector) << line;
    EXPECT_EQ(functions(places(report).at(0)->size() == 1 ? *places(report)[0] : Stack()), "f ");
  }
}

TEST(CopiedReports, MemoryThatTheRuntimeCannotGiveIsAReport) {
  for (const char* const line :
       {"==26==WARNING: AddressSanitizer failed to allocate 0xffffffffffffffff bytes",
        "==26==AddressSanitizer: hard rss limit exhausted (10Mb vs 20Mb)"}) {
    EXPECT_EQ(only_report(std::string(line) + "\n").kind, ReportKind::kAllocationFailure) << line;
  }
}

TEST(CopiedReports, WhatUndefinedBehaviorSanitizerIsKnownToSayIsReadWithoutAPlace) {
  EXPECT_EQ(only_report("`runtime error: applying non-zero offset 11 to null pointer`\n").kind,
            ReportKind::kPointerOverflow);
  EXPECT_EQ(only_report("> runtime error: left shift of negative value -1\n").kind,
            ReportKind::kShift);
  EXPECT_TRUE(read_reports("runtime error: no such table\n").reports.empty());
  EXPECT_TRUE(read_reports("lua: runtime error: division by zero\n").reports.empty());
}

TEST(CopiedReports, OfToolsThatAreNotReadTheLineIsSaid) {
  for (const char* const line :
       {"==8== ERROR: libFuzzer: out-of-memory (used: 2976Mb; limit: 2048Mb)",
        "[   12.3] BUG: KASAN: slab-out-of-bounds in f+0x1/0x2",
        "[   12.3] BUG: KCSAN: data-race in f / g",
        "[   12.3] UBSAN: shift-out-of-bounds in a.c:3:4",
        "*** GWP-ASan detected a memory error ***", "ubsan: add-overflow by 0x000055b3cd57699d",
        "Possible data race during read of size 4 at 0x6",
        "Thread #38: lock order \"0x57 before 0x26\" violated",
        "+Conflicting load by thread 30 at 0x........ size 8"}) {
    const ReadReports alone = read_reports(std::string(line) + "\n");
    EXPECT_NE(said(alone, false).find("not read here"), std::string::npos) << line;
    // Amid another report as well.
    const ReadReports amid =
        read_reports("==7==ERROR: AddressSanitizer: x\n" + std::string(line) + "\n");
    EXPECT_NE(said(amid, false).find("not read here"), std::string::npos) << line;
  }
}

TEST(CopiedReports, ThatValgrindItselfFailedIsSaid) {
  const ReadReports read = read_reports(
      "Helgrind: hg_main.c:309 (lock): Assertion 'lk->kind == LK_rdwr' failed.\nhost stacktrace:\n"
      "==26==    at 0x58026BEC: show (m_libcassert.c:406)\n");
  EXPECT_NE(said(read, false).find("Valgrind itself failed"), std::string::npos);
}

TEST(CopiedReports, OfARelativeIsReadWhatIsAlikeAndThatIsSaid) {
  const ReadReports read = read_reports(
      "==7==ERROR: HWAddressSanitizer: tag-mismatch on address 0xef at pc 0xaa\n"
      "WRITE of size 8 at 0xef tags: 97/00 (ptr/mem) in thread T0\n    #0 0xaa in f a.cc:42:10\n"
      "SUMMARY: HWAddressSanitizer: tag-mismatch a.cc:42:10 in f\n"
      "==8==ERROR: RealtimeSanitizer: unsafe-library-call\n    #0 0xab in malloc (prog+0x1)\n");
  ASSERT_EQ(read.reports.size(), 2U);
  EXPECT_EQ(read.reports[0].accesses.at(0).thread, "main");
  EXPECT_EQ(read.reports[0].accesses[0].size, 8U);
  EXPECT_EQ(read.reports[1].text, "RealtimeSanitizer: unsafe-library-call");
  EXPECT_EQ(said(read, false),
            "a report of a sanitizer that is read only as far as it is like AddressSanitizer's\n"
            "a report of a sanitizer that is read only as far as it is like AddressSanitizer's\n");
}

TEST(CopiedReports, AGlobalIsTheOneThatTheAddressIsInside) {
  const Report report = only_report(
      "==7==ERROR: AddressSanitizer: initialization-order-fiasco on address 0x70 at pc 0x4f\n"
      "READ of size 8 at 0x70 thread T0\n    #0 0x4f in load [src/json.h:110]:23\n\n"
      "0x70 is located 32 bytes before global variable 'cache' defined in 'c.cc:30' (0x90) of size "
      "56\n0x70 is located 0 bytes inside of global variable 'none' defined in 'c.cc:26' (0x70) of "
      "size 8\n  registered at:\n    #0 0x55 in asan.module_ctor c.cc\n\nSUMMARY: "
      "AddressSanitizer: initialization-order-fiasco\n");
  EXPECT_EQ(report.location.name, "none");
  EXPECT_EQ(report.location.size, 8U);
  const Frame& frame = report.accesses.at(0).stack.at(0);
  EXPECT_EQ(frame.file, "src/json.h");
  EXPECT_EQ(frame.line, 110U);
  EXPECT_EQ(frame.column, 23U);
}

TEST(CopiedReports, EveryLineOfAKnownKindIsUnderstood) {
  const ReadReports read = read_reports(
      "==7==ERROR: AddressSanitizer: odr-violation (0x55):\n"
      "  [1] size=21 'table' lib/a.cc:3:4 in build/prog\n  [2] size=21 'table' lib/a.cc:3:4 in "
      "lib.so\n"
      "These globals were registered at these points:\n  [1]:\n    #0 0x55 in asan.module_ctor "
      "a.cc\n"
      "\n  [2]:\n    #0 0x56 in asan.module_ctor a.cc\n\n==7==HINT: if you don't care\n"
      "SUMMARY: AddressSanitizer: odr-violation: global 'table' at lib/a.cc\n==7==ABORTING\n"
      "==8==ERROR: AddressSanitizer: new-delete-type-mismatch on 0x52 in thread T0:\n"
      "  object passed to delete has wrong type:\n  size of the allocated type:   59 bytes;\n"
      "  size of the deallocated type: 58 bytes.\n  alignment of the allocated type:   8 bytes;\n"
      "  alignment of the deallocated type: default-aligned.\n    #0 0x7f in f a.cc:3\n"
      "SUMMARY: AddressSanitizer: new-delete-type-mismatch\n==8==ABORTING\n"
      "==9==ERROR: AddressSanitizer: container-overflow on address 0x10 at pc 0x11\n"
      "WRITE of size 24 at 0x10 thread T0\n    #0 0x11 in f a.cc:3\n\n"
      "HINT: if you don't care about these errors you may set "
      "ASAN_OPTIONS=detect_container_overflow=0.\nIf you suspect a false positive see also: x\n"
      "SUMMARY: AddressSanitizer: container-overflow a.cc:3 in f\n==9==ABORTING\n"
      "==10==ERROR: AddressSanitizer: stack-overflow on address 0x7f (pc 0x5 bp 0x7 sp 0x7 T0)\n"
      "    <empty stack>\n\nSUMMARY: AddressSanitizer: stack-overflow \n==10==ABORTING\n");
  EXPECT_EQ(said(read), "");
  ASSERT_EQ(read.reports.size(), 4U);
  const Report& twice = read.reports[0];
  EXPECT_EQ(twice.accesses.at(1).stack.at(0).file, "lib/a.cc");
  EXPECT_EQ(twice.accesses.at(1).stack.at(0).line, 3U);
  EXPECT_EQ(twice.accesses.at(1).stack.at(0).module, "lib.so");
  ASSERT_EQ(twice.stacks.size(), 2U);
  EXPECT_EQ(twice.stacks[1].title, "Definition 2 was registered");
  EXPECT_EQ(read.reports[1].accesses.at(0).size, 58U);
  EXPECT_EQ(read.reports[1].location.size, 59U);
}

}  // namespace
}  // namespace assay
