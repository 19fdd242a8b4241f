// Generated programs: well-formed whatever is left out of them, the same on every machine, and of
// the sizes that they are said to have.
#include "properties/plan.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <set>

#include "models/coroutine/coroutine.h"
#include "models/program_json.h"
#include "properties/draw.h"
#include "properties/program_maker.h"

namespace assay {
namespace {

/// Everything that a plan may hold, with messages that no pipe holds.
Mix everything() {
  return {.kinds = {{Kind::kWrite, 6},
                    {Kind::kRead, 6},
                    {Kind::kYield, 2},
                    {Kind::kSpin, 1},
                    {Kind::kSleep, 1},
                    {Kind::kRecord, 2},
                    {Kind::kSend, 4},
                    {Kind::kAdd, 2},
                    {Kind::kAddAcross, 2},
                    {Kind::kLockedAdd, 2},
                    {Kind::kLockedAddAcross, 2},
                    {Kind::kRecurse, 1},
                    {Kind::kRegisters, 1}},
          .most_bytes = 100'000};
}

Program program_of(const Plan& plan) {
  ProgramMaker maker(plan.units);
  maker.append(plan, true);
  return maker.take();
}

/// Runs a program in the mind, under one random schedule: who can take a step, and whether all come
/// to their end. A channel holds so many bytes; a message over that is there for its receiver at
/// once, and holds its sender until it is taken.
class Schedule {
 public:
  Schedule(const Program& program, std::uint64_t seed, std::uint64_t channel_bytes)
      : program_(&program),
        random_(seed),
        channel_bytes_(channel_bytes),
        at_(program.units.size()),
        waits_for_room_(program.units.size()),
        channels_(program.channels),
        held_(program.locks) {}

  /// Empty when every unit came to its end; otherwise who is stuck at what.
  std::string stuck() {
    for (;;) {
      std::vector<std::size_t> able;
      for (std::size_t unit = 0; unit < at_.size(); ++unit) {
        if (!ended(unit) && can_step(unit)) able.push_back(unit);
      }
      if (able.empty()) break;
      take_step(able[random_() % able.size()]);
    }
    std::string text;
    for (std::size_t unit = 0; unit < at_.size(); ++unit) {
      if (!ended(unit))
        text += "unit " + std::to_string(unit) + " at " + to_string(step(unit)) + "; ";
    }
    return text;
  }

 private:
  struct Channel {
    std::deque<std::uint64_t> messages;
    std::uint64_t bytes = 0;
    bool sending = false;  ///< A unit is inside of a send, until there is room for it.
  };

  [[nodiscard]] const Step& step(std::size_t unit) const {
    return program_->units[unit][at_[unit]];
  }
  [[nodiscard]] bool ended(std::size_t unit) const {
    return at_[unit] == program_->units[unit].size();
  }

  bool can_step(std::size_t unit) {
    const Step& next = step(unit);
    switch (next.op) {
      case Op::kSend:
        return waits_for_room_[unit] ? channels_[next.cell].bytes <= channel_bytes_
                                     : !channels_[next.cell].sending;
      case Op::kReceive:
        return !channels_[next.cell].messages.empty();
      case Op::kLock:
        return !held_[next.cell];
      case Op::kAwaitEnd:
        return ended(next.cell);
      default:
        return true;
    }
  }

  void take_step(std::size_t unit) {
    const Step& next = step(unit);
    if (next.op == Op::kSend && !send_at_once(unit, channels_[next.cell], next.count)) return;
    if (next.op == Op::kReceive) {
      channels_[next.cell].bytes -= channels_[next.cell].messages.front();
      channels_[next.cell].messages.pop_front();
    }
    if (next.op == Op::kLock || next.op == Op::kUnlock) held_[next.cell] = next.op == Op::kLock;
    ++at_[unit];
  }

  bool send_at_once(std::size_t unit, Channel& channel, std::uint64_t bytes) {
    if (!waits_for_room_[unit]) {
      channel.messages.push_back(bytes);
      channel.bytes += bytes;
    }
    const bool room = channel.bytes <= channel_bytes_;
    waits_for_room_[unit] = channel.sending = !room;
    return room;
  }

  const Program* program_;
  std::mt19937_64 random_;
  std::uint64_t channel_bytes_;
  std::vector<std::size_t> at_;
  std::vector<bool> waits_for_room_;
  std::vector<Channel> channels_;
  std::vector<bool> held_;
};

/// Every unit comes to its end under some random schedules, with no room in channels and with much.
std::string stuck(const Program& program) {
  for (const std::uint64_t room : {0, 4096, 65'536}) {
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      const std::string text = Schedule(program, seed, room).stuck();
      if (!text.empty()) return text + "\n" + to_table(program);
    }
  }
  return "";
}

RC_GTEST_PROP(Plans, EndUnderEverySchedule, ()) {
  Mix mix = everything();
  mix.to_one = *rc::gen::arbitrary<bool>();
  mix.ordered = !mix.to_one;
  const Program program = program_of(*plans(mix, 0));
  const std::string text = stuck(program);
  RC_LOG() << text;
  RC_ASSERT(text.empty());
}

RC_GTEST_PROP(Plans, ShrinkToPlansThatEnd, ()) {
  const Mix mix = everything();
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  rc::Shrinkable<Plan> at = plans(mix, 0)(rc::Random(seed), 50);
  Draw draw{rc::Random(seed)};
  // Down a random path of the tree.
  for (int depth = 0; depth < 20; ++depth) {
    const std::string text = stuck(program_of(at.value()));
    RC_LOG() << text;
    RC_ASSERT(text.empty());
    auto children = at.shrinks();
    auto child = children.next();
    for (std::uint64_t skip = draw.below(30); skip > 0 && child; --skip) child = children.next();
    if (!child) return;
    RC_ASSERT(child->value().moves.size() <= at.value().moves.size());
    at = *child;
  }
}

TEST(Plans, AProgramThatWaitsForItselfIsFoundOut) {
  Program program;
  program.channels = 2;
  program.units = {{receive(1), send(0, 1)}, {receive(0), send(1, 1)}};
  EXPECT_NE(Schedule(program, 1, 65'536).stuck().find("unit 0 at receive"), std::string::npos);
  // What a pipe holds ends; what it does not hold waits for a receiver that waits, too.
  program.units = {{send(0, 1, 4096), receive(1)}, {send(1, 1, 4096), receive(0)}};
  EXPECT_EQ(Schedule(program, 1, 65'536).stuck(), "");
  EXPECT_NE(Schedule(program, 1, 1024).stuck(), "");
}

TEST(Plans, HaveTwoToThirtyTwoUnitsAndUpToSomeHundredSteps) {
  const auto generator = plans(everything(), 0);
  std::set<std::size_t> units;
  std::size_t most_steps = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const Plan plan = generator(rc::Random(seed), 100).value();
    units.insert(plan.units);
    most_steps = std::max(most_steps, plan.moves.size());
  }
  EXPECT_EQ(*units.begin(), 2U);
  EXPECT_EQ(*units.rbegin(), 32U);
  EXPECT_GT(units.size(), 20U);
  EXPECT_GT(most_steps, 200U);
  EXPECT_LT(most_steps, 300U);
}

TEST(Plans, GiveEachOfManyUnitsAMove) {
  for (const std::size_t units : {64, 1000}) {
    const Plan plan = plans(everything(), units)(rc::Random(7), 1).value();
    std::set<std::uint32_t> moving;
    for (const Move& move : plan.moves) moving.insert(move.unit);
    EXPECT_EQ(moving.size(), units);
  }
}

/// FNV-1a.
std::uint64_t digest(const std::string& text) {
  std::uint64_t hash = 14'695'981'039'346'656'037ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211ULL;
  return hash;
}

TEST(Plans, TheSameSeedMakesTheSameProgramOnEveryMachine) {
  const Mix small{.kinds = {{Kind::kWrite, 1}, {Kind::kRead, 1}, {Kind::kSend, 1}}};
  const Plan plan = plans(small, 2)(rc::Random(4), 1).value();
  EXPECT_EQ(
      to_json(program_of(plan)),
      R"({"version":1,"channels":1,"locks":0,"one_core":false,"bound_ns":20000000000,"units":[)"
      R"([{"op":"read","region":"thread_local","cell":1},{"op":"receive","cell":0},)"
      R"({"op":"write","region":"stack","cell":16,"value":3}],)"
      R"([{"op":"send","cell":0,"count":2,"value":2},{"op":"await_end","cell":0},)"
      R"({"op":"write","region":"stack","cell":1,"value":4}]]})");
  std::string all;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    all += to_json(program_of(plans(everything(), 0)(rc::Random(seed), 100).value()));
  }
  EXPECT_EQ(digest(all), 13384465994353292844ULL)
      << "the programs of a seed have changed: say so in the commit";
}

/// Steps that record the same whenever and wherever they are done.
Mix without_clocks_and_addresses() {
  Mix mix = everything();
  std::erase_if(mix.kinds, [](const auto& kind) {
    return kind.first == Kind::kSleep || kind.first == Kind::kSpin || kind.first == Kind::kRecord ||
           kind.first == Kind::kRecurse;
  });
  mix.ordered = false;
  return mix;
}

std::string events_of(const Trace& trace) {
  std::string text;
  for (const UnitTrace& unit : trace.units) {
    for (const Event& event : unit.events) {
      text += std::to_string(event.step) + ":" + std::to_string(event.value) + "," +
              std::to_string(event.aux) + " ";
    }
    text += "\n";
  }
  return text;
}

TEST(Plans, GiveTheSameTraceOnTheCoroutineRuntimeAHundredTimes) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Program program =
        program_of(plans(without_clocks_and_addresses(), 0)(rc::Random(seed), 60).value());
    const std::vector<Program> again(100, program);
    const std::vector<Trace> traces = coroutine().run_each(again);
    for (const Trace& trace : traces) {
      ASSERT_TRUE(trace.completed()) << trace.failure();
      ASSERT_EQ(events_of(trace), events_of(traces[0])) << "seed " << seed << "\n"
                                                        << to_table(program);
    }
  }
}

}  // namespace
}  // namespace assay
