#include "models/claim.h"

#include <array>

namespace assay {

std::string_view to_string(Model model) {
  constexpr std::array<std::string_view, 3> kNames{"process", "thread", "coroutine"};
  return kNames.at(static_cast<std::size_t>(model));
}

std::string_view to_string(Modality modality) {
  constexpr std::array<std::string_view, 5> kNames{"required", "optional", "stochastic", "untested",
                                                   "unsupported"};
  return kNames.at(static_cast<std::size_t>(modality));
}

std::string Claim::slug() const {
  return std::string(to_string(model)) + "." + std::string(assay::trait(trait).slug);
}

}  // namespace assay
