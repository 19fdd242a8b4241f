// Limits of processes and of descriptors that are too low: a clear text, no hang, nothing left.
//
// Runs outside Bazel's sandbox, in which root is the only user and root is exempt.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <system_error>

#include "models/coroutine/coroutine.h"
#include "models/host.h"
#include "models/process/fork.h"
#include "models/testing_limits.h"
#include "models/thread/std_thread.h"

namespace assay {
namespace {

/// Runs `test` as a user who may have `processes` processes; an empty text is success.
void with_processes(rlim_t processes, const std::function<std::string()>& test) {
  const pid_t child = fork();
  if (child == 0) {
    limit_processes_for_good(processes);
    const std::string failure = test();
    if (!failure.empty()) std::fprintf(stderr, "%s\n", failure.c_str());
    _exit(failure.empty() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

std::string expect_part(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return "";
  return "expected a text with '" + part + "', found '" + text + "'";
}

std::string refusal_of_a_host() {
  try {
    run_in_host({}, [] {});
  } catch (const std::system_error& error) {
    return error.what();
  }
  return "no refusal";
}

TEST(Host, NoProcessForTheKeeperIsNamed) {
  with_processes(1, [] {
    return expect_part(refusal_of_a_host(), "the limit of processes is 1 (raise it with");
  });
}

TEST(Host, NoProcessForTheHostIsNamed) {
  with_processes(2, [] {
    return expect_part(refusal_of_a_host(), "the limit of processes is 2 (raise it with");
  });
}

/// Units that all wait for the last one, so that all of them are there at once.
Program waiting(std::uint32_t units) {
  Program program;
  program.channels = units;
  program.units.resize(units);
  for (std::uint32_t i = 0; i + 1 < units; ++i) {
    program.units[i] = {receive(i)};
    program.units.back().push_back(send(i, i));
  }
  return program;
}

std::string expect_refusal(Runtime& runtime, const std::string& what) {
  const Trace trace = runtime.run(waiting(30));
  if (trace.completed()) return "30 units ran with a limit of 20 processes";
  const auto refused =
      std::count_if(trace.units.begin(), trace.units.end(),
                    [](const UnitTrace& u) { return u.end.kind == EndKind::kNotStarted; });
  if (refused == 0) return "no unit was refused: " + trace.failure();
  return expect_part(trace.failure(), " was not started: " + what + ": Resource temporarily");
}

TEST(ForkRuntime, TooFewProcessesAreNamed) {
  with_processes(20, [] { return expect_refusal(fork_runtime(), "fork"); });
}

TEST(StdThread, TooFewProcessesAreNamed) {
  with_processes(20, [] { return expect_refusal(std_thread(), "pthread_create"); });
}

TEST(CoroutineRuntime, NeedsNoProcesses) {
  with_processes(20, [] {
    const Trace trace = coroutine().run(waiting(30));
    return trace.completed() ? "" : trace.failure();
  });
}

TEST(ForkRuntime, TooFewDescriptorsForChannelsAreNamed) {
  if (kSanitizerNeedsDescriptors) GTEST_SKIP() << "UBSan cannot look at objects without a pipe";
  const SoftLimit limit(RLIMIT_NOFILE, 32);
  const Trace trace = fork_runtime().run(waiting(30));
  EXPECT_EQ(trace.host.kind, EndKind::kThrew);
  EXPECT_NE(trace.failure().find("raise the limit of descriptors with `ulimit -n`"),
            std::string::npos)
      << trace.failure();
}

TEST(ForkRuntime, EveryUnitThatFitsRunsToItsEnd) {
  with_processes(20, []() -> std::string {
    Program program;
    program.units.assign(30, {yield()});
    const Trace trace = fork_runtime().run(program);
    for (const UnitTrace& unit : trace.units) {
      if (!unit.end.ok() && unit.end.kind != EndKind::kNotStarted) return to_string(unit.end);
    }
    return trace.units[0].end.ok() ? "" : "not even the first unit was started";
  });
}

}  // namespace
}  // namespace assay
