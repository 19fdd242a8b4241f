// Reports of Rust, Swift and Objective-C, and places of the program among frames of libraries.
#include "sanitizers/reports/advice_for_others.h"

#include <gtest/gtest.h>

#include "sanitizers/reports/advice.h"
#include "sanitizers/reports/explanation.h"
#include "sanitizers/reports/own_code.h"
#include "sanitizers/reports/reader.h"

namespace assay {
namespace {

Report of_kind_in(ReportKind kind, const std::string& file) {
  Report report;
  report.detector = Detector::kThreadSanitizer;
  report.kind = kind;
  Access access;
  access.stack.push_back({"work", file, 3, 0, "prog", 1, 0});
  report.accesses = {access, access};
  return report;
}

TEST(Advice, ForAnotherLanguageIsNotInCPlusPlus) {
  for (const char* const file : {"src/queue.rs", "Queue.swift", "Queue.m", "Queue.mm"}) {
    for (int i = 0; i <= static_cast<int>(ReportKind::kUnknown); ++i) {
      const Report report = of_kind_in(static_cast<ReportKind>(i), file);
      const std::vector<std::string> fixes = usual_fixes(report);
      EXPECT_FALSE(fixes.empty()) << file << " " << slug(report.kind);
      for (const std::string& fix : fixes) {
        for (const char* const word : {"std::atomic,", "scoped_lock", "unique_ptr", "shared_ptr",
                                       "jthread", "-D_GLIBCXX", "new[]"}) {
          EXPECT_EQ(fix.find(word), std::string::npos) << file << ": " << fix;
        }
      }
    }
  }
}

TEST(Advice, ForRustLooksAtUnsafeCodeAndAtAnUnseenLibrary) {
  const Report race = of_kind_in(ReportKind::kDataRace, "/home/me/prog/src/queue.rs");
  EXPECT_EQ(language_of(race), Language::kRust);
  EXPECT_NE(usual_fixes(race).at(0).find("-Zbuild-std"), std::string::npos);
  EXPECT_NE(explain(race).reproduce.find("cargo +nightly"), std::string::npos);
  EXPECT_NE(usual_fixes(of_kind_in(ReportKind::kLeak, "a.rs")).at(0).find("Box::leak"),
            std::string::npos);
}

TEST(Advice, OnMemoryNeverWrittenIsForTheLanguage) {
  EXPECT_NE(
      usual_fixes(of_kind_in(ReportKind::kUninitializedValue, "a.rs")).at(0).find("-Zbuild-std"),
      std::string::npos);
  EXPECT_NE(
      usual_fixes(of_kind_in(ReportKind::kUninitializedValue, "a.cc")).at(0).find("initialize it"),
      std::string::npos);
}

TEST(Advice, NamesTheMissingLockInEachLanguage) {
  for (const char* const file : {"a.rs", "A.swift"}) {
    Report race = of_kind_in(ReportKind::kDataRace, file);
    HeldMutex held;
    held.name = "M7";
    race.accesses[0].mutexes = {held};
    EXPECT_EQ(usual_fixes(race).at(0).find("take M7 at the other access too"), 0U) << file;
  }
}

TEST(Advice, ForSwiftAsksForOneOwner) {
  const Report race = of_kind_in(ReportKind::kDataRace, "Queue.swift");
  EXPECT_EQ(language_of(race), Language::kSwift);
  EXPECT_NE(usual_fixes(race).at(0).find("actor"), std::string::npos);
  EXPECT_NE(explain(race).reproduce.find("--sanitize=thread"), std::string::npos);
}

TEST(Advice, WithoutFilesTheLanguageIsKnownByTheNames) {
  const auto language = [](const char* function) {
    Report report = of_kind_in(ReportKind::kDataRace, "");
    for (Access& access : report.accesses) access.stack[0].function = function;
    return language_of(report);
  };
  EXPECT_EQ(language("std::rt::lang_start::{{closure}}"), Language::kRust);
  EXPECT_EQ(language("_$LT$style..Lock$GT$::read::h0123456789abcdef"), Language::kRust);
  EXPECT_EQ(language("$s5Queue4pushyyF"), Language::kSwift);
  EXPECT_EQ(language("-[Store add:]"), Language::kSwift);
  EXPECT_EQ(language("closure #1 in Store.add(_:)"), Language::kSwift);
  EXPECT_EQ(language("Store::add(int)"), Language::kCPlusPlus);
}

TEST(OwnCode, IsNotTheLibraryOfAnotherLanguageOrSystem) {
  const auto library = [](const char* function, const char* file, const char* module) {
    return is_library_frame({function, file, file[0] == '\0' ? 0U : 3U, 0, module, 1, 0});
  };
  EXPECT_TRUE(library("f", "/rustc/58b8343/library/core/src/ptr/mod.rs", ""));
  EXPECT_TRUE(library("f", "/h/lib/rustlib/src/rust/library/std/src/thread/mod.rs", ""));
  EXPECT_TRUE(library("<alloc::boxed::Box<F> as core::ops::FnOnce<A>>::call_once", "", "prog"));
  EXPECT_TRUE(library("f", "/checkout/src/libcore/ptr.rs", ""));
  EXPECT_TRUE(library("{{closure}}", "rt.rs", ""));
  EXPECT_TRUE(library("core::ptr::read", "", "prog"));
  EXPECT_TRUE(library("f", "", "libclang_rt.tsan_osx_dynamic.dylib"));
  EXPECT_TRUE(library("-[__NSArrayM addObject:]", "", "CoreFoundation"));
  EXPECT_TRUE(library("_dispatch_client_callout", "", "libdispatch.dylib"));
  EXPECT_TRUE(library("f", "D:\\w\\vctools\\crt\\asan\\asan_malloc_win.cpp", ""));
  EXPECT_TRUE(library("f", "C:\\VS\\VC\\Tools\\MSVC\\14.37\\include\\xstring", ""));
  EXPECT_TRUE(library("f", "", "C:\\Windows\\System32\\KERNEL32.DLL"));
  EXPECT_TRUE(library("_IO_fgets", "libio/iofgets.c", ""));
  EXPECT_TRUE(library("mutex_lock_WRK", "hg_intercepts.c", ""));
  EXPECT_TRUE(library("vgDrd_thread_wrapper", "drd_pthread_intercepts.c", ""));
  EXPECT_FALSE(library("core::Queue::push()", "src/queue.cc", "prog"));
  EXPECT_FALSE(library("queue::push", "src/queue.rs", "prog"));
  EXPECT_FALSE(library("f", "C:\\Program Files\\tool\\queue.cpp", ""));
  EXPECT_FALSE(library("-[Store add:]", "", "App"));
}

TEST(OwnCode, HasNamesForAPersonInEachLanguage) {
  EXPECT_EQ(readable_name("_$LT$lock..RwLock$LT$R$C$T$GT$$GT$::write::h1f2a3b4c5d6e7f80"),
            "<lock::RwLock<R,T>>::write");
  EXPECT_EQ(readable_name("style::Lock::read::h0123456789abcdef"), "style::Lock::read");
  EXPECT_EQ(readable_name("f(int, ...)::$_0"), "f(int, ...)::$_0");
  EXPECT_EQ(readable_name("style::Lock::read::hash"), "style::Lock::read::hash");
  EXPECT_EQ(readable_name("<node::Wasm as node::Node<T>>::start"), "node::Wasm::start");
  const std::string method = "-[ApplicationOfALongName performTheCommandThatIsNamed:withObject:]";
  EXPECT_EQ(readable_name(method), method);
  EXPECT_EQ(place_of({"f", "", 0, 0, "/usr/lib/libx.so", 0, 0x79}), "libx.so");
}

TEST(OwnCode, IsNoProgramIfItIsALibraryOfAnotherSystem) {
  for (const char* const module : {"libx.dylib", "x.dll", "libx.so.2"}) {
    Report report = of_kind_in(ReportKind::kDataRace, "a.cc");
    for (Access& access : report.accesses) access.stack[0].module = module;
    EXPECT_EQ(explain(report).reproduce.find(module), std::string::npos) << module;
  }
}

}  // namespace
}  // namespace assay
