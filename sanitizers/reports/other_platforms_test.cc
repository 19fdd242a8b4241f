// Reports of macOS, Windows, Swift, Objective-C and Rust.
#include <gtest/gtest.h>

#include "sanitizers/reports/reader.h"

namespace assay {
namespace {

Report only_report(const std::string& text) {
  ReadReports read = read_reports(text);
  EXPECT_EQ(read.reports.size(), 1U) << text;
  for (const Problem& problem : read.problems) ADD_FAILURE() << problem.reason << problem.text;
  return read.reports.empty() ? Report() : read.reports.front();
}

Frame frame_of(const std::string& line) {
  const Report report = only_report(
      "==7==ERROR: AddressSanitizer: SEGV on unknown address 0x0 (pc "
      "0x1 bp 0x2 sp 0x3 T0)\n    #0 " +
      line + "\n\nSUMMARY: AddressSanitizer: SEGV\n");
  EXPECT_EQ(report.accesses.at(0).stack.size(), 1U) << line;
  return report.accesses.at(0).stack.at(0);
}

TEST(OtherPlatforms, FramesOfMacOsHaveNoMadeUpFile) {
  Frame frame =
      frame_of("0x1046 in wrap_strlen+0x183 (libclang_rt.asan_osx_dynamic.dylib:x86_64+0x172f3)");
  EXPECT_EQ(frame.function, "wrap_strlen");
  EXPECT_EQ(frame.module, "libclang_rt.asan_osx_dynamic.dylib");
  EXPECT_EQ(frame.offset, 0x172f3U);
  frame = frame_of("0x1094 in wrap_memcpy (in prog) + 128");
  EXPECT_EQ(frame.function, "wrap_memcpy");
  EXPECT_EQ(frame.module, "prog");
  frame = frame_of("0x1094 in main (in prog) (t.c:5)");
  EXPECT_EQ(frame.function, "main");
  EXPECT_EQ(frame.file, "t.c");
  EXPECT_EQ(frame.line, 5U);
  frame = frame_of("Lexer.nextToken(_:) <null>:78717160 (Tests:arm64+0xac7288)");
  EXPECT_EQ(frame.function, "Lexer.nextToken(_:)");
  EXPECT_EQ(frame.file, "");
  EXPECT_EQ(frame.line, 0U);
  EXPECT_EQ(frame.module, "Tests");
  frame =
      frame_of("partial apply for closure #3 in parse(_:) <compiler-generated> (Tests:arm64e+0x1)");
  EXPECT_EQ(frame.function, "partial apply for closure #3 in parse(_:)");
  EXPECT_EQ(frame.file, "");
  frame = frame_of("<null> <null> (0x0001b16b7e50)");
  EXPECT_EQ(frame.function, "");
  EXPECT_EQ(frame.address, 0x1b16b7e50U);
}

TEST(OtherPlatforms, FramesOfRustHaveNoMadeUpFile) {
  Frame frame = frame_of("core::ops::function::FnOnce::call_once :? (prog+0x8e) (BuildId: 77)");
  EXPECT_EQ(frame.function, "core::ops::function::FnOnce::call_once");
  EXPECT_EQ(frame.file, "");
  frame = frame_of("prog::main 3fndttuw:? (prog+0x93)");
  EXPECT_EQ(frame.function, "prog::main");
  EXPECT_EQ(frame.file, "") << "the name of a unit of code generation";
  frame = frame_of("prog::main src/main.rs:? (prog+0x93)");
  EXPECT_EQ(frame.file, "src/main.rs");
  EXPECT_EQ(frame.line, 0U);
  frame = frame_of("std::rt::lang_start_internal ??:? (prog+0xaa)");
  EXPECT_EQ(frame.function, "std::rt::lang_start_internal");
  EXPECT_EQ(frame.file, "");
}

TEST(OtherPlatforms, PathsOfWindowsMayHaveSpaces) {
  Frame frame = frame_of(
      "0x7ff6 in Token::Token(class std::basic_string<char> const &) C:\\Program Files\\My "
      "Tool\\t.h:100");
  EXPECT_EQ(frame.function, "Token::Token(class std::basic_string<char> const &)");
  EXPECT_EQ(frame.file, "C:\\Program Files\\My Tool\\t.h");
  EXPECT_EQ(frame.line, 100U);
  frame = frame_of("0x7ff6 in main H:/tmp/a.cc:4:10");
  EXPECT_EQ(frame.file, "H:/tmp/a.cc");
  EXPECT_EQ(frame.column, 10U);
  frame = frame_of("0x7ff8  (C:\\Windows\\System32\\KERNEL32.DLL+0x18001259c)");
  EXPECT_EQ(frame.module, "C:\\Windows\\System32\\KERNEL32.DLL");
}

TEST(OtherPlatforms, AnAccessRaceOfSwiftIsARace) {
  const Report race = only_report(
      "==================\nWARNING: ThreadSanitizer: Swift access race (pid=7)\n"
      "  Modifying access of Swift variable at 0x7b14 by thread T18:\n"
      "    #0 Queue.push() Queue.swift:17 (App:x86_64+0x4f)\n\n"
      "  Previous read-only access of Swift variable at 0x7b14 by thread T7:\n"
      "    #0 Queue.count.getter Queue.swift:9 (App:x86_64+0x50)\n\n"
      "  Location is heap block of size 104 at 0x7b10 allocated by main thread:\n"
      "    #0 malloc <null>:15 (libclang_rt.tsan_iossim_dynamic.dylib:x86_64+0x4f)\n\n"
      "  Thread T18 (tid=30, running) is a GCD worker thread\n\n"
      "  Thread T7 (tid=31, running) created by thread T-1\n    [failed to restore the stack]\n\n"
      "SUMMARY: ThreadSanitizer: Swift access race Queue.swift:17 in Queue.push()\n"
      "==================\n");
  EXPECT_EQ(race.kind, ReportKind::kDataRace);
  ASSERT_EQ(race.accesses.size(), 2U);
  EXPECT_EQ(race.accesses[0].kind, AccessKind::kWrite);
  EXPECT_EQ(race.accesses[0].thread, "T18");
  EXPECT_EQ(race.accesses[0].address, 0x7b14U);
  EXPECT_EQ(race.accesses[0].stack.at(0).file, "Queue.swift");
  EXPECT_EQ(race.accesses[1].kind, AccessKind::kRead);
  EXPECT_TRUE(race.accesses[1].previous);
  ASSERT_EQ(race.threads.size(), 2U);
  EXPECT_EQ(race.threads[0].state, "a worker of GCD, running");
  EXPECT_EQ(race.threads[1].created_by, "");
}

TEST(OtherPlatforms, ARaceOnAnObjectOfALibraryIsARace) {
  const Report race = only_report(
      "WARNING: ThreadSanitizer: race on NSMutableArray (pid=7)\n"
      "  Read-only access of NSMutableArray at 0x7b0c by thread T21:\n"
      "    #0 -[Store all] Store.m:12 (App:x86_64+0x72)\n\n"
      "  Previous modifying access of NSMutableArray at 0x7b0c by thread T15:\n"
      "    #0 -[Store add:] Store.m:20 (App:x86_64+0x27)\n\n"
      "  Location is NSMutableArray of size 40 at 0x7b0c allocated by thread T15:\n"
      "    #0 calloc <null>:1061152 (libclang_rt.tsan_osx_dynamic.dylib:x86_64+0x4a)\n\n"
      "SUMMARY: ThreadSanitizer: race on NSMutableArray Store.m:12\n==================\n");
  EXPECT_EQ(race.kind, ReportKind::kDataRace);
  ASSERT_EQ(race.accesses.size(), 2U);
  EXPECT_EQ(race.accesses[0].kind, AccessKind::kRead);
  EXPECT_EQ(race.accesses[1].kind, AccessKind::kWrite);
  EXPECT_EQ(race.location.kind, LocationKind::kHeap);
  EXPECT_EQ(race.location.size, 40U);
  EXPECT_EQ(race.location.thread, "T15");
  const Report older = only_report(
      "WARNING: ThreadSanitizer: Swift access race (pid=7)\n  Modifying access at 0x7b by thread "
      "T5:\n"
      "    #0 File.drop() File+Cache.swift:173 (lint:x86_64+0x1)\n==================\n");
  EXPECT_EQ(older.accesses.at(0).kind, AccessKind::kWrite);
}

}  // namespace
}  // namespace assay
