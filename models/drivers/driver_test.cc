#include "models/drivers/driver.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>

namespace assay {
namespace {

/// The answer to `two_reads`: two units, one event each.
constexpr const char* kGoodAnswer =
    R"({"version":1,"host":{"kind":"completed"},"wall_ns":5,"cpu_ns":4,"units":[)"
    R"({"end":{"kind":"completed"},"events":[[0,7,0]]},)"
    R"({"end":{"kind":"completed"},"events":[[0,8,0]]}]})";

Program two_reads() {
  Program program;
  program.units.assign(2, {read(Region::kHeap, 0)});
  program.bound_ns = 100'000'000;
  return program;
}

DriverSpec shell(const std::string& script) {
  DriverSpec spec;
  spec.info = {"strange", Model::kThread, "Shell", "for a test", {}};
  spec.command = {"/bin/sh", "-c", script};
  spec.has_costs = true;
  return spec;
}

std::string print(const std::string& line) { return "printf '%s\\n' '" + line + "'"; }

Trace run(DriverSpec spec) { return DriverRuntime(std::move(spec)).run(two_reads()); }

Trace run(const std::string& script) { return run(shell(script)); }

/// The failure of a driver that was expected to be wrong; it must name the driver.
std::string failure(const Trace& trace) {
  EXPECT_FALSE(trace.completed());
  EXPECT_EQ(trace.units.size(), 2U);
  EXPECT_NE(trace.host.what.find("driver strange"), std::string::npos) << trace.failure();
  return trace.failure();
}

void expect_in(const std::string& part, const std::string& whole) {
  EXPECT_NE(whole.find(part), std::string::npos) << whole;
}

TEST(Driver, AnAnswerIsTheTrace) {
  const Trace trace = run("read request; " + print(kGoodAnswer) + "; echo hint >&2");
  ASSERT_TRUE(trace.completed()) << trace.failure() << trace.output;
  EXPECT_EQ(trace.units[1].at(0)->value, 8);
  EXPECT_EQ(trace.wall_ns, 5);
  EXPECT_EQ(trace.output, "hint\n");
}

TEST(Driver, ReadsTheProgramOnStandardInput) {
  const Trace trace =
      run("read -r request; case \"$request\" in '{\"version\":1,'*'\"op\":\"read\"'*) " +
          print(kGoodAnswer) + ";; esac");
  EXPECT_TRUE(trace.completed()) << trace.failure();
}

TEST(Driver, RubbishIsShown) {
  expect_in("expected a line of JSON, found 'rubbish'; its standard error ends: alas",
            failure(run("echo alas >&2; echo rubbish; " + print(kGoodAnswer))));
}

TEST(Driver, MoreThanOneLineIsShown) {
  expect_in("expected one line, found more: 'debug",
            failure(run(print(kGoodAnswer) + "; echo debug")));
}

TEST(Driver, AnAnswerInSeveralLinesIsNamed) {
  expect_in("expected the answer in one line, found one that goes on after '{\"version\":1,'",
            failure(run("printf '{\"version\":1,\\n\"units\":[]}\\n'")));
}

TEST(Driver, BlankLinesAndEndsOfOtherSystemsAreReadOver) {
  for (const char* format :
       {"%s\\r\\n", "\\n%s\\n", "%s\\n\\n", "\\r\\n  %s  \\n \\n", "\\357\\273\\277%s\\n"}) {
    const Trace trace = run("printf '" + std::string(format) + "' '" + kGoodAnswer + "'");
    EXPECT_TRUE(trace.completed()) << format << ": " << trace.failure();
  }
}

TEST(Driver, ThatAnsweredAndWentOnIsNamed) {
  DriverSpec spec = shell(print(kGoodAnswer) + "; sleep 60");
  spec.own_time = std::chrono::milliseconds(500);
  expect_in("it answered and went on after 625 ms (one that stays is --resident)",
            failure(run(spec)));
}

TEST(Driver, WhatATerminalTakesAsACommandIsShownAsBytes) {
  const std::string said = failure(run("printf 'a\\033[2J\\377\\n'; printf '\\033c' >&2"));
  expect_in("found 'a\\x1b[2J\\xff'; its standard error ends: \\x1bc", said);
}

TEST(Driver, NothingIsSaidToBeNothing) {
  expect_in("expected a line of JSON, found nothing; it printed nothing on standard error",
            failure(run("exit 0")));
}

TEST(Driver, HalfALineAndAHangAreGivenUp) {
  DriverSpec spec = shell("printf '{\"version\":1,'; while :; do sleep 1; done");
  spec.own_time = std::chrono::milliseconds(200);
  const Trace trace = run(spec);
  EXPECT_EQ(trace.host.kind, EndKind::kGaveUp);
  expect_in("gave no answer after 325 ms; it had written '{\"version\":1,'", failure(trace));
}

TEST(Driver, HalfALineAtItsEndIsShown) {
  expect_in("found half a line, which no newline ends: '{\"version\":1'",
            failure(run("printf '{\"version\":1'")));
}

TEST(Driver, ALateAnswerIsNone) {
  // By a grandchild, after the driver: nobody waits for it, and it is removed.
  const std::string late = "sleep 1; " + print(kGoodAnswer);
  expect_in("found nothing", failure(run("(" + late + ") & exit 0")));
  DriverSpec spec = shell(late);
  spec.own_time = std::chrono::milliseconds(50);
  expect_in("gave no answer after 175 ms", failure(run(spec)));
}

TEST(Driver, DeathBySignalIsNamed) {
  const Trace trace = run("echo in pain >&2; kill -SEGV $$");
  EXPECT_EQ(trace.host.kind, EndKind::kSignalled);
  EXPECT_EQ(failure(trace),
            "host was killed by SIGSEGV: driver strange; its standard error ends: in pain; its 2 "
            "units were lost with it");
}

TEST(Driver, AFailedExitIsNamed) {
  expect_in("expected it to answer and exit with 0, but it exited with 3",
            failure(run(print(kGoodAnswer) + "; exit 3")));
}

TEST(Driver, TooMuchIsCutOff) {
  expect_in("expected an answer of less than 16779520 bytes, found more; it begins '0000",
            failure(run("head -c 100000000 /dev/zero | tr '\\0' 0")));
}

TEST(Driver, AnotherNumberOfUnitsIsRefused) {
  expect_in("expected a trace of 2 units, found one of 0",
            failure(run(print(R"({"version":1,"host":{"kind":"completed"},"wall_ns":5,)"
                              R"("cpu_ns":4,"units":[]})"))));
}

TEST(Driver, EventsThatTheProgramCannotHaveAreRefused) {
  const std::string begin = R"({"version":1,"host":{"kind":"completed"},"wall_ns":5,"cpu_ns":4,)";
  const std::string fine = R"({"end":{"kind":"completed"},"events":[[0,7,0]]})";
  const auto answer_with = [&](const std::string& unit) {
    return failure(run(print(begin + R"("units":[)" + fine + "," + unit + "]}")));
  };
  expect_in("unit 1: expected events of 1 steps, found one of step 1",
            answer_with(R"({"end":{"kind":"completed"},"events":[[1,7,0]]})"));
  expect_in("unit 1: expected events of 1 steps, found 0 although it completed",
            answer_with(R"({"end":{"kind":"completed"},"events":[]})"));
  expect_in("trace.units[1].end.kind: expected one of not_started",
            answer_with(R"({"end":{"kind":"fine"},"events":[]})"));
}

TEST(Driver, WhatCannotBeStartedIsNoFailureOfTheModel) {
  DriverSpec spec = shell("");
  spec.command = {"/no/such/interpreter"};
  spec.remedy = "apt-get install it";
  const Trace trace = run(spec);
  EXPECT_EQ(trace.units[0].end.kind, EndKind::kNotStarted);
  expect_in("/no/such/interpreter: No such file or directory; apt-get install it", failure(trace));
}

TEST(Driver, AMissingInterpreterOfAScriptIsNamed) {
  const std::string script = std::string(std::getenv("TEST_TMPDIR")) + "/script";
  std::ofstream(script) << "#!/no/such/interpreter\n";
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  DriverSpec spec = shell("");
  spec.command = {script};
  expect_in(script + ": the interpreter that its first line names is missing", failure(run(spec)));
}

TEST(Driver, NeedsACommand) { EXPECT_THROW(DriverRuntime(DriverSpec{}), std::invalid_argument); }

/// Answers one request after the other with its number of requests so far as the value of unit 0.
constexpr const char* kCounting =
    R"(n=0; while read -r request; do n=$((n+1)); printf '{"version":1,"host":{"kind":"completed"},)"
    R"("wall_ns":5,"cpu_ns":4,"units":[{"end":{"kind":"completed"},"events":[[0,%d,0]]},)"
    R"({"end":{"kind":"completed"},"events":[[0,8,0]]}]}\n' $n; )";

DriverSpec resident(const std::string& script) {
  DriverSpec spec = shell(script);
  spec.resident = true;
  return spec;
}

std::int64_t first_value(const Trace& trace) {
  EXPECT_TRUE(trace.completed()) << trace.failure();
  return trace.units[0].events.empty() ? -1 : trace.units[0].events[0].value;
}

TEST(ResidentDriver, AnswersOneProgramAfterTheOther) {
  DriverRuntime runtime(resident(kCounting + std::string("done")));
  EXPECT_EQ(first_value(runtime.run(two_reads())), 1);
  EXPECT_EQ(first_value(runtime.run(two_reads())), 2);
}

TEST(ResidentDriver, MayPutBlankLinesAroundItsAnswers) {
  DriverSpec spec = resident("echo; " + std::string(kCounting) + " printf '\\n \\r\\n'; done");
  DriverRuntime runtime(spec);
  for (int program = 1; program <= 20; ++program) {
    ASSERT_EQ(first_value(runtime.run(two_reads())), program);
  }
}

TEST(ResidentDriver, ThatEndsAfterAnAnswerIsNamed) {
  // It tells by a pipe, which it alone holds, that it is gone.
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  DriverRuntime runtime(resident("read -r request; " + print(kGoodAnswer)));
  EXPECT_EQ(first_value(runtime.run(two_reads())), 7);
  close(ends[1]);
  char gone = 0;
  ASSERT_EQ(::read(ends[0], &gone, 1), 0);
  close(ends[0]);
  expect_in(
      "expected it to answer one program after the other (--resident), but it exited with 0 "
      "after 1 answer",
      failure(runtime.run(two_reads())));
}

TEST(ResidentDriver, IsAnotherOneInAnotherProcess) {
  DriverRuntime runtime(resident(kCounting + std::string("done")));
  EXPECT_EQ(first_value(runtime.run(two_reads())), 1);
  const pid_t child = fork();
  if (child == 0) _exit(first_value(runtime.run(two_reads())) == 1 ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(first_value(runtime.run(two_reads())), 2);
}

/// What goes wrong with the first program, of a driver that is fine with the second.
void expect_recovery(const std::string& wrong, const std::string& said) {
  const std::string mark = std::string(std::getenv("TEST_TMPDIR")) + "/seen_" +
                           std::to_string(std::hash<std::string>()(wrong));
  DriverSpec spec = resident("if [ ! -e '" + mark + "' ]; then : >'" + mark + "'; " + wrong +
                             "; fi; " + kCounting + "done");
  spec.own_time = std::chrono::seconds(2);
  DriverRuntime runtime(spec);
  expect_in(said, failure(runtime.run(two_reads())));
  EXPECT_EQ(first_value(runtime.run(two_reads())), 1) << "after: " << wrong;
}

TEST(ResidentDriver, IsReplacedAfterWhateverGoesWrong) {
  expect_recovery("read -r r; echo rubbish; sleep 60", "expected a line of JSON, found 'rubbish'");
  expect_recovery("read -r r; printf '\\377\\376\\n'; sleep 60", "expected a line of JSON, found");
  expect_recovery("read -r r; printf '{\"version\":1'; exit 0",
                  "which no newline ends: '{\"version\":1'");
  expect_recovery("read -r r; echo oh >&2; exit 3",
                  "it exited with 3; its standard error ends: oh");
  expect_recovery("read -r r; kill -KILL $$", "killed by SIGKILL: driver strange");
  expect_recovery("read -r r; head -c 20000000 /dev/zero | tr '\\0' 0; sleep 60",
                  "expected an answer of less than 16779520 bytes, found more; it begins '0000");
  expect_recovery("read -r r; printf 'one\\ntwo\\n'; sleep 60", "expected one line, found more");
  expect_recovery("read -r r; trap '' TERM; printf half; while :; do sleep 1; done",
                  "gave no answer after 2125 ms; it had written 'half'");
  expect_recovery("exit 0", "expected a line of JSON, found nothing");
  expect_recovery("read -r r; " +
                      print(R"({"version":1,"host":{"kind":"completed"},"wall_ns":5,)"
                            R"("cpu_ns":4,"units":[]})") +
                      "; sleep 60",
                  "expected a trace of 2 units, found one of 0");
}

TEST(ResidentDriver, WhatItSaysUnaskedIsShownAndItIsReplaced) {
  // By pipes the driver is told to say more than it was asked, and tells that it did.
  std::array<int, 2> told{};
  std::array<int, 2> said{};
  ASSERT_EQ(pipe(told.data()), 0);
  ASSERT_EQ(pipe(said.data()), 0);
  DriverRuntime runtime(resident(kCounting + std::string("read -r now <&") +
                                 std::to_string(told[0]) + "; echo more; echo >&" +
                                 std::to_string(said[1]) + "; done"));
  EXPECT_EQ(first_value(runtime.run(two_reads())), 1);
  char sign = '\n';
  ASSERT_EQ(::write(told[1], &sign, 1), 1);
  ASSERT_EQ(::read(said[0], &sign, 1), 1);
  const Trace trace = runtime.run(two_reads());
  expect_in("found more before it was asked: 'more", failure(trace));
  EXPECT_EQ(first_value(runtime.run(two_reads())), 1);
  for (const int fd : {told[0], told[1], said[0], said[1]}) close(fd);
}

TEST(ResidentDriver, WhatCannotBeStartedIsNoFailureOfTheModel) {
  DriverSpec spec = resident("");
  spec.command = {"/no/such/interpreter"};
  const Trace trace = run(spec);
  EXPECT_EQ(trace.units[0].end.kind, EndKind::kNotStarted);
  expect_in("/no/such/interpreter: No such file or directory", failure(trace));
}

TEST(ResidentDriver, IsFoundAsAShellFindsIt) {
  DriverSpec spec = resident(kCounting + std::string("done"));
  spec.command.front() = "sh";
  EXPECT_EQ(first_value(run(spec)), 1);
}

std::string refusal_of_costs(const std::string& script) {
  DriverRuntime runtime(shell(script));
  try {
    runtime.native_costs()->create_and_join(1, 1);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no error";
}

TEST(DriverCosts, AreWhatTheDriverTimed) {
  DriverRuntime runtime(shell("while read -r request; do " +
                              print(R"({"version":1,"seen":6,"ns":1000})") + "; done"));
  NativeCosts& costs = *runtime.native_costs();
  EXPECT_FALSE(costs.own_time());
  EXPECT_EQ(costs.create_and_join(2, 3), 6U);
  EXPECT_EQ(costs.own_time(), std::chrono::nanoseconds(1000));
  EXPECT_FALSE(costs.own_cpu_time());
  EXPECT_EQ(costs.ping_pong(6, 0, 0), 6U);
}

TEST(DriverCosts, NumbersThatAreNoneAreShown) {
  const std::string fine = R"("seen":1,"ns":1000)";
  for (const std::string& wrong :
       {R"({"version":"1",)" + fine + "}", "{" + fine + "}",
        std::string(R"({"version":1,"seen":1,"ns":-5})"),
        std::string(R"({"version":1,"seen":1,"ns":1.5})"),
        std::string(R"({"version":1,"seen":1,"ns":9223372036854775808})"),
        R"({"version":1,)" + fine + R"(,"cpu_ns":18446744073709551615})"}) {
    expect_in("driver strange: expected {\"version\":1,\"seen\":N,\"ns\":N}, found '" + wrong,
              refusal_of_costs("read -r request; " + print(wrong) + "; read -r request"));
  }
}

TEST(DriverCosts, CannotHaveTakenLongerThanTheAnswer) {
  const std::string hour = "3600000000000";
  for (const std::string& wrong :
       {R"({"version":1,"seen":1,"ns":)" + hour + "}",
        R"({"version":1,"seen":1,"ns":1000,"cpu_ns":)" + hour + "0000}"}) {
    const std::string refused =
        refusal_of_costs("read -r request; " + print(wrong) + "; read -r request");
    expect_in("driver strange: expected no more ns than the ", refused);
    expect_in(" that it took to answer, found '" + wrong + "'", refused);
  }
}

TEST(DriverCosts, MayHoldCpuTime) {
  DriverRuntime runtime(
      shell("read -r request; " + print(R"({"version":1,"seen":6,"ns":1000,"cpu_ns":900})")));
  NativeCosts& costs = *runtime.native_costs();
  EXPECT_EQ(costs.create_and_join(2, 3), 6U);
  EXPECT_EQ(costs.own_cpu_time(), std::chrono::nanoseconds(900));
}

TEST(DriverCosts, RubbishAndDeathAreErrorsThatNameTheDriver) {
  expect_in("driver strange: expected {\"version\":1,\"seen\":N,\"ns\":N}, found 'rubbish'",
            refusal_of_costs("echo rubbish; read -r request"));
  expect_in("driver strange: expected an answer, but it completed; it had written 'half'",
            refusal_of_costs("read -r request; printf half"));
  expect_in(
      "driver strange: expected an answer, but it exited with 4; it had written ''; its "
      "standard error: alas",
      refusal_of_costs("read -r request; echo alas >&2; exit 4"));
}

/// A pipe whose read end shows the end of the file when nobody holds the other end any more.
TEST(Driver, NothingIsLeftWhenTheCallerIsKilled) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const pid_t caller = fork();
  if (caller == 0) {
    // Driver and grandchild hold the pipe, and say when they are there.
    DriverSpec spec = shell("(printf c >&" + std::to_string(ends[1]) + "; sleep 60) & wait");
    spec.own_time = std::chrono::seconds(60);
    run(spec);
    _exit(0);
  }
  close(ends[1]);
  char there = 0;
  ASSERT_EQ(::read(ends[0], &there, 1), 1);
  kill(caller, SIGKILL);
  waitpid(caller, nullptr, 0);
  // The end of the file comes when the last of them is gone; the bound is for giving up.
  pollfd wait{ends[0], POLLIN, 0};
  EXPECT_EQ(poll(&wait, 1, 30'000), 1);
  EXPECT_EQ(::read(ends[0], &there, 1), 0);
  close(ends[0]);
}

}  // namespace
}  // namespace assay
