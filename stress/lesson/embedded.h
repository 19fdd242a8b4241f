/// What a lesson needs of this repository, as part of the program: it works away from the checkout.
#pragma once

#include <string>
#include <string_view>

namespace assay {

/// A path under which this process and its children can execute stress/lesson/witness.cc, built
/// with ThreadSanitizer: a descriptor of memory, so no file is left. Empty when there is no memory.
const std::string& embedded_witness();

/// The text of a source file of a scenario, by its path in the repository
/// (scenarios/lost_update.cc) or one that ends with it; empty for any other.
std::string_view embedded_source(std::string_view path);

}  // namespace assay
