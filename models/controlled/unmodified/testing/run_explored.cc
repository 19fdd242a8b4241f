#include "models/controlled/unmodified/testing/run_explored.h"

#include <array>
#include <cstdio>

namespace assay {

Ended run_explored(const std::string& program, const std::string& environment,
                   const std::string& filter) {
  // Without what Bazel tells the calling test itself.
  const std::string command =
      "env -u TEST_TARGET -u GTEST_SHARD_INDEX -u GTEST_TOTAL_SHARDS -u XML_OUTPUT_FILE "
      "-u TESTBRIDGE_TEST_ONLY " +
      environment + " " + program + " '--gtest_filter=" + filter + "' 2>&1";
  FILE* const pipe = popen(command.c_str(), "r");
  std::string output;
  std::array<char, 4096> some{};
  for (std::size_t n = 0; (n = std::fread(some.data(), 1, some.size(), pipe)) > 0;)
    output.append(some.data(), n);
  return {pclose(pipe), output};
}

}  // namespace assay
