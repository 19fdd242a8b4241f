#include "models/machine.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

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

TEST(Machine, ALoweredLimitOfDescriptorsIsSeen) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit lowered{200, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &lowered), 0);
  const Machine machine = read_machine();
  setrlimit(RLIMIT_NOFILE, &before);
  const Limit* limit = named(machine, "RLIMIT_NOFILE");
  ASSERT_NE(limit, nullptr);
  EXPECT_EQ(limit->value, 200U);
  EXPECT_GE(limit->used, 3U);
  EXPECT_EQ(machine.tightest(Resource::kDescriptors), limit);
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
