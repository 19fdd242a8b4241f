// Every variant really is what its name says, in the test, in a library and in GoogleTest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "sanitizers/compiled_with.h"

namespace assay {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// The sanitizer that the variant's name promises: `gcc_tsan` and `tsan` promise `tsan`.
std::string promised_sanitizer() {
  const std::string variant = ASSAY_VARIANT;
  if (variant == "gcc") return "plain";
  return variant.starts_with("gcc_") ? variant.substr(4) : variant;
}

TEST(Variants, EnvironmentAndDefineNameTheSameVariant) {
  EXPECT_EQ(environment("ASSAY_VARIANT"), ASSAY_VARIANT);
}

TEST(Variants, TestIsInstrumentedAsPromised) {
  EXPECT_EQ(ASSAY_COMPILED_WITH, promised_sanitizer());
}

TEST(Variants, DependencyIsInstrumentedAsPromised) {
  EXPECT_EQ(compiled_with(), promised_sanitizer());
}

TEST(Variants, GccVariantsAreBuiltByGcc) {
  if (std::string_view(ASSAY_VARIANT).starts_with("gcc")) {
    EXPECT_EQ(compiled_by(), "gcc");
  } else {
    EXPECT_EQ(compiled_by(), ASSAY_DEFAULT_COMPILER);
  }
}

TEST(Variants, OptionsOfTheTestAreAddedToThoseOfTheTable) {
  if (promised_sanitizer() == "tsan") {
    EXPECT_THAT(environment("TSAN_OPTIONS"), testing::HasSubstr("halt_on_error=1"));
    EXPECT_THAT(environment("TSAN_OPTIONS"), testing::EndsWith(":flush_memory_ms=0"));
  } else if (promised_sanitizer() == "asan") {
    EXPECT_THAT(environment("ASAN_OPTIONS"), testing::HasSubstr("detect_leaks=1"));
    EXPECT_THAT(environment("UBSAN_OPTIONS"), testing::HasSubstr("print_stacktrace=1"));
  } else {
    EXPECT_EQ(environment("ASAN_OPTIONS"), "");
  }
}

TEST(Variants, ArgumentsAndDataArriveInEveryVariant) {
  const auto arguments = testing::internal::GetArgvs();
  ASSERT_EQ(arguments.size(), 2U);
  EXPECT_EQ(arguments[1], "sanitizers/variants.bzl");
}

}  // namespace
}  // namespace assay
