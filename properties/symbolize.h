/// Source lines for the reports of a program that has no name in the file system.
///
/// A sanitizer gives its symbolizer the path of the program, which for a program in memory
/// (memfd_create(2)) is no path at all. Its reports then have offsets only.
#pragma once

#include <string>

namespace assay {

/// The report with function and source line in every frame that has only an offset into a program
/// in memory. `program` is a path that this process can read, such as /proc/self/fd/7. Frames that
/// cannot be resolved, and all others, stay as they are.
std::string symbolized(const std::string& report, const std::string& program,
                       const std::string& symbolizer);

}  // namespace assay
