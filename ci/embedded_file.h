/// A text file that the program carries with it (ci/embed.bzl).
#pragma once

#include <string_view>

namespace assay {

struct EmbeddedFile {
  std::string_view name;  ///< Without folders.
  std::string_view text;  ///< Ends with a newline.
};

}  // namespace assay
