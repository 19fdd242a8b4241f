#include "scenarios/expect_explored.h"

#include <fmt/format.h>
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "models/controlled/narrative.h"
#include "models/controlled/schedule.h"

namespace assay {
namespace {

using controlled::Exploration;
using controlled::FailureKind;
using controlled::MemoryModel;
using controlled::Story;
using controlled::Strategy;

/// While one lives, a program that ends has not passed: std::exit and std::quick_exit in a body
/// would end the test with the status of a success.
class MustNotEnd {
 public:
  explicit MustNotEnd(const char* scenario) {
    static const bool kTold = std::atexit(tell) == 0 && std::at_quick_exit(tell) == 0;
    if (kTold) exploring_ = scenario;
  }
  MustNotEnd(const MustNotEnd&) = delete;
  MustNotEnd& operator=(const MustNotEnd&) = delete;
  ~MustNotEnd() { exploring_ = nullptr; }

 private:
  static void tell() {
    if (exploring_ == nullptr) return;
    fmt::print(stderr,
               "EXPECT_EXPLORED({}): a body ended the program (std::exit): it was not explored\n",
               exploring_);
    std::_Exit(1);
  }

  static inline const char* exploring_ = nullptr;
};

/// What GoogleTest's macros find while one lives.
struct Found {
  Found() : reporter(Reporter::INTERCEPT_ONLY_CURRENT_THREAD, &parts) {}

  using Reporter = testing::ScopedFakeTestPartResultReporter;
  testing::TestPartResultArray parts;
  Reporter reporter;
};

/// Makes what GoogleTest's macros find in a body a failure of the execution, with its schedule: an
/// EXPECT_ is a `require` then.
class CheckedByGoogleTest final : public controlled::Subject {
 public:
  explicit CheckedByGoogleTest(controlled::Subject& subject) : subject_(subject) {}

  [[nodiscard]] std::size_t units() const override { return subject_.units(); }
  void start(controlled::Execution& execution) override {
    // Those of one execution, so that millions of them take no memory.
    if (!found_ || found_->parts.size() > 0) {
      found_.reset();
      found_.emplace();
    }
    subject_.start(execution);
  }
  void finish(Outcome& outcome) override {
    subject_.finish(outcome);
    const testing::TestPartResult* const failed = first_failed();
    // Behind what the scenario requires, whose text it chose.
    if (failed != nullptr) outcome.require(false, literal(text_of(*failed)));
  }
  void discard(controlled::Execution& execution) override {
    // An execution that did not end has a failure of another kind, which may be the expected one.
    const testing::TestPartResult* const failed = first_failed();
    if (failed != nullptr && execution.failed() && !execution.all_ended())
      unended_ = text_of(*failed);
    subject_.discard(execution);
  }

  /// What was found in an execution that then did not end; empty when there was none.
  [[nodiscard]] const std::string& unended() const { return unended_; }

 private:
  /// Null where nothing failed: SUCCEED() is a part as well.
  [[nodiscard]] const testing::TestPartResult* first_failed() const {
    for (int i = 0; i < found_->parts.size(); ++i) {
      const testing::TestPartResult& part = found_->parts.GetTestPartResult(i);
      if (part.failed()) return &part;
    }
    return nullptr;
  }

  /// What an outcome may keep. Texts that differ each time are not all kept.
  const char* literal(const std::string& text) {
    constexpr std::size_t kMostTexts = 1'000;
    if (texts_.size() == kMostTexts && !texts_.contains(text))
      return "an EXPECT_ of a body or of finish holds";
    return texts_.insert(text).first->c_str();
  }

  static std::string text_of(const testing::TestPartResult& part) {
    std::string text = fmt::format("{}:{}:", part.file_name() == nullptr ? "" : part.file_name(),
                                   part.line_number());
    std::istringstream words(part.message());
    for (std::string word; words >> word;) text += " " + word;
    return text;
  }

  controlled::Subject& subject_;
  std::optional<Found> found_;
  std::set<std::string> texts_;
  std::string unended_;
};

/// One exploration: a scenario under a memory model.
class Exploring {
 public:
  Exploring(controlled::Subject& subject, const char* name, const Explored& expected,
            const AskingTest& test, MemoryModel memory)
      : subject_(subject), name_(name), expected_(expected), test_(test) {
    options_.execution.memory = memory;
    options_.execution.cooperative = expected.cooperative;
    options_.execution.detect_races = !expected.cooperative;
    options_.execution.spawned = expected.spawned;
    options_.strategy = expected.strategy;
    options_.preemptions = expected.preemptions;
    options_.depth = expected.depth;
    options_.seed = expected.seed;
    options_.executions =
        expected.executions.value_or(expected.strategy == Strategy::kDfs ? 1'000'000 : 100'000);
  }

  /// Empty when all is as expected.
  std::string failure() {
    const MustNotEnd guard(name_);
    const Exploration result = controlled::explore(subject_, options_);
    if (result.passed() && result.longest == 0)
      return fmt::format(
          "{}: expected operations of its environment, found none: what a body does otherwise is "
          "not seen, and nothing was explored\n",
          title());
    if (expected_.finds) {
      if (result.failure(*expected_.finds) != nullptr)
        return subject_.unended().empty() ? "" : also_failed();
      return fmt::format("{}: expected a {}, found {}\n{}", title(),
                         controlled::name_of(*expected_.finds),
                         result.passed() ? "nothing wrong" : "another failure", told(result));
    }
    if (!result.passed())
      return fmt::format("{}: expected nothing wrong, found a {}\n{}", title(),
                         controlled::name_of(result.failure()->kind), told(result));
    if (result.exhausted && !result.never().empty()) return never_reached(result);
    if (result.exhausted || expected_.strategy != Strategy::kDfs) return "";
    return fmt::format(
        "{}: expected all interleavings to be explored, found more than {} executions; raise "
        "`executions`, bound `preemptions`, take fewer units or steps, or choose a strategy that "
        "samples\n",
        title(), result.executions);
  }

  /// The same for one schedule, whose table is printed.
  std::string replayed(const std::string& text) {
    controlled::Schedule schedule;
    try {
      schedule = controlled::parse_schedule(text);
    } catch (const std::invalid_argument& error) {
      return fmt::format("ASSAY_REPLAY: {}\n", error.what());
    }
    const Story story = controlled::replay(subject_, options_.execution, schedule);
    std::cout << "replay of " << title() << "\n" << controlled::table_of(story) << std::flush;
    if (story.mismatch) return fmt::format("the replay differs: {}\n", *story.mismatch);
    if (!expected_.finds && story.failures.empty()) return "";
    if (!expected_.finds)
      return fmt::format("{}: expected nothing wrong, found a {}: {}\n", title(),
                         controlled::name_of(story.failures.front().kind),
                         story.failures.front().text);
    for (const controlled::Failing& failing : story.failures) {
      if (failing.kind == *expected_.finds) return "";
    }
    return fmt::format("{}: expected a {}, which this schedule does not show\n", title(),
                       controlled::name_of(*expected_.finds));
  }

  /// "Transfer/2/sc": what a replay names it by.
  [[nodiscard]] std::string id() const {
    return fmt::format("{}/{}/{}", name_, subject_.units(), name_of(options_.execution.memory));
  }

 private:
  [[nodiscard]] std::string also_failed() const {
    return fmt::format("{}: found the {} that is expected, and in an execution of it {}\n", title(),
                       controlled::name_of(*expected_.finds), subject_.unended());
  }
  [[nodiscard]] std::string never_reached(const Exploration& result) const {
    std::string text = fmt::format("{}: all {} executions pass, and none of them reaches\n",
                                   title(), result.executions);
    for (const std::string& never : result.never()) text += "  " + never + "\n";
    return text;
  }
  [[nodiscard]] std::string title() const {
    return fmt::format("{} with {} units, {}", name_, subject_.units(),
                       name_of(options_.execution.memory));
  }

  [[nodiscard]] std::string told(const Exploration& result) {
    const std::string coverage =
        result.exhausted
            ? fmt::format("in all {} executions", result.executions)
            : fmt::format("in {} executions of seed {}, not all", result.executions, options_.seed);
    if (result.passed()) return coverage + "\n";
    // No schedule is to blame.
    if (const auto* differs = result.failure(FailureKind::kNondeterminism))
      return differs->text + "\n";
    const controlled::Minimal minimal =
        controlled::minimize(subject_, options_.execution, *result.failure());
    controlled::Schedule schedule;
    schedule.steps = minimal.failing.schedule;
    const Story story = controlled::replay(subject_, options_.execution, schedule);
    return fmt::format(
        "{}: {} preemption{}, {} steps\n{}replay: {}\n",
        minimal.certain ? "the smallest schedule that fails" : "the smallest schedule found so far",
        minimal.preemptions, minimal.preemptions == 1 ? "" : "s", schedule.steps.size(),
        controlled::table_of(story), command(story.text()));
  }

  [[nodiscard]] std::string command(const std::string& schedule) const {
    const std::string replay = fmt::format("ASSAY_REPLAY='{}/{}'", id(), schedule);
    const std::string test = fmt::format("{}.{}", test_.suite, test_.name);
    // Set by Bazel, for a test that it runs.
    if (const char* target = std::getenv("TEST_TARGET"))
      return fmt::format("bazel test {} --test_filter='{}' --test_env={}", target, test, replay);
    return fmt::format("{} {} --gtest_filter='{}'", replay, program_invocation_name, test);
  }

  CheckedByGoogleTest subject_;
  const char* name_;
  const Explored& expected_;
  const AskingTest& test_;
  controlled::ExploreOptions options_;
};

/// What the environment asks to be replayed.
struct Replay {
  std::string id;
  std::string schedule;
};

std::optional<Replay> asked_replay() {
  const char* text = std::getenv("ASSAY_REPLAY");
  if (text == nullptr || *text == '\0') return std::nullopt;
  const std::string_view asked = text;
  const std::size_t slash = asked.rfind('/');
  if (slash == std::string_view::npos) return Replay{std::string(asked), ""};
  return Replay{std::string(asked.substr(0, slash)), std::string(asked.substr(slash + 1))};
}

}  // namespace

std::string explored_failure(controlled::Subject& subject, const char* name,
                             const Explored& expected, const AskingTest& test) {
  if (expected.memory.empty()) return "EXPECT_EXPLORED: expected a memory model, found none\n";
  const std::optional<Replay> replay = asked_replay();
  std::string failures;
  for (const MemoryModel memory : expected.memory) {
    Exploring exploring(subject, name, expected, test, memory);
    if (replay && replay->id == exploring.id()) {
      failures += exploring.replayed(replay->schedule);
      continue;
    }
    if (replay)
      std::cout << "ASSAY_REPLAY names '" << replay->id << "': all of '" << exploring.id()
                << "' is explored\n";
    failures += exploring.failure();
  }
  return failures;
}

}  // namespace assay
