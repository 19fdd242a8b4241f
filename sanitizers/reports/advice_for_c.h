/// The usual fixes of sanitizers/reports/advice.h in the words of C.
#pragma once

#include <string>
#include <vector>

namespace assay {

/// The fixes with what C has in place of what only C++ has, without those that C has nothing for.
std::vector<std::string> in_c(std::vector<std::string> fixes);

}  // namespace assay
