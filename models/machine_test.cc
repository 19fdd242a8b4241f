#include "models/machine.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "models/testing_limits.h"

namespace assay {
namespace {

const Limit* named(const Machine& machine, std::string_view name) {
  for (const Limit& limit : machine.limits) {
    if (limit.name == name) return &limit;
  }
  return nullptr;
}

TEST(Machine, LimitsOfLinuxAreReadWithTheirNames) {
  const Machine machine = read_machine();
  EXPECT_FALSE(machine.cores.empty());
  for (const char* name : {"kernel.pid_max", "kernel.threads-max", "vm.max_map_count"}) {
    const Limit* limit = named(machine, name);
    ASSERT_NE(limit, nullptr) << name;
    EXPECT_GT(limit->value, 0U) << name;
    EXPECT_GT(limit->used, 0U) << name;
  }
  const Limit* memory = named(machine, "available memory");
  ASSERT_NE(memory, nullptr);
  EXPECT_GT(memory->left(), 0U);
  EXPECT_GT(memory->value, memory->left());
}

/// The machine, as a process with a lower soft limit sees it.
Machine machine_with(__rlimit_resource_t resource, rlim_t value) {
  const SoftLimit lowered(resource, value);
  return read_machine();
}

TEST(Machine, ALoweredLimitOfDescriptorsIsSeen) {
  const Machine machine = machine_with(RLIMIT_NOFILE, 200);
  const Limit* limit = named(machine, "RLIMIT_NOFILE");
  ASSERT_NE(limit, nullptr);
  EXPECT_EQ(limit->value, 200U);
  EXPECT_GE(limit->used, 3U);
  EXPECT_EQ(machine.tightest(Resource::kDescriptors), limit);
}

TEST(Machine, LoweredLimitsOfAddressesAreSeen) {
  constexpr rlim_t kMost = rlim_t{1} << 62;  // Sanitizers reserve terabytes.
  const Machine spaces = machine_with(RLIMIT_AS, kMost);
  const Limit* space = named(spaces, "RLIMIT_AS");
  ASSERT_NE(space, nullptr);
  EXPECT_EQ(space->value, kMost);
  EXPECT_GT(space->used, 0U);
  EXPECT_EQ(spaces.tightest(Resource::kAddressBytes), space);
  const Machine with_data = machine_with(RLIMIT_DATA, kMost);
  const Limit* data = named(with_data, "RLIMIT_DATA");
  ASSERT_NE(data, nullptr);
  EXPECT_EQ(data->value, kMost);
  EXPECT_GT(data->used, 0U);
}

TEST(Machine, TheTightestLimitLeavesTheLeast) {
  Machine machine;
  machine.limits = {{"wide", Resource::kTasks, 1'000, 10},
                    {"full", Resource::kTasks, 2'000, 1'990},
                    {"other", Resource::kMappings, 5, 0}};
  EXPECT_EQ(machine.tightest(Resource::kTasks)->name, "full");
  EXPECT_EQ(machine.tightest(Resource::kMemoryBytes), nullptr);
  EXPECT_EQ((Limit{"over", Resource::kTasks, 5, 9}.left()), 0U);
}

}  // namespace
}  // namespace assay
