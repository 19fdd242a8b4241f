/// Explored programs, run as a user runs them: by tests of what they say.
#pragma once

#include <string>

namespace assay {

struct Ended {
  int status;  ///< As of wait(2).
  std::string output;
};

/// A program by its path among the data of the test, with a variable or two of its environment set
/// ("ASSAY_SEED=7"), and GoogleTest's filter.
Ended run_explored(const std::string& program, const std::string& environment = "",
                   const std::string& filter = "*");

}  // namespace assay
