#include "cli/options.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "models/registry.h"

namespace assay {
namespace {

/// As a command with these flags alone reads them.
Options parse(const std::vector<std::string>& words) {
  CLI::App app;
  const auto options = add_options(app);
  app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  return options();
}

/// The message for a wrong command line; empty when it was accepted.
std::string refusal(const std::vector<std::string>& words) {
  try {
    parse(words);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(Options, DefaultIsEverythingOnce) {
  const Options options = parse({});
  EXPECT_EQ(options.runtimes,
            (std::vector<Runtime*>{&reference(Model::kProcess), &reference(Model::kThread),
                                   &reference(Model::kCoroutine)}));
  EXPECT_EQ(options.traits.size(), traits().size());
  EXPECT_EQ(options.seed, 1U);
  EXPECT_EQ(options.effort, Effort::kDefault);
  EXPECT_TRUE(options.units.empty());
}

TEST(Options, AreReadFromAllFlags) {
  const Options options =
      parse({"--runtime=fork,coroutine,fork", "--trait", "memory_space", "--units=2,64", "--seed=7",
             "--duration=1.5s", "--json=x.json", "--quick"});
  ASSERT_EQ(options.runtimes.size(), 2U);
  EXPECT_EQ(options.runtimes[1]->info().name, "coroutine");
  EXPECT_EQ(options.traits, std::vector<TraitId>{TraitId::kMemorySpace});
  EXPECT_EQ(options.units, (std::vector<std::size_t>{2, 64}));
  EXPECT_EQ(options.seed, 7U);
  EXPECT_EQ(options.duration, std::chrono::milliseconds(1500));
  EXPECT_EQ(options.json, "x.json");
  EXPECT_EQ(options.effort, Effort::kQuick);
}

TEST(Options, UnknownWordsNameTheNearestRightOne) {
  EXPECT_EQ(refusal({"--runtime=frok"}),
            "--runtime: unknown 'frok'; did you mean 'fork'? known: fork, std_thread, coroutine");
  EXPECT_NE(refusal({"--trait=memory"}).find("did you mean 'memory_space'?"), std::string::npos);
}

TEST(Options, ADriverIsARuntimeByItsCommand) {
  const Options options = parse({"--driver=sh -c 'exec my-driver.py'", "--model=coroutine",
                                 "--language=Shell", "--costs", "--resident"});
  ASSERT_EQ(options.runtimes.size(), 1U);
  const RuntimeInfo& info = options.runtimes[0]->info();
  EXPECT_EQ(info.name, "exec_my_driver");
  EXPECT_EQ(info.model, Model::kCoroutine);
  EXPECT_EQ(info.claims.size(), traits().size());
  EXPECT_NE(options.runtimes[0]->native_costs(), nullptr);
  EXPECT_EQ(options.flags.at("exec_my_driver"),
            "--driver=\"sh -c 'exec my-driver.py'\" --model=coroutine --language=\"Shell\" --costs "
            "--resident");
  // Beside others, without claims, and under a name of its own.
  const Options two = parse({"--driver=sh fork", "--runtime=fork"});
  ASSERT_EQ(two.runtimes.size(), 2U);
  EXPECT_EQ(two.runtimes[1]->info().name, "fork_driver");
  EXPECT_TRUE(two.runtimes[1]->info().claims.empty());
}

TEST(Options, ADriverThatCannotBeIsRefused) {
  const std::string script = std::string(std::getenv("TEST_TMPDIR")) + "/x.py";
  std::ofstream(script) << "pass\n";
  EXPECT_NE(refusal({"--driver=" + script})
                .find("make the file executable and name it with its folder, or name what runs it"),
            std::string::npos);
  EXPECT_NE(refusal({"--driver=/tmp"}).find("'/tmp' is no program that can be run here; install"),
            std::string::npos);
  EXPECT_NE(refusal({"--driver=no_such_interpreter x.py"})
                .find("'no_such_interpreter' is no program that can be run here"),
            std::string::npos);
  EXPECT_NE(refusal({"--driver='unclosed"}).find("expected a command such as"), std::string::npos);
  EXPECT_NE(refusal({"--driver=sh", "--model=threads"}).find("did you mean 'thread'?"),
            std::string::npos);
  EXPECT_NE(refusal({"--driver=sh", "--language=Go"}).find("say --model"), std::string::npos);
  EXPECT_NE(refusal({"--model=thread"}).find("say --driver"), std::string::npos);
}

TEST(Options, UnitsAreNumbersFromOneToANamedLimit) {
  const std::string only_sleep = "--trait=sleep";
  EXPECT_EQ(refusal({only_sleep, "--units=0"}), "--units: expected at least 1 unit, found 0");
  for (const char* wrong : {"--units=two", "--units=-1", "--units=2,", "--units=1.5"}) {
    EXPECT_NE(refusal({only_sleep, wrong}).find("expected numbers of units such as"),
              std::string::npos)
        << wrong;
  }
  EXPECT_EQ(refusal({"--runtime=coroutine", "--units=1000001"}),
            "--units: expected at most 1000000, which is the limit by Assay (its ladders end "
            "there), found 1000001");
  EXPECT_NE(refusal({"--units=99999999999999999999"}).find("which is the limit by"),
            std::string::npos);
}

TEST(Options, SeedsAndDurationsSayWhatTheyExpect) {
  EXPECT_EQ(parse({"--seed=18446744073709551615"}).seed, UINT64_MAX);
  for (const char* wrong : {"--seed=-1", "--seed=x", "--seed=18446744073709551616"}) {
    EXPECT_NE(refusal({wrong}).find("--seed: expected a number from 0 to"), std::string::npos);
  }
  EXPECT_EQ(parse({"--duration=500ms"}).duration, std::chrono::milliseconds(500));
  EXPECT_EQ(parse({"--duration=2m"}).duration, std::chrono::minutes(2));
  for (const char* wrong : {"--duration=10", "--duration=0s", "--duration=-1s", "--duration=s",
                            "--duration=2h", "--duration=nans", "--duration=61m"}) {
    EXPECT_NE(refusal({wrong}).find("--duration: expected 1ms to 60m"), std::string::npos) << wrong;
  }
}

}  // namespace
}  // namespace assay
