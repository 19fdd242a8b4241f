#include "cli/suggest.h"

#include <gtest/gtest.h>

#include <vector>

namespace assay {
namespace {

const std::vector<std::string> kRuntimes{"fork", "std_thread", "coroutine"};

TEST(EditDistance, CountsInsertionsDeletionsReplacementsAndSwaps) {
  EXPECT_EQ(edit_distance("fork", "fork"), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("fork", "work"), 1U);
  EXPECT_EQ(edit_distance("fork", "frok"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(Suggestion, NamesTheNearestWordAndAllKnownOnes) {
  EXPECT_EQ(nearest("frok", kRuntimes), "fork");
  EXPECT_EQ(nearest("std-thread", kRuntimes), "std_thread");
  EXPECT_EQ(nearest("corou", kRuntimes), "coroutine");
  EXPECT_EQ(nearest("xyzzy", kRuntimes), "");
  EXPECT_EQ(suggestion("frok", kRuntimes),
            "did you mean 'fork'? known: fork, std_thread, coroutine");
  EXPECT_EQ(suggestion("xyzzy", kRuntimes), "known: fork, std_thread, coroutine");
}

}  // namespace
}  // namespace assay
