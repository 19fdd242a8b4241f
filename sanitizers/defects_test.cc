// A known defect, built in each variant, is reported with its source line by the variant that is
// for it, and by no other: the sanitizers are on where they should be, and off elsewhere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <ostream>
#include <string>
#include <string_view>
#include <tuple>

namespace assay {
namespace {

struct Defect {
  const char* name;
  const char* sanitizers;  ///< Those that report it; no other does.
  const char* words;       ///< What the report says.
};

constexpr Defect kDefects[] = {
    {"data_race", "tsan", "data race"},
    {"leak", "asan", "detected memory leaks"},
    {"mismatched_delete", "asan", "alloc-dealloc-mismatch"},
    {"signed_overflow", "asan", "signed integer overflow"},
    {"use_after_free", "asan tsan", "heap-use-after-free"},
};

constexpr const char* kVariants[] = {"plain", "tsan", "asan", "gcc", "gcc_tsan", "gcc_asan"};

void PrintTo(const Defect& defect, std::ostream* out) { *out << defect.name; }

struct Outcome {
  int status;
  std::string output;
};

std::string folder() {
  return std::string(std::getenv("TEST_SRCDIR")) + "/" + std::getenv("TEST_WORKSPACE") +
         "/sanitizers/defects/";
}

Outcome run(const std::string& command) {
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  Outcome outcome{};
  std::array<char, 4096> buffer;
  while (const size_t n = fread(buffer.data(), 1, buffer.size(), pipe)) {
    outcome.output.append(buffer.data(), n);
  }
  outcome.status = pclose(pipe);
  return outcome;
}

/// Whether the variant is built with one of the defect's sanitizers; `gcc_tsan` counts as `tsan`.
bool is_reported(const Defect& defect, std::string_view variant) {
  const std::string_view sanitizer = variant.substr(variant.rfind('_') + 1);
  return std::string_view(defect.sanitizers).find(sanitizer) != std::string_view::npos;
}

/// The place that a report must name, as `leak.cc:7`.
std::string marked_line(const std::string& defect) {
  std::ifstream source(folder() + defect + ".cc");
  std::string line;
  for (int number = 1; std::getline(source, line); ++number) {
    if (line.find("// REPORT") != std::string::npos) {
      return defect + ".cc:" + std::to_string(number);
    }
  }
  ADD_FAILURE() << "expected a line marked REPORT in " << defect << ".cc, found none";
  return "";
}

class Defects : public testing::TestWithParam<std::tuple<Defect, const char*>> {};

TEST_P(Defects, AreReportedByTheirSanitizerAlone) {
  const auto& [defect, variant] = GetParam();
  const std::string place = marked_line(defect.name);
  const Outcome outcome = run(folder() + defect.name + "_in_" + variant);
  if (is_reported(defect, variant)) {
    EXPECT_NE(outcome.status, 0);
    EXPECT_THAT(outcome.output, testing::HasSubstr(defect.words));
    EXPECT_THAT(outcome.output, testing::HasSubstr(place));
  } else {
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.output, "");
  }
}

INSTANTIATE_TEST_SUITE_P(
    Variants, Defects, testing::Combine(testing::ValuesIn(kDefects), testing::ValuesIn(kVariants)),
    [](const auto& info) {
      return std::string(std::get<0>(info.param).name) + "_in_" + std::get<1>(info.param);
    });

}  // namespace
}  // namespace assay
