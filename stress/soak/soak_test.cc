#include "stress/soak/soak.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck/Gen.h>
#include <rapidcheck/gen/Create.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "models/coroutine/coroutine.h"
#include "models/registry.h"
#include "models/thread/std_thread.h"
#include "properties/impostor.h"
#include "properties/property.h"
#include "report/testing_schema.h"
#include "stress/soak/audit.h"
#include "stress/soak/soak_journal.h"

namespace assay {
namespace {

std::string temporary(const std::string& name) {
  const char* folder = getenv("TEST_TMPDIR");
  return std::string(folder != nullptr ? folder : "/tmp") + "/" + name;
}

/// Runs what changes its process for good in a child, with a folder of its own for temporary files;
/// the child's failures are this test's.
void in_child(const std::function<void()>& work) {
  const std::string folder = temporary("of_child");
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  const pid_t child = fork();
  if (child == 0) {
    setenv("TMPDIR", folder.c_str(), 1);
    work();
    std::fflush(nullptr);
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << "see the failures of its child above";
}

SoakPlan plan_of(std::vector<Runtime*> runtimes, std::uint64_t rounds) {
  SoakPlan plan;
  plan.choice.runtimes = std::move(runtimes);
  plan.choice.units = 8;
  plan.duration = std::chrono::minutes(10);
  plan.most_rounds = rounds;
  return plan;
}

TEST(Audit, FindsWhatIsLeft) {
  in_child([] {
    Audit audit;
    EXPECT_TRUE(audit.look().empty());
    const int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
    const std::vector<std::string> left = audit.look();
    ASSERT_EQ(left.size(), 1U);
    EXPECT_NE(left[0].find("a descriptor: "), std::string::npos) << left[0];
    // Said once.
    EXPECT_TRUE(audit.look().empty());
    close(descriptor);
  });
}

TEST(Audit, FindsFilesAndSharedMemory) {
  in_child([] {
    const std::string folder = temporary("of_child");
    Audit audit;
    std::ofstream(folder + "/left") << "x";
    const std::vector<std::string> left = audit.look();
    ASSERT_EQ(left.size(), 1U);
    EXPECT_NE(left[0].find("/left"), std::string::npos) << left[0];
    if (!audit.not_looked_at().empty()) return;
    const int memory = shm_open("/assay_left", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    ASSERT_GE(memory, 0);
    close(memory);
    EXPECT_EQ(audit.look(),
              std::vector<std::string>{"a file or named object: /dev/shm/assay_left"});
    shm_unlink("/assay_left");
  });
}

TEST(Audit, FindsAProcessOfAnotherSessionAndRemovesIt) {
  in_child([] {
    Audit audit(std::chrono::milliseconds(100));
    if (fork() == 0) {
      setsid();
      if (fork() != 0) _exit(0);
      for (;;) pause();
    }
    const std::vector<std::string> left = audit.look();
    ASSERT_EQ(left.size(), 1U);
    EXPECT_NE(left[0].find("a process: soak_test"), std::string::npos) << left[0];
    EXPECT_LT(waitpid(-1, nullptr, WNOHANG), 0);
  });
}

TEST(Audit, FindsMemoryThatGrew) {
  in_child([] {
    Audit audit;
    EXPECT_TRUE(audit.look_at_the_end().empty());
    const std::vector<char> leak(std::size_t{4} << 20, 'x');
    EXPECT_EQ(audit.look_at_the_end().size(), 1U);
    EXPECT_EQ(leak[leak.size() / 2], 'x');
  });
}

TEST(Round, FollowsFromItsSeedAndNumber) {
  const RoundChoice choice{runtimes(), 64, std::uint64_t{1} << 30};
  std::map<Work, int> works;
  std::map<Disturbance, int> disturbances;
  for (std::uint64_t i = 0; i < 400; ++i) {
    const Round round = round_of(choice, 7, i);
    EXPECT_EQ(round.seed, round_of(choice, 7, i).seed);
    EXPECT_LE(round.units, 64U);
    EXPECT_GE(round.units, 1U);
    ++works[round.work];
    ++disturbances[round.disturbance];
  }
  EXPECT_EQ(works.size(), static_cast<std::size_t>(kWorks));
  EXPECT_EQ(disturbances.size(), static_cast<std::size_t>(kDisturbances));
  EXPECT_NE(round_of(choice, 8, 0).seed, round_of(choice, 7, 0).seed);
}

constexpr std::string_view kLate = "RefutesWhatIsLate";

/// Refutes every value of its trait, but for a machine that is only slow.
rc::Gen<Case> late_cases(std::size_t) {
  Case late;
  late.program.units.assign(2, {yield()});
  late.judge = [](const Trace&) {
    Finding finding;
    for (std::size_t i = 0; i < trait(TraitId::kSleep).values.size(); ++i) {
      finding.exclusions.push_back({static_cast<std::uint8_t>(i), "it was late", true});
    }
    return finding;
  };
  late.slower = [late] {
    Case in_time = late;
    in_time.judge = [](const Trace&) { return Finding{}; };
    return std::vector<Case>{in_time};
  };
  return rc::gen::just(late);
}

const PropertyRegistration kLateCases({TraitId::kSleep, kLate, &late_cases, {}});

TEST(Round, WhatABusyMachineMayHaveMadeUpIsLookedAtAgain) {
  const RoundChoice choice{{&std_thread()}, 4, std::uint64_t{1} << 30};
  int late = 0;
  for (std::uint64_t i = 0; i < 2'000 && late < 3; ++i) {
    Round round = round_of(choice, 7, i);
    round.work = Work::kProgram;
    const RoundOutcome outcome = carry_out(round);
    if (!outcome.text.starts_with(kLate)) continue;
    ++late;
    EXPECT_EQ(outcome.end, RoundEnd::kRight) << outcome.text;
  }
  EXPECT_EQ(late, 3) << "the property was not drawn";
}

TEST(Soak, OfTheReferencesIsClean) {
  in_child([] {
    SoakPlan plan = plan_of(runtimes(), 30);
    plan.reached = [](const RoundRecord& record) {
      EXPECT_FALSE(record.fails())
          << "round " << record.index << ", " << to_string(record.work) << " on " << record.runtime
          << ", disturbance " << to_string(record.disturbance) << ": " << record.text
          << (record.left.empty() ? "" : "; left " + record.left[0]);
    };
    const SoakResult result = soak(plan);
    EXPECT_EQ(result.counts.all(), 30U);
    EXPECT_EQ(result.left, std::vector<std::string>());
  });
}

TEST(Soak, SeesARuntimeThatIsNotWhatItDeclares) {
  in_child([] {
    Impostor impostor(coroutine(), std_thread());
    SoakPlan plan = plan_of({&impostor}, 200);
    plan.reached = [](const RoundRecord& record) {
      if (record.fails()) raise(SIGINT);
    };
    const SoakResult result = soak(plan);
    EXPECT_EQ(result.counts.failed, 1U);
    EXPECT_EQ(result.signal, SIGINT);
    EXPECT_EQ(result.left, std::vector<std::string>());
  });
}

TEST(Soak, EndsInOrderWhenItIsAskedTo) {
  in_child([] {
    SoakPlan plan = plan_of(runtimes(), 1'000'000);
    plan.reached = [](const RoundRecord& record) {
      if (record.index == 3) raise(SIGINT);
    };
    const SoakResult result = soak(plan);
    EXPECT_EQ(result.signal, SIGINT);
    EXPECT_EQ(result.counts.all(), 4U);
    EXPECT_EQ(result.left, std::vector<std::string>());
  });
}

TEST(SoakJournal, GoesOnWhereAKilledSoakWas) {
  const std::string path = temporary("soak.jsonl");
  std::filesystem::remove(path);
  SoakPlan plan = plan_of(runtimes(), 1'000'000);
  const pid_t killed = fork();
  if (killed == 0) {
    SoakJournal journal(path, plan);
    plan.reached = [&](const RoundRecord& record) {
      journal.append(record);
      if (record.index == 4) kill(getpid(), SIGKILL);
    };
    soak(plan);
    _exit(1);
  }
  int status = 0;
  waitpid(killed, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  std::ofstream(path, std::ios::app) << "{\"round\": 5, \"work";  // Half written.
  const SoakJournal journal(path, plan);
  EXPECT_EQ(journal.next_round(), 5U);
  EXPECT_EQ(journal.counts().all(), 5U);
  EXPECT_GT(journal.spent().count(), 0);
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    EXPECT_EQ(faults(Json::parse(line), schema_of("soak-1.json")), "") << line;
  plan.seed = 2;
  EXPECT_THROW(SoakJournal(path, plan), std::invalid_argument);
}

}  // namespace
}  // namespace assay
