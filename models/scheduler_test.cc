#include "models/coroutine/scheduler.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>

#include "models/coroutine/coroutine.h"

namespace assay {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Runs `body` in `units` coroutines of this process.
BodyResult run(std::size_t units, TaskBody body, std::chrono::nanoseconds bound = seconds(60)) {
  Bodies bodies;
  bodies.count = units;
  bodies.task = std::move(body);
  bodies.locks = 2;
  bodies.channels = 2;
  bodies.reports = 1000;
  bodies.bound = bound;
  return coroutine().run_here(bodies);
}

struct Ends {
  explicit Ends(bool socket) {
    const int made = socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, fd.data()) : pipe(fd.data());
    if (made != 0) throw std::runtime_error("no descriptors");
    for (const int end : fd) fcntl(end, F_SETFL, O_NONBLOCK);
  }
  Ends(const Ends&) = delete;
  Ends& operator=(const Ends&) = delete;
  ~Ends() {
    for (const int end : fd) close(end);
  }
  std::array<int, 2> fd{};
};

void put(int fd) { EXPECT_EQ(::write(fd, "x", 1), 1); }
char get(int fd) {
  char byte = 0;
  return ::read(fd, &byte, 1) == 1 ? byte : '-';
}

TEST(Scheduler, UnitsTakeTurnsInTheirOrder) {
  std::string order;
  const BodyResult result = run(3, [&](Unit& unit) -> Task {
    for (int i = 0; i < 3; ++i) {
      order += static_cast<char>('a' + unit.index());
      co_await unit.yield();
    }
  });
  EXPECT_TRUE(result.completed()) << result.failure();
  EXPECT_EQ(order, "abcabcabc");
}

TEST(Scheduler, TimersGoOffInTheOrderOfTheirTimes) {
  std::string order;
  run(4, [&](Unit& unit) -> Task {
    // Far enough apart that the order of due times is that of the delays.
    const std::array<int, 4> delay_ms{90, 30, 60, 0};
    co_await unit.sleep_for(milliseconds(delay_ms.at(unit.index())));
    order += static_cast<char>('a' + unit.index());
  });
  EXPECT_EQ(order, "dbca");
}

TEST(Scheduler, ATimerNeverGoesOffEarly) {
  run(8, [&](Unit& unit) -> Task {
    const auto start = std::chrono::steady_clock::now();
    co_await unit.sleep_for(milliseconds(unit.index()));
    EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(unit.index()));
  });
}

TEST(Scheduler, ATimerGoesOffWhileOthersAreBusy) {
  bool woke = false;
  const BodyResult result = run(3, [&](Unit& unit) -> Task {
    if (unit.index() == 0) {
      co_await unit.sleep_for(milliseconds(1));
      woke = true;
    }
    while (!woke) co_await unit.yield();
  });
  EXPECT_TRUE(result.completed()) << result.failure();
}

TEST(Scheduler, ADescriptorIsSeenWhileOthersAreBusy) {
  Ends ends(false);
  bool woke = false;
  const BodyResult result = run(3, [&](Unit& unit) -> Task {
    if (unit.index() == 0) {
      co_await unit.wait_fd(ends.fd[0], POLLIN);
      woke = true;
    }
    if (unit.index() == 1) put(ends.fd[1]);
    while (!woke) co_await unit.yield();
  });
  EXPECT_TRUE(result.completed()) << result.failure();
}

TEST(Scheduler, BytesGoBackAndForthOverASocket) {
  Ends ends(true);
  const BodyResult result = run(2, [&](Unit& unit) -> Task {
    const int mine = ends.fd.at(unit.index());
    for (int i = 0; i < 100; ++i) {
      if (unit.index() == 0) put(mine);
      co_await unit.wait_fd(mine, POLLIN);
      EXPECT_EQ(get(mine), 'x');
      if (unit.index() == 1) put(mine);
    }
  });
  EXPECT_TRUE(result.completed()) << result.failure();
}

TEST(Scheduler, AReaderAndAWriterWaitForOneDescriptor) {
  Ends ends(true);
  // Full, so that the writer must wait as well.
  while (::write(ends.fd[0], "x", 1) == 1) {
  }
  std::string order;
  const BodyResult result = run(3, [&](Unit& unit) -> Task {
    if (unit.index() < 2) {
      co_await unit.wait_fd(ends.fd[0], unit.index() == 0 ? POLLIN : POLLOUT);
      order += unit.index() == 0 ? 'r' : 'w';
      co_return;
    }
    co_await unit.yield();
    put(ends.fd[1]);  // Lets the reader go on, and it alone.
    while (order.empty()) co_await unit.yield();
    while (get(ends.fd[1]) == 'x') {
    }
  });
  EXPECT_TRUE(result.completed()) << result.failure();
  EXPECT_EQ(order, "rw");
}

TEST(Scheduler, TwoReadersOfOneDescriptorBothGoOn) {
  Ends ends(false);
  const BodyResult result = run(3, [&](Unit& unit) -> Task {
    if (unit.index() == 2) {
      put(ends.fd[1]);
    } else {
      co_await unit.wait_fd(ends.fd[0], POLLIN);
    }
  });
  EXPECT_TRUE(result.completed()) << result.failure();
}

TEST(Scheduler, AHangUpWakesAReader) {
  Ends ends(false);
  const BodyResult result = run(2, [&](Unit& unit) -> Task {
    if (unit.index() == 0) {
      co_await unit.wait_fd(ends.fd[0], POLLIN);
      EXPECT_EQ(get(ends.fd[0]), '-');
    } else {
      close(ends.fd[1]);
    }
  });
  EXPECT_TRUE(result.completed()) << result.failure();
  ends.fd[1] = dup(ends.fd[0]);
}

TEST(Scheduler, ADescriptorThatWasClosedAndOpenedAgainIsWatched) {
  const BodyResult result = run(1, [&](Unit& unit) -> Task {
    for (int i = 0; i < 10; ++i) {
      Ends ends(i % 2 == 0);  // The numbers of the turn before.
      put(ends.fd[1]);
      co_await unit.wait_fd(ends.fd[0], POLLIN);
      EXPECT_EQ(get(ends.fd[0]), 'x');
    }
  });
  EXPECT_TRUE(result.completed()) << result.failure();
}

TEST(Scheduler, ARegularFileIsAlwaysReady) {
  const BodyResult result = run(1, [&](Unit& unit) -> Task {
    const int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    co_await unit.wait_fd(fd, POLLIN);
    close(fd);
  });
  EXPECT_TRUE(result.completed()) << result.failure();
}

TEST(Scheduler, ADescriptorThatIsNotOpenIsReadyWithAnError) {
  const BodyResult result = run(1, [&](Unit& unit) -> Task {
    const int fd = fcntl(0, F_DUPFD, 200);
    close(fd);
    co_await unit.wait_fd(fd, POLLIN);
    EXPECT_EQ(get(fd), '-');
  });
  EXPECT_TRUE(result.completed()) << result.failure();
}

TEST(Scheduler, AReceiverWithoutASenderIsADeadlock) {
  const BodyResult result = run(2, [](Unit& unit) -> Task {
    if (unit.index() == 1) co_return;
    Message message;
    co_await unit.receive(0, message);
  });
  EXPECT_EQ(result.ends[0].kind, EndKind::kGaveUp);
  EXPECT_EQ(result.ends[0].what, "it waits for what no unit will do; its frame was destroyed");
  EXPECT_TRUE(result.ends[1].ok());
}

TEST(Scheduler, LocksTakenInOppositeOrderAreADeadlock) {
  const BodyResult result = run(2, [](Unit& unit) -> Task {
    co_await unit.lock(unit.index());
    co_await unit.yield();
    co_await unit.lock(1 - unit.index());
  });
  EXPECT_EQ(result.ends[0].kind, EndKind::kGaveUp);
  EXPECT_EQ(result.ends[1].what, "it waits for what no unit will do; its frame was destroyed");
}

TEST(Scheduler, AFrameThatIsDestroyedMayStillSend) {
  const BodyResult result = run(2, [](Unit& unit) -> Task {
    struct Farewell {
      Unit& unit;
      ~Farewell() { unit.send(1 - unit.index(), {}); }
    } farewell{unit};
    Message message;
    co_await unit.receive(unit.index(), message);
  });
  EXPECT_EQ(result.ends[0].kind, EndKind::kGaveUp);
  EXPECT_EQ(result.ends[1].kind, EndKind::kGaveUp);
}

TEST(Scheduler, UnitsThatYieldForEverAreGivenUpAtTheBound) {
  const BodyResult result = run(
      2,
      [](Unit& unit) -> Task {
        while (unit.index() == 0) co_await unit.yield();
      },
      milliseconds(20));
  EXPECT_EQ(result.ends[0].kind, EndKind::kGaveUp);
  EXPECT_EQ(result.ends[0].what, "after 20 ms; its frame was destroyed");
  EXPECT_TRUE(result.ends[1].ok());
}

TEST(Scheduler, AWaitForADescriptorIsGivenUpAtTheBound) {
  Ends ends(false);
  const BodyResult result = run(
      1, [&](Unit& unit) -> Task { co_await unit.wait_fd(ends.fd[0], POLLIN); }, milliseconds(20));
  EXPECT_EQ(result.ends[0].kind, EndKind::kGaveUp);
}

TEST(Scheduler, AnExceptionEndsItsUnitAlone) {
  const BodyResult result = run(3, [](Unit& unit) -> Task {
    co_await unit.yield();
    if (unit.index() == 1) throw std::runtime_error("of unit 1");
    co_await unit.yield();
  });
  EXPECT_TRUE(result.ends[0].ok());
  EXPECT_EQ(result.ends[1].kind, EndKind::kThrew);
  EXPECT_EQ(result.ends[1].what, "of unit 1");
  EXPECT_TRUE(result.ends[2].ok());
}

TEST(Scheduler, TheSameProgramLeavesTheSameTrace) {
  Program program;
  program.channels = 3;
  program.locks = 1;
  for (std::uint32_t i = 0; i < 3; ++i) {
    program.units.push_back({lock(0), add_across(Region::kHeap, 0, i + 2), unlock(0),
                             send((i + 1) % 3, i), add_across(Region::kGlobal, 1, 3), receive(i),
                             read(Region::kGlobal, 1), read(Region::kHeap, 0)});
  }
  const auto text = [&] {
    std::string events;
    const Trace trace = coroutine().run_program_here(program);
    EXPECT_TRUE(trace.completed()) << trace.failure();
    for (const UnitTrace& unit : trace.units) {
      for (const Event& event : unit.events) {
        events += std::to_string(event.step) + ":" + std::to_string(event.value) + "/" +
                  std::to_string(event.aux) + " ";
      }
    }
    return events;
  };
  const std::string first = text();
  for (int run = 1; run < 100; ++run) ASSERT_EQ(text(), first) << "run " << run;
}

TEST(Scheduler, TenMillionSwitches) {
  constexpr std::uint64_t kEach = 5'000'000;
  std::array<std::uint64_t, 2> turns{};
  std::uint64_t out_of_turn = 0;
  const BodyResult result = run(
      2,
      [&](Unit& unit) -> Task {
        const std::size_t me = unit.index();
        for (std::uint64_t i = 0; i < kEach; ++i) {
          out_of_turn += turns.at(0) - turns.at(1) != me ? 1 : 0;
          ++turns.at(me);
          co_await unit.yield();
        }
      },
      seconds(600));
  ASSERT_TRUE(result.completed()) << result.failure();
  EXPECT_EQ(turns, (std::array<std::uint64_t, 2>{kEach, kEach}));
  EXPECT_EQ(out_of_turn, 0U) << "a switch did not go to the other unit";
}

}  // namespace
}  // namespace assay
