// The embedded text is the script, byte for byte.
#include "ci/preflight_text.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace assay {
namespace {

TEST(PreflightText, IsTheScript) {
  std::ifstream file("ci/preflight");
  const std::string script{std::istreambuf_iterator<char>(file), {}};
  ASSERT_FALSE(script.empty());
  EXPECT_EQ(preflight_script(), script);
}

}  // namespace
}  // namespace assay
