// What happened, in one sentence: for the kinds and forms that the recorded reports do not have.
#include <gtest/gtest.h>

#include "sanitizers/reports/explanation.h"
#include "sanitizers/reports/explanation_text.h"
#include "sanitizers/reports/reader.h"

namespace assay {
namespace {

Explanation of(const std::string& text) { return explain(read_reports(text).reports.at(0)); }

std::string headline_of(const std::string& text) { return of(text).headline; }

TEST(Headline, OfARaceOnAVirtualPointerSaysWhatTheTwoDo) {
  const std::string head =
      "WARNING: ThreadSanitizer: data race on vptr (ctor/dtor vs virtual call) "
      "(pid=7)\n";
  const std::string write = "rite of size 8 at 0x7b by main thread:\n    #0 ~Job() job.cc:3:4\n\n";
  const std::string read = "ead of size 8 at 0x7b by thread T3:\n    #0 run() job.cc:9:4\n\n";
  const std::string expected =
      "the main thread constructs or destroys an object while T3 calls a virtual function of it, "
      "and "
      "nothing orders the two";
  EXPECT_EQ(headline_of(head + "  W" + write + "  Previous r" + read), expected);
  EXPECT_EQ(headline_of(head + "  R" + read + "  Previous w" + write), expected);
}

TEST(Headline, OfAnUnlockSaysOnlyWhatTheDetectorKnows) {
  EXPECT_EQ(headline_of("WARNING: ThreadSanitizer: unlock of an unlocked mutex (or by a wrong "
                        "thread) (pid=7)\n    #0 pthread_mutex_unlock <null>\n    #1 f a.cc:3\n\n"
                        "  Location is global 'mtx' of size 40 at 0x55 (prog+0x1)\n"),
            "`mtx` is unlocked, and the thread that does it does not hold it");
}

TEST(Headline, OfADetectorThatFailedSaysHowAndWhatToDo) {
  Explanation failed = of("FATAL: ThreadSanitizer: unexpected memory mapping 0x78-0x79\n");
  EXPECT_EQ(failed.headline,
            "The detector itself failed; the program was not checked to its end: unexpected memory "
            "mapping 0x78-0x79");
  EXPECT_NE(failed.fixes.at(0).find("vm.mmap_rnd_bits"), std::string::npos);
  EXPECT_TRUE(failed.places.empty()) << "there is no stack";
  failed = of("==9==LeakSanitizer has encountered a fatal error.\n");
  EXPECT_EQ(failed.headline,
            "The detector itself failed; the program was not checked to its end: LeakSanitizer has "
            "encountered a fatal error");
  EXPECT_NE(failed.fixes.at(0).find("ptrace"), std::string::npos);
  failed = of("==9==ERROR: AddressSanitizer failed to allocate 0xdf (223) bytes at address 2008\n");
  EXPECT_NE(failed.fixes.at(0).find("ulimit"), std::string::npos);
  failed = of("ThreadSanitizer: CHECK failed: a.cpp:19 \"((s)) != (0)\" (0x0, 0x0) (tid=9)\n");
  EXPECT_NE(failed.fixes.at(0).find("another version of the compiler"), std::string::npos);
}

TEST(Headline, WhatItMeansIsNotSaidTwice) {
  const Report report =
      read_reports("==9==LeakSanitizer has encountered a fatal error.\n").reports.at(0);
  SourceReader sources({"/nonexistent"});
  const std::string text = explanation_text(report, explain(report), 1, 1, sources, {});
  EXPECT_EQ(text.find("means"), std::string::npos) << text;
}

TEST(Headline, OfADeletedTypeSaysBothSizes) {
  const auto text = [](const std::string& freed) {
    return "==7==ERROR: AddressSanitizer: new-delete-type-mismatch on 0x60 in thread T0:\n"
           "  object passed to delete has wrong type:\n  size of the allocated type:   32 bytes;\n"
           "  size of the deallocated type: " +
           freed + " bytes.\n    #0 0x55 in drop() a.cc:3\n";
  };
  EXPECT_EQ(headline_of(text("8")), "an object of 32 bytes is deleted as one of 8 bytes");
  EXPECT_EQ(headline_of(text("32")), "memory is deleted by another type than it was made for");
  EXPECT_EQ(of(text("8")).fixes.at(0).find("free as it was allocated"), 0U);
}

TEST(Headline, OfADeadlySignalOfUbsanIsInPlainWords) {
  EXPECT_EQ(headline_of("==15==ERROR: UndefinedBehaviorSanitizer: SEGV on unknown address 0x8 (pc "
                        "0x42 bp 0x7f sp 0x7e T15)\n==15==The signal is caused by a READ memory "
                        "access.\n    #0 0x42 in f a.cc:3\n==15==ABORTING\n"),
            "the main thread reads address 0x8: a null pointer, or close to one");
}

TEST(Headline, OfTwoDefinitionsNamesThem) {
  const auto text = [](const std::string& other) {
    return "==7==ERROR: AddressSanitizer: odr-violation (0x55):\n  [1] size=21 'table' a.cc:1:5 in "
           "prog\n  [2] size=21 'table' " +
           other + ":1:5 in lib.so\nSUMMARY: AddressSanitizer: odr-violation\n";
  };
  EXPECT_EQ(headline_of(text("b.cc")), "`table` is defined twice");
  const Explanation once = of(text("a.cc"));
  EXPECT_EQ(once.headline,
            "`table` is defined twice, by one definition that is linked into two parts of the "
            "program");
  EXPECT_EQ(once.fixes.at(0), "link it into one of the program and its shared libraries only");
}

TEST(Headline, OfAReadTooEarlyNamesTheGlobal) {
  EXPECT_EQ(headline_of("==7==ERROR: AddressSanitizer: initialization-order-fiasco on address 0x70 "
                        "at pc 0x4f\nREAD of size 8 at 0x70 thread T0\n    #0 0x4f in f a.cc:3\n\n"
                        "0x70 is located 0 bytes inside of global variable 'first' defined in "
                        "'b.cc:26' (0x70) of size 8\n"),
            "the main thread reads `first` before its own initializer ran");
}

TEST(Headline, OfMisuseNamesTheCall) {
  const Explanation misuse =
      of("==7== Thread #2: pthread_cond_{signal,broadcast}: dubious: associated lock is not held "
         "by any "
         "thread\n==7==    at 0x40: notify() (queue.h:34)\n==7==\n");
  EXPECT_EQ(misuse.headline,
            "A condition variable is used against its rules (mutex, lifetime): "
            "pthread_cond_{signal,broadcast}: dubious: associated lock is not held by any thread");
  EXPECT_NE(misuse.fixes.at(0).find("hold the mutex of the condition variable"), std::string::npos);
}

TEST(Headline, OfOneThreadThatUsesWhatItFreedIsNoRace) {
  const auto text = [](const std::string& freer) {
    return "WARNING: ThreadSanitizer: heap-use-after-free (pid=7)\n  Write of size 8 at 0x7b by "
           "main "
           "thread:\n    #0 use() a.cc:9\n\n  Previous write of size 8 at 0x7b by " +
           freer +
           ":\n    #0 operator delete(void*) <null>\n    #1 drop() a.cc:3\n\n"
           "  Location is heap block of size 16 at 0x7b allocated by main thread:\n"
           "    #0 operator new(unsigned long) <null>\n    #1 make() a.cc:1\n\n"
           "==================\n";
  };
  const Explanation one = of(text("main thread"));
  EXPECT_EQ(
      one.headline,
      "the main thread writes a heap block of 16 bytes (allocated at a.cc:1) after it was freed");
  EXPECT_EQ(one.missing.at(0), "an order in one thread: the free comes before the last use");
  EXPECT_EQ(one.fixes.at(0).find("join the thread before"), std::string::npos);
  EXPECT_EQ(of(text("thread T1")).headline,
            "the main thread writes memory that T1 frees, and nothing orders the two");
}

TEST(Headline, OfARaceWithADeleteSaysThatItFrees) {
  const Explanation race =
      of("WARNING: ThreadSanitizer: data race (pid=7)\n  Write of size 8 at 0x7d by main thread:\n"
         "    #0 operator delete(void*) <null>\n    #1 main a.cc:15:3\n\n"
         "  Previous atomic write of size 4 at 0x7d by thread T1:\n    #0 work() a.cc:5:3\n\n"
         "==================\n");
  EXPECT_EQ(
      race.headline,
      "the main thread frees the same memory while T1 atomically writes it, and nothing orders "
      "the two");
  EXPECT_EQ(race.fixes.at(0), "join the thread before the memory is freed");
  EXPECT_EQ(race.gallery, "use_after_free_by_another_thread");
}

TEST(Headline, OfACallThatFailedSaysWhichAndHow) {
  const Explanation failed =
      of("==7== Thread #1's call to pthread_mutex_lock failed\n"
         "==7==    with error code 22 (EINVAL: Invalid argument)\n==7==    at 0x40: f "
         "(a.c:3)\n==7==\n");
  EXPECT_EQ(
      failed.headline,
      "A call of the threads library failed: Thread #1's call to pthread_mutex_lock failed with "
      "error code 22 (EINVAL: Invalid argument)");
  EXPECT_NE(failed.fixes.at(0).find("EINVAL"), std::string::npos);
}

TEST(Headline, SaysNothingOfWhatIsNotKnown) {
  EXPECT_EQ(headline_of("==1== Possible data race during read of size 4 at 0x60\n"
                        "==1==    at 0x40: wait (bar.c:122)\n"),
            "an unknown thread reads the same memory; the other access is not known");
  EXPECT_EQ(headline_of("==7== Thread 3:\n==7== Conflicting store by thread 3 at 0x51 size 1\n"
                        "==7==    at 0x40: f (a.c:3)\n"
                        "==7== Address 0x51 is at offset 1 from 0x50. Allocation context:\n"
                        "==7==    at 0x41: malloc (vg_replace_malloc.c:307)\n"),
            "thread #3 writes a heap block; the other access is not known");
  EXPECT_EQ(headline_of("==7== ----------------------------------------------------------------\n"
                        "==7==\n==7==  Lock at 0x7E was first observed\n"
                        "==7==    at 0x40: init (a.c:3)\n"),
            "A report that is cut off before it says what happened");
}

TEST(Headline, ALineThatWasNotUnderstoodIsNoPlace) {
  const Explanation old = of(
      "==1== Possible data race during read of size 4 at 0x60\n==1==    at 0x40: wait (bar.c:122)\n"
      "==1==   Old state: shared-modified by threads #2, #3\n");
  EXPECT_EQ(old.places.size(), 1U);
}

}  // namespace
}  // namespace assay
