/// Places: lines of source and variables for addresses of code.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/controlled/unmodified/world.h"

namespace assay::unmodified {

/// For each call stack (innermost frame first) the innermost line that is the user's own, as
/// "file.cc:12": not of a system header and not of GoogleTest. Empty where there is none, or no
/// tool to find it (llvm-symbolizer, addr2line).
std::vector<std::string> places_of(const std::vector<std::vector<void*>>& stacks);

/// A variable in the frame of a function.
struct Local {
  std::string name;
  std::int64_t offset;  ///< From the base of the frame (DW_AT_frame_base).
  std::int64_t bytes;
};

/// Those of the function that has the code at an address of the program's file. None without
/// llvm-symbolizer, or without debug information.
std::vector<Local> locals_at(Address address);

}  // namespace assay::unmodified
