#include "sanitizers/reports/explanation.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "report/testing_schema.h"
#include "sanitizers/reports/explainer.h"
#include "sanitizers/reports/explanation_text.h"
#include "sanitizers/reports/gallery_entry.h"
#include "sanitizers/reports/own_code.h"
#include "sanitizers/reports/testing_reports.h"

namespace assay {
namespace {

Explanation first_of(const std::string& run) {
  return explain(read_reports(recorded_run(run)).reports.at(0));
}

// All recorded reports, explained.
Explainer explained(bool group = false) {
  Explainer explainer({group, "prog --flag", ""});
  for (const RecordedRun& run : recorded_runs()) {
    ReportReader reader(explainer.sink());
    reader.feed(run.text);
    reader.finish();
  }
  return explainer;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

TEST(Explanation, SaysARaceInOneSentence) {
  EXPECT_EQ(first_of("race_global.clang_tsan").headline,
            "thread T2 writes `counter` while T1 writes it, and nothing orders the two");
  EXPECT_EQ(first_of("race_stack_atomic.clang_tsan").headline,
            "the main thread reads a variable on the stack of the main thread while T1 writes it, "
            "and nothing orders the two");
}

TEST(Explanation, NamesTheLocksThatAreNotCommon) {
  for (const char* run : {"race_heap_mutex.clang_tsan", "race_heap_mutex.plain.helgrind"}) {
    const Explanation explanation = first_of(run);
    EXPECT_NE(explanation.headline.find("no lock is common to both"), std::string::npos) << run;
    EXPECT_EQ(explanation.missing.at(0).find("no common lock: "), 0U) << run;
    EXPECT_EQ(explanation.gallery, "wrong_mutex") << run;
  }
}

TEST(Explanation, SaysWhoCreatedTheThreadsAndWhatTheMemoryIs) {
  const Explanation explanation = first_of("uaf_thread.clang_asan");
  EXPECT_EQ(explanation.headline,
            "T2 writes a heap block of 20 bytes (allocated at uaf_thread.cc:8) after it was freed");
  EXPECT_NE(
      joined(explanation.threads).find("T2 was created by the main thread at uaf_thread.cc:8"),
      std::string::npos);
  EXPECT_NE(joined(explanation.memory).find("freed at uaf_thread.cc:8"), std::string::npos);
}

TEST(Explanation, SaysWhatIsMissingWhereMemoryEndsTooEarly) {
  EXPECT_EQ(first_of("uaf_thread.clang_asan").missing.at(0),
            "nothing makes T1 wait for T2 before it frees, or share the ownership with it");
  EXPECT_EQ(first_of("double_free.clang_asan").missing.at(0),
            "one owner: the memory is freed at two places");
}

TEST(Explanation, SuggestsTheSmallestFixOfTheCaseFirst) {
  const Explanation locks = first_of("race_heap_mutex.clang_tsan");
  EXPECT_EQ(locks.fixes.at(0), "hold the same mutex at both: M0 here as there, or M1");
  const Explanation descriptor = first_of("race_fd.clang_tsan");
  EXPECT_EQ(descriptor.fixes.at(0),
            "close the descriptor after its last user: join the thread first");
  EXPECT_EQ(joined(descriptor.fixes).find("std::atomic"), std::string::npos)
      << "a descriptor cannot be made atomic: " << joined(descriptor.fixes);
}

TEST(Explanation, HasAHeadlineOfItsOwnForMostKinds) {
  EXPECT_EQ(first_of("thread_leak.clang_tsan").headline,
            "thread T1, created at thread_leak.cc:12, was neither joined nor detached");
  EXPECT_EQ(first_of("signals.clang_tsan").headline,
            "a signal handler calls malloc, which is not safe there");
  EXPECT_EQ(first_of("segv.clang_asan").headline,
            "T1 writes address 0x8: a null pointer, or close to one");
  EXPECT_EQ(first_of("race_uaf.clang_tsan").headline,
            "the main thread writes memory that T1 frees, and nothing orders the two");
}

Explanation of_text(const std::string& text) { return explain(read_reports(text).reports.at(0)); }

TEST(Explanation, OfAnAddressThatTheProcessorDoesNotTellIsNoNullPointer) {
  const Explanation explanation = of_text(
      "==7==ERROR: AddressSanitizer: SEGV on unknown address (pc 0x55 bp 0x7f sp 0x7f T0)\n"
      "==7==The signal is caused by a READ memory access.\n"
      "==7==Hint: this fault was caused by a dereference of a high value address (see register "
      "values below).  Disassemble the provided pc to learn which register was used.\n"
      "    #0 0x55 in main a.cc:1:65\n");
  EXPECT_EQ(explanation.headline,
            "the main thread reads an address that no program can have, by a pointer that is no "
            "pointer");
}

TEST(Explanation, OfTwoDefinitionsSaysWhereTheyAreAndHowToHaveOne) {
  const Explanation explanation = of_text(
      "==7==ERROR: AddressSanitizer: odr-violation (0x55):\n"
      "  [1] size=40 'table' a.cc:1:5\n  [2] size=80 'table' b.cc:1:5\n"
      "SUMMARY: AddressSanitizer: odr-violation: global 'table' at a.cc:1:5\n");
  ASSERT_EQ(explanation.places.size(), 2U);
  EXPECT_EQ(explanation.places[0].what, "Defined here");
  EXPECT_EQ(explanation.places[1].where, "b.cc:1:5");
  EXPECT_EQ(explanation.fixes.at(0),
            "define it in one file, and declare it extern in a header that both include");
}

TEST(Explanation, AdvisesOnWhatWentWrongAndNotOnSomethingLikeIt) {
  constexpr std::pair<const char*, const char*> kAdvice[] = {
      {"division by zero", "divisor"},
      {"1e+30 is outside the range of representable values of type 'int'", "before the cast"},
      {"load of value 2, which is not a valid value for type 'bool'", "initialize it"},
      {"pointer index expression with base 0x01 overflowed to 0xfb", "offset"},
  };
  for (const auto& [error, word] : kAdvice) {
    const Explanation explanation =
        of_text(std::string("a.cc:3:4: runtime error: ") + error + "\n");
    EXPECT_NE(explanation.fixes.at(0).find(word), std::string::npos)
        << error << ": " << explanation.fixes.at(0);
  }
  EXPECT_NE(first_of("overlap.clang_asan").fixes.at(0).find("std::memmove"), std::string::npos);
  EXPECT_NE(first_of("alloc_big.clang_asan").fixes.at(0).find("size"), std::string::npos);
}

// A race of two threads on "g", begun by a library that hides its caller.
std::string race_of(const std::string& first, const std::string& second, const std::string& where) {
  return "==================\nWARNING: ThreadSanitizer: data race (pid=7)\n"
         "  Atomic write of size 4 at 0x7b0000000008 by main thread:\n    #0 " +
         first + "\n    #1 main a.cc:6:1 (libx.so.1+0x10)\n\n" +
         "  Previous write of size 8 at 0x7b0000000008 by thread T1:\n    #0 " + second +
         "\n    #1 f() a.cc:4:1 (libx.so.1+0x20)\n\n  Location is global " + where +
         "\n\n  Thread T1 (tid=8, running) created by main thread at:\n"
         "    #0 pthread_create <null> (prog+0x62)\n"
         "    #1 std::thread::_M_start_thread() <null> (libstdc++.so.6+0x72)\n\n"
         "==================\n";
}

TEST(Explanation, NamesTheVariableThatWasWrittenAndNotItsPartAfterOptimization) {
  const std::string atomic = "std::atomic<int>::store(int) /usr/include/c++/12/atomic:3 (prog+0x1)";
  for (const char* const name : {"stats.0", "stats (.0)", "stats"}) {
    const std::string where = "'" + std::string(name) + "' of size 4 at 0x55 (prog+0x15)";
    EXPECT_EQ(of_text(race_of(atomic, "g() a.cc:3:1 (prog+0x2)", where)).headline,
              "the main thread atomically writes `stats` while T1 writes it, and nothing orders "
              "the two");
  }
  EXPECT_EQ(of_text(race_of(atomic, "g() a.cc:3:1 (prog+0x2)",
                            "'?\?' at 0x7f43de3f1000 (zero (deleted)+0x28)"))
                .memory.at(0),
            "Memory of a mapping");
}

TEST(Explanation, AdvisesNoAtomicWhereThePlainSideIsInTheLibrary) {
  const Explanation explanation = of_text(race_of(
      "std::_Sp_counted_base<2>::_M_add_ref_copy() /usr/include/c++/12/bits/a.h:3 (prog+0x1)",
      "operator new(unsigned long) <null> (prog+0x2)", "'g' of size 16 at 0x55 (prog+0x15)"));
  EXPECT_EQ(joined(explanation.fixes).find("atomic"), std::string::npos)
      << joined(explanation.fixes);
  EXPECT_EQ(explanation.gallery, "race_on_shared_ptr");
}

TEST(Explanation, SaysNoPlaceOfTheDetectorForOneOfTheProgram) {
  const Explanation explanation = of_text(
      race_of("f() a.cc:3:1 (libx.so.1+0x1)", "g() a.cc:3:1 (libx.so.1+0x2)", "'g' of size 4"));
  EXPECT_EQ(explanation.threads.at(0),
            "T1 was created by the main thread, place unknown (running then)");
  EXPECT_EQ(explanation.reproduce.find("libx"), std::string::npos)
      << "a shared library cannot be run: " << explanation.reproduce;
}

TEST(Explanation, SaysThatTheOtherSideFrees) {
  const Explanation explanation = first_of("race_uaf.clang_tsan");
  EXPECT_EQ(explanation.places.at(1).what, "T1 frees it (earlier)");
}

TEST(Explanation, OfAProgramOfTheGalleryNamesThatProgram) {
  Report report;
  report.kind = ReportKind::kDataRace;
  Access access;
  access.stack.push_back(
      {"f", "/proc/self/cwd/sanitizers/gallery/programs/race_on_callback.cc", 3, 0, "", 0, 0});
  report.accesses = {access, access};
  EXPECT_EQ(explain(report).gallery, "race_on_callback");
  EXPECT_EQ(resembling_entry(report), "race_on_counter");
}

TEST(OwnCode, HasNamesForAPerson) {
  EXPECT_EQ(readable_name("(anonymous namespace)::g_counter"), "g_counter");
  EXPECT_EQ(readable_name("_ZN12_GLOBAL__N_19g_counterE"), "g_counter");
  EXPECT_EQ(readable_name("operator<(int, int)"), "operator<(int, int)");
  EXPECT_EQ(readable_name("unsigned long start_thread<void in_order<void (*)(), int (*)()>(void "
                          "(*)(), int (*)())::'lambda'()>(void (*&)())"),
            "start_thread<...>");
}

TEST(OwnCode, IsNoCallOfTheCLibraryHoweverItsFileIsPrinted) {
  const auto frame = [](const char* function, const char* file) {
    Frame made;
    made.function = function;
    made.file = file;
    made.module = "prog";
    return made;
  };
  EXPECT_TRUE(is_library_frame(frame("usleep", "usleep.c")));
  EXPECT_TRUE(is_library_frame(frame("clock_nanosleep@@GLIBC_2.17", "clock_nanosleep.c")));
  EXPECT_TRUE(is_library_frame(frame("read", "read.c")));
  EXPECT_TRUE(is_library_frame(frame("usleep", "")));
  EXPECT_TRUE(is_library_frame(frame("__futex_abstimed_wait_common64", "futex-internal.c")));
  EXPECT_TRUE(is_library_frame(frame("call_init", "elf/dl-init.c")));
  EXPECT_TRUE(is_library_frame(frame("sched_yield", "syscall-template.S")));
  EXPECT_TRUE(is_library_frame(frame("allocate", "allocator.h")));
  EXPECT_FALSE(is_library_frame(frame("Arena::allocate(unsigned long)", "allocator.h")));
  EXPECT_FALSE(is_library_frame(frame("read", "src/buffer.cc")));
  EXPECT_FALSE(is_library_frame(frame("read_all", "read.c")));
  // Where the globals of the file are initialized, at their own lines.
  EXPECT_FALSE(is_library_frame(frame("__static_initialization_and_destruction_0", "src/a.cc")));
}

TEST(OwnCode, IsWhatIsNeitherTheLibrarysNorTheGallerysScaffolding) {
  for (const char* const file :
       {"std_mutex.h", "mutex", "/usr/include/c++/12/mutex", "./nptl/./nptl/pthread_create.c",
        "/proc/self/cwd/sanitizers/gallery/in_order.h"}) {
    EXPECT_TRUE(is_library_frame({"f", file, 1, 0, "", 0, 0})) << file;
  }
  for (const char* const file : {"a.cc", "src/mutex.cc", "in_order.h", "standard.h"}) {
    EXPECT_FALSE(is_library_frame({"f", file, 1, 0, "", 0, 0})) << file;
  }
}

TEST(Explanation, ShowsEveryEdgeOfALockCycle) {
  const Explanation explanation = first_of("lock_order3.gcc_tsan");
  ASSERT_EQ(explanation.places.size(), 3U);
  EXPECT_EQ(explanation.places[0].what, "T1 takes M10 while it holds M9");
  EXPECT_EQ(explanation.places[0].frame.line, 12U);
}

TEST(Explanation, HasAHeadlineAPlaceAndAFixForEveryRecordedReport) {
  const Explainer explainer = explained();
  for (const ExplainedReport& item : explainer.reports()) {
    const std::string which = item.explanation.reproduce + ": " + item.report.text;
    EXPECT_FALSE(item.explanation.headline.empty()) << which;
    EXPECT_FALSE(item.explanation.places.empty()) << which;
    EXPECT_FALSE(item.explanation.fixes.empty()) << which;
  }
}

TEST(ExplanationText, KeepsWithinTheWidthAndShowsTheSource) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "source";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "race_global.cc") << std::string(11, '\n') << "void write_it() {}\n";
  SourceReader sources({folder.string()});
  const Report report = read_reports(recorded_run("race_global.clang_tsan")).reports.at(0);
  const std::string text = explanation_text(report, explain(report), 1, 3, sources, {});
  EXPECT_NE(text.find(">  12  void write_it() {}"), std::string::npos) << text;
  EXPECT_NE(text.find("seen 3 times"), std::string::npos) << text;
  EXPECT_NE(text.find("of the libraries"), std::string::npos) << text;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
  const std::string all = explanation_text(report, explain(report), 1, 1, sources, {false, true});
  EXPECT_EQ(all.find("of the libraries"), std::string::npos) << all;
  EXPECT_NE(all.find("std::thread::_State_impl"), std::string::npos) << all;
}

TEST(ExplanationText, ShowsTheTwoLinesSideBySideHoweverLongThePath) {
  SourceReader sources({"/nonexistent"});
  Report report = read_reports(recorded_run("race_global.clang_tsan")).reports.at(0);
  for (Access& access : report.accesses) {
    for (Frame& frame : access.stack) {
      if (frame.file == "race_global.cc") {
        frame.file = "/a/folder/with/a/very/long/name/that/fits/no/column/race_global.cc";
      }
    }
  }
  const std::string text = explanation_text(report, explain(report), 1, 1, sources, {});
  EXPECT_NE(text.find("T2 writes 4 bytes                               | T1 writes 4 bytes"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("race_global.cc:12:27 | "), std::string::npos) << text;
}

TEST(ExplanationText, SaysWhenTheSourceIsNotThere) {
  SourceReader sources({"/nonexistent"});
  const Report report = read_reports(recorded_run("race_global.clang_tsan")).reports.at(0);
  const std::string text = explanation_text(report, explain(report), 1, 1, sources, {});
  EXPECT_NE(text.find("--source=DIR says where"), std::string::npos) << text;
}

TEST(Grouping, MergesReportsOfTheSamePairOfPlaces) {
  const std::string text = recorded_run("race_heap_mutex.clang_tsan");
  Explainer explainer({true, "", ""});
  ReportReader reader(explainer.sink());
  for (int i = 0; i < 5; ++i) reader.feed(text);
  reader.feed(recorded_run("race_global.clang_tsan"));
  reader.finish();
  ASSERT_EQ(explainer.reports().size(), 2U);
  EXPECT_EQ(explainer.reports()[0].times, 5U);
  EXPECT_EQ(explainer.reports()[1].times, 1U);
  EXPECT_EQ(explainer.read(), 6U);
}

TEST(ExplanationJson, HoldsToItsSchema) {
  const Explainer explainer = explained();
  const Json json = Json::parse(explanation_json(explainer.reports(), explainer.problems()));
  EXPECT_EQ(json.at("reports").size(), explainer.reports().size());
  EXPECT_EQ(faults(json, schema_of("explanation-1.json")), "");
}

// OASIS SARIF 2.1.0: 3.4 (artifactLocation: a URI reference), 3.30 (region: lines and columns from
// 1), 3.28.2 (location: an id of its own).
void expect_location(const Json& location) {
  const Json& physical = location.at("physicalLocation");
  const std::string uri = physical.at("artifactLocation").at("uri");
  EXPECT_FALSE(uri.empty());
  constexpr const char* kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/+%:";
  EXPECT_EQ(uri.find_first_not_of(kAllowed), std::string::npos) << uri;
  EXPECT_TRUE(uri.find(':') == std::string::npos || uri.starts_with("file:///")) << uri;
  const Json& region = physical.at("region");
  EXPECT_GE(region.at("startLine").get<int>(), 1);
  EXPECT_GE(region.value("startColumn", 1), 1);
  EXPECT_FALSE(location.at("message").at("text").get<std::string>().empty());
}

// 3.27: a result has a message, and a ruleId that is a rule's; its level is one of four.
void expect_result(const Json& result, const std::set<std::string>& rules) {
  EXPECT_TRUE(rules.contains(result.at("ruleId")));
  EXPECT_FALSE(result.at("message").at("text").get<std::string>().empty());
  EXPECT_TRUE((std::set<std::string>{"none", "note", "warning", "error"})
                  .contains(result.at("level").get<std::string>()));
  EXPECT_GE(result.at("occurrenceCount").get<int>(), 1);
  for (const auto& [name, value] : result.at("partialFingerprints").items()) {
    EXPECT_TRUE(value.is_string()) << name;
  }
  // 3.27.12 asks for none or one, GitHub for one: a file with a result that has none is refused.
  EXPECT_EQ(result.at("locations").size(), 1U) << result;
  for (const Json& location : result.at("locations")) expect_location(location);
  std::set<int> ids;
  if (!result.contains("relatedLocations")) return;
  for (const Json& location : result.at("relatedLocations")) {
    expect_location(location);
    EXPECT_TRUE(ids.insert(location.at("id").get<int>()).second) << "an id stands twice";
  }
}

// 3.13 (sarifLog), 3.14 (run), 3.18 (tool), 3.19 (toolComponent), 3.49 (reportingDescriptor), and
// what GitHub asks for ("SARIF support for code scanning").
TEST(ExplanationSarif, HasTheStructureOfTheStandard) {
  const Explainer explainer = explained();
  const Json sarif = Json::parse(explanation_sarif(explainer.reports(), "a log"));
  EXPECT_EQ(sarif.at("version"), "2.1.0");
  EXPECT_TRUE(sarif.at("$schema").get<std::string>().ends_with("sarif-2.1.0.json"));
  ASSERT_EQ(sarif.at("runs").size(), 1U);
  const Json& driver = sarif.at("runs")[0].at("tool").at("driver");
  EXPECT_FALSE(driver.at("name").get<std::string>().empty());
  std::set<std::string> rules;
  for (const Json& rule : driver.at("rules")) {
    EXPECT_TRUE(rules.insert(rule.at("id")).second) << rule.at("id") << " stands twice";
    for (const char* const text : {"shortDescription", "fullDescription", "help"}) {
      EXPECT_FALSE(rule.at(text).at("text").get<std::string>().empty()) << rule.at("id");
    }
  }
  const Json& results = sarif.at("runs")[0].at("results");
  ASSERT_EQ(results.size(), explainer.reports().size());
  for (const Json& result : results) expect_result(result, rules);
}

TEST(ExplanationSarif, AReportWithoutSourceLinesIsFoundInTheLog) {
  Report report;
  report.kind = ReportKind::kSegv;
  report.first_line = 17;
  Explainer explainer({false, "", ""});
  explainer.sink().report(report);
  const Json sarif =
      Json::parse(explanation_sarif(explainer.reports(), "results/failed tests.log"));
  const Json& locations = sarif.at("runs")[0].at("results")[0].at("locations");
  ASSERT_EQ(locations.size(), 1U);
  const Json& place = locations[0].at("physicalLocation");
  EXPECT_EQ(place.at("artifactLocation").at("uri"), "results/failed%20tests.log");
  EXPECT_EQ(place.at("region").at("startLine"), 17);
}

TEST(ExplanationSarif, PathsBelowTheRootAreRelativeAndEncoded) {
  Report report;
  report.kind = ReportKind::kDataRace;
  Access access;
  access.stack.push_back({"f", "/repo/a dir/b.cc", 3, 0, "", 0, 0});
  report.accesses = {access, access};
  Explainer explainer({false, "", "/repo"});
  explainer.sink().report(report);
  const std::string sarif = explanation_sarif(explainer.reports(), "");
  EXPECT_NE(sarif.find("\"uri\": \"a%20dir/b.cc\""), std::string::npos) << sarif;
}

}  // namespace
}  // namespace assay
