/// How a use case, a real program of this folder, went on a runtime.
#pragma once

#include <cstdint>

namespace assay {

enum class UseCaseOutcome : std::uint8_t {
  kWorked,     ///< It did what it is for: a witness.
  kFailed,     ///< It ran as it should and could not do what it is for.
  kUndecided,  ///< This machine, or its load, does not let it be decided.
};

}  // namespace assay
