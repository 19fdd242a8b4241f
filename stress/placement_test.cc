// Placements on machines other than this one: a tree of files as in /sys/devices/system/cpu.
#include "stress/placement.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <numeric>
#include <set>

namespace assay {
namespace {

/// 64 cores in 8 groups with a cache each, two hardware threads a core: 128 processors, of which
/// the second thread of core c is c + 64, as Linux numbers them.
Topology large_machine() {
  std::vector<Cpu> cpus;
  for (int number = 0; number < 128; ++number) {
    const int core = number % 64;
    cpus.push_back({number, core, core / 8 * 8});
  }
  return Topology(cpus);
}

std::vector<int> cpus_of(const Topology& machine, Placement placement, std::size_t group,
                         std::size_t units) {
  std::vector<int> cpus;
  for (std::size_t unit = 0; unit < units; ++unit)
    cpus.push_back(machine.cpu(placement, group, unit, units).value_or(-1));
  return cpus;
}

TEST(Placement, ALargeMachineHasAll) {
  EXPECT_EQ(large_machine().placements(),
            std::vector<Placement>(std::begin(kPlacements), std::end(kPlacements)));
}

TEST(Placement, UnitsOfAGroupAreAsFarApartAsTheNameSays) {
  const Topology machine = large_machine();
  for (std::size_t group = 0; group < 64; ++group) {
    const auto same = cpus_of(machine, Placement::kSame, group, 2);
    EXPECT_EQ(same[0], same[1]);
    const auto smt = cpus_of(machine, Placement::kSmt, group, 2);
    EXPECT_EQ(smt[0] + 64, smt[1]) << group;
    const auto sibling = cpus_of(machine, Placement::kSibling, group, 2);
    EXPECT_NE(sibling[0], sibling[1]) << group;
    EXPECT_EQ(sibling[0] / 8, sibling[1] / 8) << group;
    const auto far = cpus_of(machine, Placement::kFar, group, 2);
    EXPECT_NE(far[0] % 64 / 8, far[1] % 64 / 8) << group;
  }
  EXPECT_EQ(machine.cpu(Placement::kAny, 0, 0, 2), std::nullopt);
}

TEST(Placement, GroupsHaveCoresOfTheirOwnWhileThereAreAny) {
  const Topology machine = large_machine();
  std::set<int> used;
  for (std::size_t group = 0; group < 32; ++group) {
    for (const int cpu : cpus_of(machine, Placement::kSibling, group, 2))
      EXPECT_TRUE(used.insert(cpu).second) << "cpu " << cpu << " again, in group " << group;
  }
}

TEST(Placement, OneCoreHasNoOtherThanItself) {
  const Topology machine({{0, 0, 0}});
  EXPECT_EQ(machine.placements(), (std::vector<Placement>{Placement::kSame, Placement::kAny}));
  EXPECT_EQ(machine.cpu(Placement::kSibling, 0, 1, 2), std::nullopt);
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text << "\n";
}

TEST(Placement, TheKernelsFilesAreRead) {
  const std::filesystem::path root = std::filesystem::path(std::getenv("TEST_TMPDIR")) / "cpus";
  for (int number = 0; number < 4; ++number) {
    const auto cpu = root / ("cpu" + std::to_string(number));
    write(cpu / "topology" / "thread_siblings_list",
          std::to_string(number % 2) + "," + std::to_string(number % 2 + 2));
    write(cpu / "cache" / "index0" / "level", "1");
    write(cpu / "cache" / "index0" / "shared_cpu_list", std::to_string(number));
    write(cpu / "cache" / "index1" / "level", "3");
    write(cpu / "cache" / "index1" / "shared_cpu_list", "0-3");
  }
  const Topology machine = read_topology({0, 1, 2, 3}, root);
  EXPECT_TRUE(machine.has(Placement::kSmt));
  EXPECT_TRUE(machine.has(Placement::kSibling));
  EXPECT_FALSE(machine.has(Placement::kFar));
  EXPECT_EQ(cpus_of(machine, Placement::kSmt, 1, 2), (std::vector<int>{1, 3}));
  EXPECT_EQ(cpus_of(machine, Placement::kSibling, 0, 2), (std::vector<int>{0, 1}));
  EXPECT_FALSE(read_topology({0, 2}, root).has(Placement::kSibling));
}

TEST(Placement, WhatCannotBeReadIsACoreOfItsOwnUnderOneCache) {
  const Topology machine = read_topology({0, 5}, "/nonexistent");
  EXPECT_EQ(cpus_of(machine, Placement::kSibling, 0, 2), (std::vector<int>{0, 5}));
}

}  // namespace
}  // namespace assay
