/// Places: lines of source for addresses of code.
#pragma once

#include <string>
#include <vector>

namespace assay::unmodified {

/// For each call stack (innermost frame first) the innermost line that is the user's own, as
/// "file.cc:12": not of a system header and not of GoogleTest. Empty where there is none, or no
/// tool to find it (llvm-symbolizer, addr2line).
std::vector<std::string> places_of(const std::vector<std::vector<void*>>& stacks);

}  // namespace assay::unmodified
