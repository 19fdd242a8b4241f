// What cannot be seen: a translation unit that is not instrumented, and a test without a step.
#include <gtest/gtest.h>

#include <thread>

void add_unseen();
int unseen_count();

namespace {

TEST(Opaque, CodeThatIsNotInstrumented) {
  std::thread a(&add_unseen);
  add_unseen();
  a.join();
  EXPECT_EQ(unseen_count(), 2);
}

TEST(Opaque, TestWithoutASecondUnit) { EXPECT_EQ(unseen_count(), 0); }

}  // namespace
