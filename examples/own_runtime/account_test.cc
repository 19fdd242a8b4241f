// Your algorithm under every interleaving, as a test.
#include "account.h"

#include <gtest/gtest.h>

#include "scenarios/expect_explored.h"

TEST(Account, TransfersKeepTheSum) { EXPECT_EXPLORED(Transfers, {.units = 3}); }

TEST(Account, WithoutItsLockItRaces) {
  EXPECT_EXPLORED(UnlockedTransfers, {.finds = assay::controlled::FailureKind::kDataRace});
}
