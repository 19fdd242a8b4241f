#include "properties/order.h"

#include <gtest/gtest.h>

#include <vector>

namespace assay {
namespace {

using Orders = std::vector<Order>;

TEST(Order, AnIntervalThatStraddlesIsUnclear) {
  EXPECT_EQ(order_of({1.1, 1.3}, 1), Order::kAbove);
  EXPECT_EQ(order_of({0.5, 0.9}, 1), Order::kBelow);
  EXPECT_EQ(order_of({0.9, 1.1}, 1), Order::kUnclear);
  EXPECT_EQ(order_of({1, 1.1}, 1), Order::kUnclear);
}

TEST(Order, CertainComparisonsLeaveOneRank) {
  EXPECT_EQ(allowed_ranks(Orders{Order::kAbove, Order::kAbove}), ValueSet{Rank::kHigh});
  EXPECT_EQ(allowed_ranks(Orders{Order::kAbove, Order::kBelow}), ValueSet{Rank::kMedium});
  EXPECT_EQ(allowed_ranks(Orders{Order::kBelow, Order::kBelow}), ValueSet{Rank::kLow});
}

TEST(Order, AnUnclearComparisonIsNotForced) {
  EXPECT_EQ(allowed_ranks(Orders{Order::kAbove, Order::kUnclear}),
            (ValueSet{Rank::kHigh, Rank::kMedium}));
  EXPECT_EQ(allowed_ranks(Orders{Order::kUnclear, Order::kBelow}),
            (ValueSet{Rank::kMedium, Rank::kLow}));
  EXPECT_EQ(allowed_ranks(Orders{Order::kUnclear, Order::kUnclear}).size(), 3);
}

TEST(Order, OneRivalAloneDoesNotExcludeTheMiddle) {
  EXPECT_EQ(allowed_ranks(Orders{Order::kAbove}), (ValueSet{Rank::kHigh, Rank::kMedium}));
}

}  // namespace
}  // namespace assay
