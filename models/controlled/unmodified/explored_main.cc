// The `main` of an explored_test: GoogleTest runs each test under every schedule.
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>
#include <sys/personality.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "models/controlled/unmodified/exploration.h"
#include "models/controlled/unmodified/thread.h"

namespace assay::unmodified {
namespace {

/// A pointer to a private member: explicit instantiation may name it ([temp.spec.general]/6).
template <auto kMember, typename Tag>
struct Access {
  friend auto member(Tag) { return kMember; }
};
struct FactoryTag {
  friend auto member(FactoryTag);
};
struct SetUpTag {
  friend auto member(SetUpTag);
};
struct TearDownTag {
  friend auto member(TearDownTag);
};
struct BodyTag {
  friend auto member(BodyTag);
};
template struct Access<&testing::TestInfo::factory_, FactoryTag>;
template struct Access<&testing::Test::SetUp, SetUpTag>;
template struct Access<&testing::Test::TearDown, TearDownTag>;
template struct Access<&testing::Test::TestBody, BodyTag>;

const char* variable(const char* name, const char* otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : text;
}

template <typename Number>
void read_number(const char* name, Number& number) {
  const std::string text = variable(name, "");
  if (text.empty()) return;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    throw std::invalid_argument(std::string(name) + ": expected a number, found '" + text + "'");
}

Settings read_settings() {
  Settings settings;
  settings.strategy = variable("ASSAY_STRATEGY", "dfs");
  settings.memory_model = variable("ASSAY_MEMORY_MODEL", "sc");
  settings.replay = variable("ASSAY_REPLAY", "");
  settings.reduce = *variable("ASSAY_UNREDUCED", "") == '\0';
  settings.detect_races = *variable("ASSAY_IGNORE_RACES", "") == '\0';
  read_number("ASSAY_EXECUTIONS", settings.executions);
  read_number("ASSAY_SEED", settings.seed);
  read_number("ASSAY_DEPTH", settings.depth);
  read_number("ASSAY_STEPS", settings.most_steps);
  if (*variable("ASSAY_SECONDS", "") != '\0')
    read_number("ASSAY_SECONDS", settings.seconds.emplace());
  if (*variable("ASSAY_BOUND", "") != '\0') read_number("ASSAY_BOUND", settings.bound.emplace());
  return settings;
}

const auto kBegin = std::chrono::steady_clock::now();

/// What is left of the time that Bazel gives to all tests, but for a little for each that follows.
std::optional<double> seconds_left() {
  double all = 0;
  read_number("TEST_TIMEOUT", all);
  if (all <= 0) return std::nullopt;
  constexpr double kShare = 0.75;
  constexpr double kEach = 0.5;
  const testing::UnitTest& tests = *testing::UnitTest::GetInstance();
  const int later = tests.test_to_run_count() - tests.successful_test_count() -
                    tests.failed_test_count() - tests.skipped_test_count();
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - kBegin;
  return std::max(1.0, kShare * all - spent.count() - kEach * later);
}

/// What GoogleTest itself looks at between the parts of a test.
struct Parts {
  bool failed = false;  ///< Fatally.
  bool skipped = false;
};
Parts parts;

/// A failed EXPECT or ASSERT fails the execution.
class Reporter final : public testing::ScopedFakeTestPartResultReporter {
 public:
  Reporter() : ScopedFakeTestPartResultReporter(INTERCEPT_ALL_THREADS, &none_) {}
  void ReportTestPartResult(const testing::TestPartResult& result) override {
    if (Thread::running() == nullptr) return;
    const bool was = std::exchange(observing, false);
    parts.failed |= result.fatally_failed();
    if (result.skipped()) {
      parts.skipped = true;
      skipped = result.message();
    }
    if (!result.failed()) {
      observing = was;
      return;
    }
    std::string file = result.file_name() == nullptr ? "" : result.file_name();
    file = file.substr(file.rfind('/') + 1);
    fail_unmodified(file + ":" + std::to_string(result.line_number()) + ": " + result.message());
    observing = was;
  }

  std::optional<std::string> skipped;  ///< In some execution, and what it said.

 private:
  testing::TestPartResultArray none_;
};

/// What bazel calls the test, for a command that shows a failure again.
std::string replay_command(const testing::TestInfo& test, const Settings& settings,
                           const std::string& schedule) {
  const bool sc = settings.memory_model == Settings().memory_model;
  const std::string filter = std::string(test.test_suite_name()) + "." + test.name();
  const char* const target = std::getenv("TEST_TARGET");
  if (target != nullptr)
    return "bazel test " + std::string(target) + " --test_output=all --test_filter=" + filter +
           (sc ? "" : " --test_env=ASSAY_MEMORY_MODEL=" + settings.memory_model) +
           " --test_env=ASSAY_REPLAY=" + schedule;
  return (sc ? "" : "ASSAY_MEMORY_MODEL=" + settings.memory_model + " ") +
         "ASSAY_REPLAY=" + schedule + " " + testing::internal::GetArgvs().front() +
         " --gtest_filter=" + filter;
}

class ExploredTest final : public testing::Test {
 public:
  explicit ExploredTest(testing::internal::TestFactoryBase& factory) : factory_(factory) {}

  void TestBody() override {
    Settings settings = read_settings();
    if (!settings.seconds) settings.seconds = seconds_left();
    Result result;
    std::optional<std::string> skipped;
    {
      Reporter reporter;
      result = explore_unmodified({[this] { run_once(); }}, settings);
      skipped = reporter.skipped;
    }
    const auto& test = *testing::UnitTest::GetInstance()->current_test_info();
    if (!result.schedule.empty())
      result.text += "replay: " + replay_command(test, settings, result.schedule) + "\n";
    if (!result.passed()) {
      ADD_FAILURE_AT(test.file(), test.line()) << result.text;
    } else if (skipped) {
      GTEST_SKIP() << *skipped;
    } else if (result.opaque) {
      GTEST_SKIP() << result.text;
    } else {
      std::fputs(result.text.c_str(), stdout);
    }
  }

 private:
  void run_once() {
    parts = {};
    testing::Test* const test = factory_.CreateTest();
    (test->*member(SetUpTag()))();
    if (!parts.failed && !parts.skipped) (test->*member(BodyTag()))();
    (test->*member(TearDownTag()))();
    delete test;
  }

  testing::internal::TestFactoryBase& factory_;
};

class ExploredFactory final : public testing::internal::TestFactoryBase {
 public:
  explicit ExploredFactory(testing::internal::TestFactoryBase& factory) : factory_(factory) {}
  testing::Test* CreateTest() override { return new ExploredTest(factory_); }

 private:
  testing::internal::TestFactoryBase& factory_;
};

void explore_all_tests() {
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const testing::TestSuite& suite = *all.GetTestSuite(i);
    for (int j = 0; j < suite.total_test_count(); ++j) {
      const testing::TestInfo& test = *suite.GetTestInfo(j);
      auto& factory = const_cast<testing::internal::TestFactoryBase*&>(test.*member(FactoryTag()));
      factory = new ExploredFactory(*factory);
    }
  }
}

/// Begins again with the same addresses as in every other process: values may have some in them,
/// and so may what is left on stacks. Where the kernel refuses, a replay string is of one process.
void fix_addresses(char** arguments) {
  constexpr unsigned kAsk = 0xFFFFFFFF;
  const int now = personality(kAsk);
  if (now == -1 || (now & ADDR_NO_RANDOMIZE) != 0) return;
  if (personality(static_cast<unsigned>(now) | ADDR_NO_RANDOMIZE) == -1) return;
  execv("/proc/self/exe", arguments);
}

}  // namespace
}  // namespace assay::unmodified

__attribute__((visibility("default"))) int main(int count, char** arguments) {
  assay::unmodified::fix_addresses(arguments);
  testing::InitGoogleTest(&count, arguments);
  for (const std::string& what : assay::unmodified::unseen())
    std::printf("not seen: %s\n", what.c_str());
  assay::unmodified::explore_all_tests();
  return RUN_ALL_TESTS();
}
