#include "models/adapters/adapters.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/any_runtime.h"
#include "models/sanitized.h"

namespace assay {
namespace {

/// Under ThreadSanitizer without oneTBB, whose own synchronization it cannot see in a library that
/// is not instrumented, and OpenMP: libomp dies in the start of its threads there.
std::vector<BodyRuntime*> all() {
  std::vector<BodyRuntime*> adapters{&asio_awaitable(), &boost_context(), &boost_fiber(),
                                     &libuv_pool(), &posix_ucontext()};
  const bool tsan = std::string_view(ASSAY_VARIANT).ends_with("tsan");
  if (!tsan) adapters.push_back(&openmp_tasks());
  // LeakSanitizer cannot stop oneTBB's threads, and takes what only their stacks point to for
  // leaks.
  if (!std::string_view(ASSAY_VARIANT).ends_with("san")) adapters.push_back(&tbb_tasks());
  return adapters;
}

struct Adapter : AnyRuntime {};

INSTANTIATE_TEST_SUITE_P(All, Adapter, testing::ValuesIn(all()), name_of_runtime);
INSTANTIATE_TEST_SUITE_P(Adapters, AnyRuntime, testing::ValuesIn(all()), name_of_runtime);

/// The object that libomp would have in each process that uses it, and that SIGKILL would leave
/// behind; 0 when this process has none.
ino_t named_object_of_libomp() {
  const std::string name =
      "/dev/shm/__KMP_REGISTERED_LIB_" + std::to_string(getpid()) + "_" + std::to_string(getuid());
  struct stat object{};
  return stat(name.c_str(), &object) == 0 ? object.st_ino : 0;
}

TEST(Adapters, OpenmpHasNoNamedObjectInSharedMemory) {
  if (std::string_view(ASSAY_VARIANT).ends_with("tsan")) GTEST_SKIP() << "libomp dies there";
  Bodies bodies;
  bodies.count = 2;
  bodies.reports = 2;
  bodies.shared_bytes = sizeof(ino_t);
  // One that is there before is of another process, with the same number in its pid namespace.
  bodies.before = [](std::byte* shared) {
    *reinterpret_cast<ino_t*>(shared) = named_object_of_libomp();
  };
  bodies.task = [](Unit& unit) -> Task {
    const ino_t object = named_object_of_libomp();
    unit.report(object != 0 && object != unit.shared<ino_t>() ? 1 : 0);
    co_return;
  };
  const BodyResult result = openmp_tasks().run_hosted(bodies);
  ASSERT_TRUE(result.completed()) << result.failure() << "\n" << result.output;
  for (const auto& is_there : result.reports) {
    EXPECT_EQ(is_there, std::vector<std::uint64_t>{0}) << "libomp has an object with a name";
  }
}

/// Every unit needs all others alive: a pool with fewer threads than units would hang.
TEST_P(Adapter, ManyUnitsWaitForEachOther) {
  constexpr std::uint32_t kUnits = kSanitized ? 300 : 1'000;
  Program program;
  program.channels = kUnits;
  for (std::uint32_t u = 0; u < kUnits; ++u) {
    const std::uint32_t next = (u + 1) % kUnits;
    program.units.push_back({receive(u), send(next, u)});
  }
  program.units[0] = {send(1, 0), receive(0)};
  const Trace trace = runtime().run(program);
  ASSERT_TRUE(trace.completed()) << trace.failure() << "\n" << trace.output;
  EXPECT_EQ(trace.units[0].at(1)->value, kUnits - 1);
}

TEST_P(Adapter, AnExceptionIsAResult) {
  Program program;
  program.units = {{fault(Fault::kUncaughtException)}, {yield()}};
  const Trace trace = runtime().run(program);
  EXPECT_EQ(trace.units[0].end.kind, EndKind::kThrew) << trace.failure();
}

TEST_P(Adapter, AHangIsGivenUpAndNamed) {
  Program program;
  program.bound_ns = 300'000'000;
  program.units = {{fault(Fault::kDeadlock)}, {yield()}};
  const Trace trace = runtime().run(program);
  // The host is given up where the machine was too slow to start the unit before the bound.
  EXPECT_FALSE(trace.units[0].end.ok());
  EXPECT_NE(trace.failure().find("given up"), std::string::npos) << trace.failure();
}

TEST_P(Adapter, AReceiverThatNobodySendsToIsGivenUp) {
  Program program;
  program.bound_ns = 300'000'000;
  program.channels = 1;
  program.units = {{receive(0)}, {yield()}};
  const Trace trace = runtime().run(program);
  EXPECT_FALSE(trace.units[0].end.ok());
  EXPECT_NE(trace.failure().find("given up"), std::string::npos) << trace.failure();
}

TEST_P(Adapter, AUnitWaitsForADescriptorThatASiblingWrites) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  Bodies bodies;
  bodies.count = 3;
  bodies.reports = 2;
  bodies.task = [&](Unit& unit) -> Task {
    if (unit.index() == 2) {
      co_await unit.sleep_for(std::chrono::milliseconds(2));
      char two[2] = {};
      if (::write(ends[1], two, sizeof(two)) != 2) throw std::runtime_error("cannot write a pipe");
      co_return;
    }
    co_await unit.wait_fd(ends[0], POLLIN);
    char one = 0;
    unit.report(static_cast<std::uint64_t>(::read(ends[0], &one, 1)));
  };
  const BodyResult result = runtime().run_hosted(bodies);
  close(ends[0]);
  close(ends[1]);
  ASSERT_TRUE(result.completed()) << result.failure() << "\n" << result.output;
  EXPECT_EQ(result.reports[0], std::vector<std::uint64_t>{1});
  EXPECT_EQ(result.reports[1], std::vector<std::uint64_t>{1});
}

TEST_P(Adapter, PlainBodiesRunOrAreRefusedWithAReason) {
  Bodies bodies;
  bodies.count = 4;
  bodies.reports = 4;
  bodies.blocking = [](BlockingUnit& unit) {
    for (int i = 0; i < 3; ++i) unit.yield();
    unit.report(1);
  };
  if (const auto why = runtime().refuses(bodies)) {
    EXPECT_EQ(runtime().info().name, "asio") << *why;
    EXPECT_THROW(runtime().run_hosted(bodies), std::invalid_argument);
    return;
  }
  const BodyResult result = runtime().run_hosted(bodies);
  ASSERT_TRUE(result.completed()) << result.failure() << "\n" << result.output;
  for (const auto& reports : result.reports) EXPECT_EQ(reports.size(), 1U);
}

TEST_P(Adapter, DeclaresEveryTraitWithASource) {
  for (const Trait& trait : traits()) {
    const Claim* claim = runtime().claim_of(trait.id);
    ASSERT_NE(claim, nullptr) << trait.slug;
    EXPECT_FALSE(claim->source.empty()) << trait.slug;
    EXPECT_FALSE(claim->word.empty()) << trait.slug;
  }
}

}  // namespace
}  // namespace assay
