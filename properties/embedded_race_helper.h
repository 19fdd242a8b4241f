/// The program properties/race_helper.cc, built with ThreadSanitizer, as part of this program.
#pragma once

#include <string>

namespace assay {

/// A path under which this process and its children can execute the helper: a descriptor of memory,
/// so no file is left. Empty when there is no memory for it.
const std::string& embedded_race_helper();

}  // namespace assay
