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

TEST(Headline, OfAVirtualCallAfterTheDeleteOfOneThreadIsNoRace) {
  const Explanation one =
      of("WARNING: ThreadSanitizer: heap-use-after-free (virtual call vs free) (pid=7)\n"
         "  Read of size 8 at 0x72 by main thread:\n    #0 main a.cc:55:57\n\n"
         "  Previous write of size 8 at 0x72 by main thread:\n"
         "    #0 operator delete(void*, unsigned long) <null>\n    #1 main a.cc:55:37\n\n"
         "==================\n");
  EXPECT_EQ(one.headline, "the main thread reads a heap block after it was freed");
  EXPECT_EQ(one.gallery, "use_after_free");
}

TEST(Headline, OfAMutexThatIsDestroyedInUseAdvisesNoLock) {
  const Explanation race =
      of("WARNING: ThreadSanitizer: data race (pid=7)\n  Write of size 8 at 0x55 by main thread:\n"
         "    #0 pthread_cond_destroy <null> (prog+0x1)\n    #1 main a.cc:43:72\n\n"
         "  Previous read of size 8 at 0x55 by thread T1 (mutexes: write M0):\n"
         "    #0 pthread_cond_timedwait <null> (prog+0x2)\n    #1 wait_long a.cc:14:132\n\n"
         "  Location is global 'cv' of size 48 at 0x55 (prog+0x3)\n\n==================\n");
  EXPECT_EQ(race.headline,
            "the main thread destroys `cv` while T1 uses it, and nothing orders the two");
  EXPECT_EQ(race.places.at(0).what, "The main thread destroys");
  EXPECT_EQ(race.fixes.at(0), "destroy it after its last use: join the threads that use it first");
}

TEST(Headline, OfAWaitWithoutTheMutexIsNotOfAnUnlock) {
  const Explanation wait =
      of("WARNING: ThreadSanitizer: unlock of an unlocked mutex (or by a wrong thread) (pid=7)\n"
         "    #0 pthread_cond_timedwait <null> (prog+0x1)\n    #1 main a.c:25:44\n\n"
         "  Location is global 'm' of size 40 at 0x55 (prog+0x2)\n\n==================\n");
  EXPECT_EQ(wait.headline,
            "`m` is given up by a wait for a condition variable, and the thread does not hold it");
  EXPECT_EQ(wait.fixes.at(0).find("lock the mutex before the wait"), 0U);
  EXPECT_EQ(wait.gallery, "condition_variable_without_mutex");
}

TEST(Headline, OfADetectorThatFailsInAJoinAdvisesOnTheThread) {
  const Explanation failed =
      of("ThreadSanitizer: CHECK failed: sanitizer_thread_registry.cpp:348 \"((t)) != (0)\" (0x0, "
         "0x0) (tid=9)\n    #0 __tsan::CheckUnwind() <null> (prog+0x1)\n    #1 pthread_join <null> "
         "(prog+0x2)\n    #2 main a.c:29:64\n");
  EXPECT_EQ(failed.fixes.at(0).find("join or detach a thread once"), 0U);
}

TEST(Headline, OfABadAddressSaysWhatTheSignalTells) {
  const auto segv = [](const std::string& address, const std::string& access,
                       const std::string& stack) {
    return "==7==ERROR: AddressSanitizer: SEGV on unknown address " + address +
           " (pc 0x000000000000 bp 0x7f sp 0x7e T0)\n==7==The signal is caused by a " + access +
           " memory access.\n" + stack + "SUMMARY: AddressSanitizer: SEGV\n==7==ABORTING\n";
  };
  const std::string main = "    #0 0x55 in main a.cc:44:62\n";
  EXPECT_EQ(headline_of(segv("0x561fad8fd0c0", "WRITE", main)),
            "the main thread writes address 0x561fad8fd0c0, where the program may only read, or "
            "has no memory at all");
  EXPECT_EQ(headline_of(segv("0x561fad8fd0c0", "READ", main)),
            "the main thread reads address 0x561fad8fd0c0, which the program does not have");
  const Explanation call =
      of(segv("0x000000000000", "READ", "    #0 0x000000000000  (<unknown module>)\n"));
  EXPECT_EQ(call.headline,
            "the main thread calls a function at address 0x0: a null pointer, or close to one");
  EXPECT_EQ(call.fixes.at(0), "check the pointer to the function before the call");
}

TEST(Headline, OfABadFreeSaysWhatWasFreed) {
  const auto text = [](const std::string& where) {
    return "==7==ERROR: AddressSanitizer: attempting free on address which was not malloc()-ed: "
           "0x63 in thread T0\n    #0 0x55 in free (prog+0x1)\n    #1 0x56 in main a.c:3:4\n\n0x63 "
           "is located " +
           where;
  };
  EXPECT_EQ(headline_of(text("3 bytes inside of 10-byte region [0x60,0x6a)\nallocated by thread T0 "
                             "here:\n    #0 0x55 in malloc (prog+0x2)\n    #1 0x56 in main "
                             "a.c:2:4\n")),
            "the main thread frees an address inside of a heap block of 10 bytes (allocated at "
            "a.c:2), not its start");
  EXPECT_EQ(headline_of(text("0 bytes inside of global variable 'table' defined in 'a.c:1' (0x63) "
                             "of size 10\n")),
            "the main thread frees `table`, which no allocation returned");
}

TEST(Headline, OfWhatHasNoNameInTheProgramHasNone) {
  const auto text = [](const std::string& name) {
    return "==7==ERROR: AddressSanitizer: stack-use-after-scope on address 0x7f at pc 0x55 bp 0x7f "
           "sp 0x7e\nREAD of size 8 at 0x7f thread T0\n    #0 0x55 in main a.cc:54:98\n\nAddress "
           "0x7f "
           "is located in stack of thread T0 at offset 32 in frame\n    #0 0x55 in main a.cc:27\n\n"
           "  This frame has 1 object(s):\n    [32, 64) '" +
           name + "' (line 54) <== Memory access at offset 32 is inside this variable\n";
  };
  EXPECT_EQ(headline_of(text("ref.tmp188")),
            "the main thread reads a temporary when it is no longer on the stack");
  EXPECT_EQ(headline_of(text("<unknown>")),
            "the main thread reads a variable on the stack of the main thread when it is no longer "
            "on the stack");
  EXPECT_EQ(of(text("b37")).memory.at(0), "`b37`, 32 bytes, defined at a.cc:54");
}

TEST(Headline, StandsAboveWhatIsMissingBetweenAndWhatMakesLinesOfOffsets) {
  const Explanation race =
      of("WARNING: ThreadSanitizer: data race (pid=7)\n  Write of size 4 at 0x72 by thread T2:\n"
         "    #0 <null> <null> (prog+0x1)\n\n  Previous write of size 4 at 0x72 by thread T1:\n"
         "    #0 <null> <null> (prog+0x2)\n\n  As if synchronized via sleep:\n"
         "    #0 usleep <null> (prog+0x3)\n\n==================\n");
  EXPECT_EQ(race.missing.back(), "a sleep stands between the two, which orders nothing");
  EXPECT_NE(race.reproduce.find("llvm-symbolizer on the PATH"), std::string::npos);
}

TEST(Headline, SaysNothingOfLocksThatTheReportDoesNotTell) {
  const Explanation stretch =
      of("==7== Possible data race during read of size 8 at 0x4d by thread #3\n"
         "==7== Locks held: 1, at address 0x1FF\n==7==    at 0x40: read_it() (a.cc:8)\n==7==\n"
         "==7==  This conflicts with a previous access by thread #2, after\n"
         "==7==    at 0x41: write_it() (a.cc:6)\n==7==  but before\n"
         "==7==    at 0x42: write_it() (a.cc:9)\n==7==\n");
  EXPECT_EQ(stretch.headline,
            "thread #3 reads the same memory while #2 accesses it, and nothing orders the two");
  EXPECT_EQ(stretch.missing.at(0), "whether #2 held a lock is not said");
  const Explanation forgotten = of(
      "WARNING: ThreadSanitizer: data race (pid=7)\n  Write of size 4 at 0x72 by thread T2 "
      "(mutexes: write M0):\n    #0 f a.cc:15:62\n\n  Previous write of size 4 at 0x72 by thread "
      "T1:\n    [failed to restore the stack]\n\n==================\n");
  EXPECT_EQ(forgotten.missing.at(0), "whether T1 held a lock is not said");
  EXPECT_EQ(forgotten.headline.find("only one of the two"), std::string::npos);
}

TEST(Headline, OfOneKnownOrderOfLocksSaysThatTheOtherCameBefore) {
  EXPECT_EQ(headline_of("==7== Thread #4: lock order \"0x70 before 0xD0\" violated\n==7== \n"
                        "==7== Observed (incorrect) order is: acquisition of lock at 0xD0\n"
                        "==7==    at 0x40: f() (a.cc:1)\n==7== \n"
                        "==7==  followed by a later acquisition of lock at 0x70\n"
                        "==7==    at 0x41: f() (a.cc:2)\n"),
            "locks are taken in different orders (0xd0 before 0x70 here, the other way round "
            "before), which can deadlock");
}

TEST(Headline, OfAnUnlockOfDrdTellsWhetherAnotherThreadHoldsTheMutex) {
  const auto text = [](const std::string& count) {
    return "==7== Mutex not locked by calling thread: mutex 0x1f, recursion count " + count +
           ", owner 1.\n==7==    at 0x48: pthread_mutex_unlock (in /x/vgpreload_drd.so)\n"
           "==7==    by 0x40: main (a.cc:5)\n";
  };
  EXPECT_EQ(headline_of(text("0")), "a mutex is unlocked, and nobody holds it");
  EXPECT_EQ(headline_of(text("1")), "a mutex is unlocked, and another thread holds it");
}

TEST(Headline, OfAThreadThatEndsHoldingALock) {
  EXPECT_EQ(headline_of("==7== Thread #2: Exiting thread still holds 1 lock\n"
                        "==7==    at 0x40: start_thread (pthread_create.c:442)\n"),
            "#2 ends while it holds a lock");
  const Report drd = read_reports(
                         "==7== Mutex still locked at thread exit: mutex 0x10c160, recursion count "
                         "1, owner 2.\n==7==    at 0x48: pthread_join (in /x/vgpreload_drd.so)\n"
                         "==7==    by 0x40: main (a.c:27)\n")
                         .reports.at(0);
  EXPECT_EQ(drd.kind, ReportKind::kExitHoldingLock);
}

TEST(Headline, OfMemcheckIsOfWhatHappenedToTheBlock) {
  const auto text = [](const std::string& head, const std::string& address) {
    return "==7== " + head + "\n==7==    at 0x40: main (a.c:3)\n==7==  Address 0x4a is " + address +
           "\n";
  };
  const std::string freed =
      "1 bytes inside a block of size 20 free'd\n==7==    at 0x41: main (a.c:2)";
  EXPECT_EQ(headline_of(text("Invalid write of size 1", freed)),
            "the program writes a heap block of 20 bytes after it was freed");
  EXPECT_EQ(headline_of(text("Invalid free() / delete / delete[] / realloc()", freed)),
            "the program frees a heap block of 20 bytes, which was freed before at a.c:2");
  EXPECT_EQ(
      headline_of(text("Invalid read of size 4",
                       "0 bytes after a block of size 8 alloc'd\n==7==    at 0x41: f (a.c:1)")),
      "the program reads beyond the bounds of a heap block of 8 bytes (allocated at a.c:1)");
  EXPECT_EQ(headline_of("==7== Invalid read of size 4\n==7==    at 0x40: main (a.c:3)\n"
                        "==7==  Address 0x10 is not stack'd, malloc'd or (recently) free'd\n"),
            "the program reads address 0x10: a null pointer, or close to one");
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
