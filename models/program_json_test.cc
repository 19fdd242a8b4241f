#include "models/program_json.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <stdexcept>

namespace assay {
namespace {

Step random_step(std::mt19937_64& random) {
  const auto region = static_cast<Region>(random() % kRegions);
  const auto small = static_cast<std::uint32_t>(random() % kCells);
  const auto any = static_cast<std::uint32_t>(random());
  const auto value = static_cast<std::int64_t>(random());
  switch (random() % 17) {
    case 0:
      return write(region, small, value);
    case 1:
      return read(region, small);
    case 2:
      return add(region, small, any);
    case 3:
      return add_across(region, small, any);
    case 4:
      return yield(any);
    case 5:
      return spin(value);
    case 6:
      return spin_until(region, small, value, any);
    case 7:
      return sleep(value);
    case 8:
      return send(small, value, any);
    case 9:
      return receive(small);
    case 10:
      return lock(small);
    case 11:
      return unlock(small);
    case 12:
      return fault(static_cast<Fault>(random() % kFaults));
    case 13:
      return record(static_cast<Identity>(random() % kIdentities));
    case 14:
      return recurse(any, value, small);
    case 15:
      return await_end(small);
    default:
      return check_registers(value, any);
  }
}

Program random_program(std::mt19937_64& random) {
  Program program;
  program.units.resize(random() % 5);
  for (auto& steps : program.units) {
    for (std::uint64_t left = random() % 20; left > 0; --left) steps.push_back(random_step(random));
  }
  program.channels = static_cast<std::uint32_t>(random());
  program.locks = static_cast<std::uint32_t>(random());
  program.one_core = random() % 2 == 0;
  program.bound_ns = static_cast<std::int64_t>(random());
  return program;
}

TEST(ProgramJson, AnyProgramComesBackEqual) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 500; ++i) {
    const Program program = random_program(random);
    const std::string text = to_json(program);
    EXPECT_EQ(program_from_json(text), program) << text;
    EXPECT_EQ(text.find('\n'), std::string::npos);
  }
}

TEST(ProgramJson, IsWhatTheProtocolShows) {
  Program program;
  program.channels = 1;
  program.bound_ns = 1000;
  program.units = {{write(Region::kHeap, 3, 7)}, {fault(Fault::kAbort), receive(0)}};
  EXPECT_EQ(to_json(program),
            R"({"version":1,"channels":1,"locks":0,"one_core":false,"bound_ns":1000,)"
            R"("units":[[{"op":"write","region":"heap","cell":3,"value":7}],)"
            R"([{"op":"fault","fault":"abort"},{"op":"receive","cell":0}]]})");
}

std::string refusal(const std::string& text, bool as_trace) {
  try {
    if (as_trace) {
      static_cast<void>(trace_from_json(text));
    } else {
      static_cast<void>(program_from_json(text));
    }
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "read without an error";
}

std::string program_refusal(const std::string& units) {
  return refusal(
      R"({"version":1,"channels":0,"locks":0,"one_core":false,"bound_ns":1,"units":)" + units + "}",
      false);
}

TEST(ProgramJson, AnErrorNamesItsPlaceAndBothSides) {
  EXPECT_EQ(program_refusal(R"([[],[{"op":"read","region":"heap","cell":-1}]])"),
            "program.units[1][0].cell: expected a whole number from 0 to 4294967295, found -1");
  EXPECT_EQ(program_refusal(R"([[{"op":"read","region":"heap"}]])"),
            "program.units[0][0]: expected an object with the field \"cell\", found "
            R"({"op":"read","region":"heap"})");
  EXPECT_EQ(program_refusal(R"([[{"op":"yield","count":1,"cell":2}]])"),
            "program.units[0][0]: expected no field \"cell\" here, found one");
  EXPECT_EQ(program_refusal(R"([7])"), "program.units[0]: expected a list, found 7");
  const std::string region = program_refusal(R"([[{"op":"read","region":"hip","cell":1}]])");
  EXPECT_NE(region.find("expected one of heap, global"), std::string::npos) << region;
  EXPECT_NE(region.find(R"(found "hip")"), std::string::npos) << region;
}

TEST(ProgramJson, AnotherVersionIsRefused) {
  EXPECT_EQ(refusal(R"({"version":2,"channels":0,"locks":0,"one_core":false,"bound_ns":1,)"
                    R"("units":[]})",
                    false),
            "program.version: expected version 1, found 2");
}

TEST(ProgramJson, WhatIsNoJsonIsRefused) {
  for (const char* text : {"", "nonsense", "{", "[1,2]", "null", "{\"version\":1}"}) {
    EXPECT_EQ(refusal(text, false).rfind("program: expected", 0), 0U) << refusal(text, false);
    EXPECT_EQ(refusal(text, true).rfind("trace: expected", 0), 0U) << refusal(text, true);
  }
}

Trace some_trace() {
  Trace trace;
  trace.units = {{{{0, -5, 0}, {2, std::numeric_limits<std::int64_t>::min(), ~std::uint64_t{0}}},
                  {EndKind::kCompleted, 0, ""}},
                 {{}, {EndKind::kThrew, 0, "a \"quoted\" text"}},
                 {{}, {EndKind::kSignalled, 9, ""}}};
  trace.host = {EndKind::kExited, 3, ""};
  trace.output = "line\nline\n";
  trace.wall_ns = 12;
  trace.cpu_ns = 34;
  return trace;
}

TEST(TraceJson, ATraceComesBackEqual) {
  const Trace trace = some_trace();
  const Trace again = trace_from_json(to_json(trace));
  EXPECT_EQ(to_json(again), to_json(trace));
  EXPECT_EQ(again.failure(), trace.failure());
  ASSERT_EQ(again.units.size(), 3U);
  EXPECT_EQ(again.units[0].at(2)->aux, ~std::uint64_t{0});
  EXPECT_EQ(again.units[0].at(2)->value, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(again.output, trace.output);
}

TEST(TraceJson, EveryEndHasAName) {
  for (int kind = 0; kind <= static_cast<int>(EndKind::kUnsupported); ++kind) {
    Trace trace;
    trace.host = {static_cast<EndKind>(kind), 0, ""};
    EXPECT_EQ(trace_from_json(to_json(trace)).host.kind, trace.host.kind);
  }
}

TEST(TraceJson, BytesThatAreNoTextAreReplaced) {
  Trace trace;
  trace.output = "a\xff";
  EXPECT_EQ(trace_from_json(to_json(trace)).output, "a\xEF\xBF\xBD");
}

/// A trace whose host is given.
std::string trace_with_host(const std::string& host) {
  return R"({"version":1,"host":)" + host + R"(,"wall_ns":1,"cpu_ns":1,"units":[]})";
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(TraceJson, ListsInListsWithoutEndAreRefused) {
  constexpr int kLevels = 1'000'000;
  const std::string expected =
      "trace: expected lists and objects 16 deep at most, found deeper ones";
  EXPECT_EQ(refusal(trace_with_host(repeated("[", kLevels) + repeated("]", kLevels)), true),
            expected);
  EXPECT_EQ(
      refusal(trace_with_host(repeated("{\"a\":", kLevels) + "1" + repeated("}", kLevels)), true),
      expected);
  EXPECT_EQ(refusal(repeated("[", kLevels), true), expected);
  EXPECT_EQ(refusal(trace_with_host(repeated("[", 15) + repeated("]", 15)), true).substr(0, 42),
            "trace.host: expected an object, found [[[[");
}

TEST(TraceJson, AFieldThatIsThereTwiceIsRefused) {
  const std::string expected = "trace: expected each field of an object once, found ";
  EXPECT_EQ(refusal(R"({"version":1,"units":[],"host":{"kind":"completed"},"units":[]})", true),
            expected + "\"units\" twice");
  EXPECT_EQ(refusal(trace_with_host(R"({"kind":"completed","kind":"threw"})"), true),
            expected + "\"kind\" twice");
}

TEST(TraceJson, WhatIsNoJsonIsShownInPart) {
  const std::string refused =
      refusal(trace_with_host("\"\xff" + std::string(1'000'000, 'x') + "\""), true);
  EXPECT_EQ(refused.substr(0, 62),
            "trace: expected JSON, found a parse error at line 1, column 22");
  EXPECT_NE(refused.find("ill-formed UTF-8 byte"), std::string::npos) << refused;
  EXPECT_NE(refused.find("\\xff"), std::string::npos) << refused;
  const std::string unclosed = refusal("{\"a\":\"" + std::string(1'000'000, 'x'), true);
  EXPECT_LT(unclosed.size(), 500U);
}

TEST(TraceJson, EventsOutOfOrderAreRefused) {
  EXPECT_EQ(refusal(R"({"version":1,"host":{"kind":"completed"},"wall_ns":1,"cpu_ns":1,)"
                    R"("units":[{"end":{"kind":"completed"},"events":[[1,0,0],[1,0,0]]}]})",
                    true),
            "trace.units[0].events[1]: expected a step after 1, found [1,0,0]");
}

}  // namespace
}  // namespace assay
