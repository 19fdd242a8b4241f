// What units leave behind, and what a library keeps that is not left by its units.
#include "properties/left_behind.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "models/coroutine/scheduler.h"
#include "models/sanitized.h"

namespace assay {
namespace {

/// Coroutines that keep something whenever they are run.
class Keeping : public BodyRuntime {
 public:
  /// `keep` gets the number of units of each run.
  explicit Keeping(std::function<void(std::size_t)> keep) : keep_(std::move(keep)) {}
  [[nodiscard]] const RuntimeInfo& info() const override { return info_; }

 protected:
  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds bound) override {
    keep_(units.size());
    Scheduler scheduler;
    run_coroutines(scheduler, run, units, bound);
  }

 private:
  std::function<void(std::size_t)> keep_;
  RuntimeInfo info_{"keeping", Model::kCoroutine, "C++", "for this test", {}};
};

/// They can be reached, and so are no finding of LeakSanitizer.
void keep_bytes(std::size_t bytes) {
  static std::vector<std::unique_ptr<char[]>> kept;
  kept.push_back(std::make_unique<char[]>(bytes));
}

void keep_descriptors(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    ASSERT_GE(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
  }
}

void keep_pages(std::size_t count) {
  constexpr std::size_t kPage = 4'096;
  for (std::size_t i = 0; i < count; ++i) {
    ASSERT_NE(mmap(nullptr, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), MAP_FAILED);
  }
}

/// What is found of coroutines that keep something.
std::string leak_of(std::function<void(std::size_t)> keep) {
  Keeping runtime(std::move(keep));
  const LeftBehind left = look_for_leaks(runtime);
  EXPECT_EQ(left.failure, "");
  return left.leak;
}

/// malloc(3) is not what gives memory where AddressSanitizer or ThreadSanitizer do.
constexpr bool kHeapIsCounted = !kSanitized;

TEST(LeftBehind, WhatEachUnitLeavesIsALeak) {
  EXPECT_EQ(leak_of([](std::size_t units) { keep_descriptors(units); }), "1 descriptors a unit");
  if (!kHeapIsCounted) return;
  const std::string leak = leak_of([](std::size_t units) {
    for (std::size_t i = 0; i < units; ++i) keep_bytes(1'000);
  });
  EXPECT_NE(leak.find("bytes of the heap a unit"), std::string::npos) << leak;
}

TEST(LeftBehind, WhatEachUnitLeavesBesideWhatEachRunLeavesIsALeak) {
  const std::string leak = leak_of([](std::size_t units) { keep_descriptors(units + 5); });
  EXPECT_NE(leak.find("descriptors a unit"), std::string::npos) << leak;
}

TEST(LeftBehind, WhatEachUnitMapsIsALeak) {
  const std::string leak = leak_of([](std::size_t units) { keep_pages(units); });
  EXPECT_NE(leak.find("bytes of mappings a unit"), std::string::npos) << leak;
}

TEST(LeftBehind, WhatOneOfManyUnitsLeavesIsALeak) {
  const std::string leak = leak_of([](std::size_t units) { keep_descriptors(units / 8); });
  EXPECT_EQ(leak, "0.125 descriptors a unit");
}

TEST(LeftBehind, WhatOneOfSixtyFourUnitsLeavesIsALeak) {
  EXPECT_EQ(leak_of([](std::size_t units) { keep_descriptors(units / 64); }),
            "0.0156 descriptors a unit");
}

TEST(LeftBehind, WhatOneOfAHundredUnitsLeavesInWhicheverRunIsALeak) {
  if (kSanitized) GTEST_SKIP() << "a run of it has fewer than a hundred units";
  std::size_t units_so_far = 0;
  const std::string leak = leak_of([&](std::size_t units) {
    for (std::size_t i = 0; i < units; ++i) keep_descriptors(++units_so_far % 100 == 0 ? 1 : 0);
  });
  EXPECT_NE(leak.find("descriptors a unit"), std::string::npos) << leak;
}

TEST(LeftBehind, WhatIsAllocatedInAThreadIsCounted) {
  if (!kHeapIsCounted) return;
  const std::string leak = leak_of([](std::size_t units) {
    std::thread([units] {
      for (std::size_t i = 0; i < units; ++i) keep_bytes(1'000);
    }).join();
  });
  EXPECT_NE(leak.find("bytes of the heap a unit"), std::string::npos) << leak;
}

TEST(LeftBehind, NothingIsNoLeak) {
  EXPECT_EQ(leak_of([](std::size_t) {}), "");
}

TEST(LeftBehind, ACacheThatIsFilledOnceIsNoLeak) {
  bool filled = false;
  EXPECT_EQ(leak_of([&](std::size_t) {
              if (std::exchange(filled, true)) return;
              keep_descriptors(100);
              keep_bytes(1'000'000);
            }),
            "");
}

TEST(LeftBehind, ACacheForTheMostUnitsSoFarIsNoLeak) {
  std::size_t most = 0;
  EXPECT_EQ(leak_of([&](std::size_t units) {
              for (; most < units; ++most) {
                keep_descriptors(1);
                keep_bytes(1'000);
              }
            }),
            "");
}

// Both are more than one a unit, of which there are 48, and fewer where sanitizers make them dear.
// As an allocator with a part for each thread does, whose threads come at random.
TEST(LeftBehind, WhatGrowsByChanceIsNoLeak) {
  std::mt19937 numbers;  // NOLINT(cert-msc51-cpp): the same numbers in every run.
  Keeping caching([&](std::size_t units) { keep_pages(units * (1 + numbers() % 12)); });
  EXPECT_EQ(look_for_leaks(caching).leak, "");
}

TEST(LeftBehind, WhatEachRunLeavesHoweverManyUnitsItHasIsNoLeak) {
  for (const std::size_t descriptors : {50, 70}) {
    EXPECT_EQ(leak_of([=](std::size_t) { keep_descriptors(descriptors); }), "") << descriptors;
  }
  for (const std::size_t bytes : {1'000, 5'000}) {
    EXPECT_EQ(leak_of([=](std::size_t) { keep_bytes(bytes); }), "") << bytes;
  }
}

}  // namespace
}  // namespace assay
