#include "cli/command.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

#include "cli/quantities.h"

namespace assay {
namespace {

struct Flags {
  std::string count = "3", name;
  bool loud = false;
};

/// A command that says how it was called.
template <int kStatus>
CommandRun set_up(CLI::App& app) {
  const auto flags = std::make_shared<Flags>();
  app.add_option("--count", flags->count, "How many");
  app.add_flag("--loud", flags->loud, "Louder");
  if (kStatus == 11) app.add_option("name", flags->name, "Of what");
  return [flags](const Words& words) {
    fmt::print("{} {} {} {} of {} words", kStatus, flags->count, flags->loud, flags->name,
               words.size());
    return kStatus;
  };
}

CommandRun without_flags(CLI::App&) {
  return [](const Words&) { return 12; };
}

const CommandRegistration kRoot("", "Without a command", &set_up<10>);
const CommandRegistration kCounting("counting", "Counts", &set_up<11>);
const CommandRegistration kBare("bare", "Takes nothing", &without_flags);

/// What it printed and its exit status.
std::string called(const Words& words) {
  testing::internal::CaptureStdout();
  const int status = read_command_line(words)(words);
  std::fflush(stdout);
  return fmt::format("{} -> {}", testing::internal::GetCapturedStdout(), status);
}

/// The message for a wrong command line; empty when it was accepted.
std::string refusal(const Words& words) {
  try {
    read_command_line(words);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(Command, RunsWithItsOwnFlagsAndAllWords) {
  EXPECT_EQ(called({}), "10 3 false  of 0 words -> 10");
  EXPECT_EQ(called({"--count=5"}), "10 5 false  of 1 words -> 10");
  EXPECT_EQ(called({"counting", "--count", "7", "--loud", "sheep"}),
            "11 7 true sheep of 5 words -> 11");
  EXPECT_EQ(called({"bare"}), " -> 12");
}

TEST(Command, TakesFlagsThatStandBeforeItsName) {
  EXPECT_EQ(called({"--count=5", "--loud", "counting"}), "11 5 true  of 3 words -> 11");
  EXPECT_EQ(called({"--count=5", "counting", "--count=6"}), "11 6 false  of 3 words -> 11");
  EXPECT_EQ(refusal({"--loud", "bare"}), "unknown flag '--loud' of `assay bare`; known: --help");
}

TEST(Command, IsRefusedWithTheNearestOfItsOwnWords) {
  EXPECT_EQ(refusal({"--cuont=5"}),
            "unknown flag '--cuont'; did you mean '--count'? known: --help, --version, --count, "
            "--loud");
  EXPECT_EQ(refusal({"counting", "--lod"}),
            "unknown flag '--lod' of `assay counting`; did you mean '--loud'? known: --help, "
            "--count, --loud");
  EXPECT_EQ(refusal({"bare", "--count=1"}),
            "unknown flag '--count' of `assay bare`; known: --help");
  EXPECT_EQ(refusal({"cuonting"}),
            "unknown command 'cuonting'; did you mean 'counting'? known: bare, counting");
  EXPECT_EQ(refusal({"bare", "word"}),
            "unexpected 'word' after `assay bare`, whose flags are: --help");
}

TEST(Command, RefusesEmptyAndMissingValues) {
  EXPECT_EQ(refusal({"--count="}), "--count: expected a value, found nothing");
  EXPECT_EQ(refusal({"counting", "--count="}), "--count: expected a value, found nothing");
  EXPECT_EQ(refusal({"counting", "--count", ""}), "--count: expected a value, found nothing");
  EXPECT_NE(refusal({"counting", "--count"}).find("--count"), std::string::npos);
}

TEST(Command, HelpAndVersionArePrinted) {
  const std::string help = called({"--help"});
  EXPECT_NE(help.find("Exit status:"), std::string::npos) << help;
  EXPECT_NE(help.find("Takes nothing"), std::string::npos) << help;
  EXPECT_NE(called({"counting", "--help"}).find("Louder"), std::string::npos);
  EXPECT_NE(called({"--version"}).find("assay 0.1 ("), std::string::npos);
}

TEST(Command, HasANameOfItsOwn) {
  EXPECT_THROW(CommandRegistration("bare", "Again", &without_flags), std::logic_error);
}

}  // namespace
}  // namespace assay
