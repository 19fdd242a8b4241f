// What the controlled runtime calls wrong, and what it does not: each case with its neighbour that
// is right.
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "models/controlled/testing_bodies.h"

namespace assay::controlled {
namespace {

using Unit = UnitOf<Controlled>;

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;

Body<Controlled> nothing(Cells&, Unit) { co_return; }

/// Data, and then a flag with the order.
template <std::memory_order kOrder>
Body<Controlled> publish(Cells& cells, Unit) {
  co_await cells.x.write(1);
  co_await cells.flag.store(1, kOrder);
}
/// The flag with the order, and then, if it is up, data.
template <std::memory_order kOrder>
Body<Controlled> consume(Cells& cells, Unit) {
  const int flag = co_await cells.flag.load(kOrder);
  if (flag != 0) co_await cells.x.read();
}

bool races(std::vector<BodyOfCells> bodies) {
  const Exploration result = explore_bodies(std::move(bodies));
  EXPECT_TRUE(result.exhausted);
  return result.failure(FailureKind::kDataRace) != nullptr;
}

TEST(DataRaces, AreConflictsThatNothingOrders) {
  const BodyOfCells write = [](Cells& cells, Unit) -> Body<Controlled> {
    co_await cells.x.write(1);
  };
  const BodyOfCells read = [](Cells& cells, Unit) -> Body<Controlled> { co_await cells.x.read(); };
  const BodyOfCells load = [](Cells& cells, Unit) -> Body<Controlled> { co_await cells.x.load(); };
  const BodyOfCells store = [](Cells& cells, Unit) -> Body<Controlled> {
    co_await cells.x.store(2);
  };
  EXPECT_TRUE(races({write, write}));
  EXPECT_TRUE(races({write, read}));
  EXPECT_TRUE(races({write, load}));
  EXPECT_TRUE(races({read, store}));
  EXPECT_FALSE(races({read, read}));
  EXPECT_FALSE(races({read, load}));
  EXPECT_FALSE(races({store, load}));
  EXPECT_FALSE(races({store, store}));
}

TEST(DataRaces, ReleaseAndAcquireOrder) {
  EXPECT_FALSE(races({publish<kRelease>, consume<kAcquire>}));
  EXPECT_TRUE(races({publish<kRelaxed>, consume<kAcquire>}));
  EXPECT_TRUE(races({publish<kRelease>, consume<kRelaxed>}));
  EXPECT_TRUE(races({publish<kRelaxed>, consume<kRelaxed>}));
}

TEST(DataRaces, FencesOrderRelaxedOperations) {
  const BodyOfCells publish_by_fence = [](Cells& cells, Unit unit) -> Body<Controlled> {
    co_await cells.x.write(1);
    co_await unit.fence(kRelease);
    co_await cells.flag.store(1, kRelaxed);
  };
  const BodyOfCells fence_too_early = [](Cells& cells, Unit unit) -> Body<Controlled> {
    co_await unit.fence(kRelease);
    co_await cells.x.write(1);
    co_await cells.flag.store(1, kRelaxed);
  };
  const BodyOfCells consume_by_fence = [](Cells& cells, Unit unit) -> Body<Controlled> {
    const int flag = co_await cells.flag.load(kRelaxed);
    co_await unit.fence(kAcquire);
    if (flag != 0) co_await cells.x.read();
  };
  EXPECT_FALSE(races({publish_by_fence, consume_by_fence}));
  EXPECT_FALSE(races({publish_by_fence, consume<kAcquire>}));
  EXPECT_FALSE(races({publish<kRelease>, consume_by_fence}));
  EXPECT_TRUE(races({publish_by_fence, consume<kRelaxed>}));
  EXPECT_TRUE(races({fence_too_early, consume_by_fence}));
}

// C++20 [intro.races]/5: read-modify-writes of others go on with a release sequence, stores end it.
TEST(DataRaces, ReleaseSequencesGoThroughUpdatesOnly) {
  const BodyOfCells update = [](Cells& cells, Unit) -> Body<Controlled> {
    co_await cells.flag.fetch_add(2, kRelaxed);
  };
  const BodyOfCells overwrite = [](Cells& cells, Unit) -> Body<Controlled> {
    co_await cells.flag.store(3, kRelaxed);
  };
  const BodyOfCells consume_updated = [](Cells& cells, Unit) -> Body<Controlled> {
    const int flag = co_await cells.flag.load(kAcquire);
    if (flag == 3) co_await cells.x.read();
  };
  EXPECT_FALSE(races({publish<kRelease>, update, consume_updated}));
  EXPECT_TRUE(races({publish<kRelease>, overwrite, consume_updated}));
}

TEST(DataRaces, UpdatesReleaseAndAcquireAsTheirOrderSays) {
  const auto publish_by_update = []<std::memory_order kOrder>() -> BodyOfCells {
    return [](Cells& cells, Unit) -> Body<Controlled> {
      co_await cells.x.write(1);
      co_await cells.flag.fetch_add(1, kOrder);
    };
  };
  EXPECT_FALSE(races({publish_by_update.operator()<kRelease>(), consume<kAcquire>}));
  EXPECT_TRUE(races({publish_by_update.operator()<kRelaxed>(), consume<kAcquire>}));
  EXPECT_TRUE(races({publish_by_update.operator()<kAcquire>(), consume<kAcquire>}));
}

TEST(DataRaces, SynchronizationOrders) {
  const BodyOfCells locked = [](Cells& cells, Unit unit) -> Body<Controlled> {
    co_await cells.first.lock(unit);
    co_await cells.x.write(co_await cells.x.read() + 1);
    co_await cells.first.unlock();
  };
  const BodyOfCells other_lock = [](Cells& cells, Unit unit) -> Body<Controlled> {
    co_await cells.second.lock(unit);
    co_await cells.x.write(co_await cells.x.read() + 1);
    co_await cells.second.unlock();
  };
  const BodyOfCells before_release = [](Cells& cells, Unit) -> Body<Controlled> {
    co_await cells.x.write(1);
    co_await cells.semaphore.release();
  };
  const BodyOfCells after_acquire = [](Cells& cells, Unit unit) -> Body<Controlled> {
    co_await cells.semaphore.acquire(unit);
    co_await cells.x.write(2);
  };
  const BodyOfCells before_send = [](Cells& cells, Unit unit) -> Body<Controlled> {
    co_await cells.x.write(1);
    co_await cells.channel.send(unit, 1);
  };
  const BodyOfCells after_receive = [](Cells& cells, Unit unit) -> Body<Controlled> {
    co_await cells.channel.receive(unit);
    co_await cells.x.write(2);
  };
  const BodyOfCells before_barrier = [](Cells& cells, Unit unit) -> Body<Controlled> {
    co_await cells.x.write(1);
    co_await cells.barrier.arrive_and_wait(unit);
  };
  const BodyOfCells after_barrier = [](Cells& cells, Unit unit) -> Body<Controlled> {
    co_await cells.barrier.arrive_and_wait(unit);
    co_await cells.x.write(2);
  };
  EXPECT_FALSE(races({locked, locked}));
  EXPECT_TRUE(races({locked, other_lock}));
  EXPECT_FALSE(races({before_release, after_acquire}));
  EXPECT_FALSE(races({before_send, after_receive}));
  EXPECT_FALSE(races({before_barrier, after_barrier}));
  EXPECT_TRUE(races({before_barrier, before_barrier}));
}

TEST(DataRaces, TheTwoAccessesAreNamed) {
  const Exploration result = explore_bodies({publish<kRelaxed>, consume<kRelaxed>});
  const Failing* race = result.failure(FailureKind::kDataRace);
  ASSERT_NE(race, nullptr);
  EXPECT_EQ(race->text, "unit 0 writes and unit 1 reads x, and neither happens before the other");
  ASSERT_TRUE(race->race.has_value());
  EXPECT_EQ(race->race->first_step, 1U);
  EXPECT_EQ(race->race->second_step, 2U);
}

Body<Controlled> first_then_second(Cells& cells, Unit unit) {
  co_await cells.first.lock(unit);
  co_await cells.second.lock(unit);
  co_await cells.second.unlock();
  co_await cells.first.unlock();
}
Body<Controlled> second_then_first(Cells& cells, Unit unit) {
  co_await cells.second.lock(unit);
  co_await cells.first.lock(unit);
  co_await cells.first.unlock();
  co_await cells.second.unlock();
}

TEST(Deadlocks, SayTheirCycle) {
  const Exploration result = explore_bodies({first_then_second, second_then_first});
  const Failing* deadlock = result.failure(FailureKind::kDeadlock);
  ASSERT_NE(deadlock, nullptr);
  EXPECT_EQ(deadlock->text,
            "cycle: unit 0 waits for second, held by unit 1 (lock); unit 1 waits for first, held "
            "by unit 0 (lock)");
  EXPECT_TRUE(explore_bodies({first_then_second, first_then_second}).passed());
}

TEST(Deadlocks, AreWaitsThatNobodyEnds) {
  const BodyOfCells wait = [](Cells& cells, Unit unit) -> Body<Controlled> {
    co_await cells.flag.until_equal(unit, 1);
  };
  const BodyOfCells raise = [](Cells& cells, Unit) -> Body<Controlled> {
    co_await cells.flag.store(1);
  };
  const Exploration result = explore_bodies({wait, nothing});
  ASSERT_NE(result.failure(FailureKind::kDeadlock), nullptr);
  EXPECT_EQ(result.failure()->text, "unit 0 waits for flag (await)");
  EXPECT_TRUE(explore_bodies({wait, raise}).passed());
}

TEST(LockMisuse, IsNamed) {
  const auto text = [](BodyOfCells body) {
    const Exploration result = explore_bodies({body, nothing});
    const Failing* misuse = result.failure(FailureKind::kLockMisuse);
    return misuse == nullptr ? std::string("nothing") : misuse->text;
  };
  EXPECT_EQ(text([](Cells& cells, Unit) -> Body<Controlled> { co_await cells.first.unlock(); }),
            "unit 0 unlocked first, held by nobody");
  EXPECT_EQ(
      text([](Cells& cells, Unit unit) -> Body<Controlled> { co_await cells.first.lock(unit); }),
      "unit 0 ended while it held first");
  EXPECT_EQ(text([](Cells& cells, Unit unit) -> Body<Controlled> {
              co_await cells.condition.wait(unit, cells.first);
            }),
            "unit 0 waited at condition without holding first");
  EXPECT_EQ(text(&nothing), "nothing");
}

// Its own holder would wait for itself.
TEST(LockMisuse, LockingTwiceIsADeadlockOfOne) {
  const Exploration result = explore_bodies({[](Cells& cells, Unit unit) -> Body<Controlled> {
                                               co_await cells.first.lock(unit);
                                               co_await cells.first.lock(unit);
                                             },
                                             nothing});
  ASSERT_NE(result.failure(FailureKind::kDeadlock), nullptr);
  EXPECT_EQ(result.failure()->text, "cycle: unit 0 waits for first, held by unit 0 (lock)");
}

TEST(Livelocks, AreExecutionsWithoutAnEnd) {
  ExploreOptions options;
  options.execution.max_steps = 50;
  options.executions = 100;
  const Exploration result = explore_bodies({[](Cells& cells, Unit unit) -> Body<Controlled> {
                                               int flag = co_await cells.flag.load();
                                               while (flag == 0) {
                                                 co_await unit.yield();
                                                 flag = co_await cells.flag.load();
                                               }
                                             },
                                             nothing},
                                            options);
  EXPECT_NE(result.failure(FailureKind::kLivelock), nullptr);
  EXPECT_FALSE(result.exhausted);
}

TEST(Units, ThatAreSpawnedMustBeJoined) {
  ExploreOptions options;
  options.execution.spawned = true;
  const BodyOfCells write = [](Cells& cells, Unit) -> Body<Controlled> {
    co_await cells.x.write(1);
  };
  const Exploration joined = explore_bodies({[](Cells& cells, Unit unit) -> Body<Controlled> {
                                               co_await cells.x.write(2);
                                               co_await unit.spawn(1);
                                               co_await unit.join(1);
                                               co_await cells.x.write(co_await cells.x.read() + 1);
                                             },
                                             write},
                                            options);
  EXPECT_TRUE(joined.passed()) << joined.failure()->text;
  EXPECT_TRUE(joined.exhausted);
  EXPECT_EQ(joined.executions, 1U);
  const Exploration leaked = explore_bodies(
      {[](Cells&, Unit unit) -> Body<Controlled> { co_await unit.spawn(1); }, write}, options);
  EXPECT_NE(leaked.failure(FailureKind::kLeakedUnit), nullptr);
}

TEST(Units, ExceptionsAreFailuresWithTheirText) {
  const Exploration result = explore_bodies({[](Cells& cells, Unit) -> Body<Controlled> {
                                               co_await cells.x.read();
                                               throw std::runtime_error("no more");
                                             },
                                             nothing});
  ASSERT_NE(result.failure(FailureKind::kAssertion), nullptr);
  EXPECT_EQ(result.failure()->text, "an exception left the body of unit 0: no more");
}

/// What no schedule decides.
int calls = 0;

TEST(Nondeterminism, IsFoundWhereItShows) {
  const BodyOfCells moody = [](Cells& cells, Unit) -> Body<Controlled> {
    co_await cells.x.load();
    co_await cells.x.store(++calls);
    co_await cells.x.load();
  };
  const Exploration result = explore_bodies({moody, moody});
  const Failing* failing = result.failure(FailureKind::kNondeterminism);
  ASSERT_NE(failing, nullptr);
  EXPECT_FALSE(result.exhausted);
  EXPECT_NE(failing->text.find("another step 2"), std::string::npos) << failing->text;
}

TEST(Cooperative, OnlyYieldsGiveWay) {
  const BodyOfCells add = [](Cells& cells, Unit) -> Body<Controlled> {
    co_await cells.x.write(co_await cells.x.read() + 1);
  };
  const BodyOfCells add_across_a_yield = [](Cells& cells, Unit unit) -> Body<Controlled> {
    const int seen = co_await cells.x.read();
    co_await unit.yield();
    co_await cells.x.write(seen + 1);
  };
  ExploreOptions options;
  options.execution.cooperative = true;
  options.execution.detect_races = false;
  EXPECT_EQ(explore_bodies({add, add}, options).outcomes.size(), 1U);
  EXPECT_EQ(explore_bodies({add_across_a_yield, add_across_a_yield}, options).outcomes.size(), 2U);
}

// They have one thread, and so one store buffer.
TEST(Cooperative, UnitsSeeTheStoresOfAllAtOnce) {
  const BodyOfCells add = [](Cells& cells, Unit unit) -> Body<Controlled> {
    co_await cells.first.lock(unit);
    const int seen = co_await cells.x.read();
    co_await unit.yield();
    co_await cells.x.write(seen + 1);
    co_await cells.first.unlock();
  };
  ExploreOptions options;
  options.execution.memory = MemoryModel::kTso;
  options.execution.cooperative = true;
  options.execution.detect_races = false;
  const auto outcomes = explore_bodies({add, add}, options).outcomes;
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(outcomes.begin()->first.text(), "2,0");
}

}  // namespace
}  // namespace assay::controlled
