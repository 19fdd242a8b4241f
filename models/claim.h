/// A claim: what a runtime declares of one of its traits, in whose words, and on whose authority.
///
/// A claim knows no probe. It is compared with an observation by a verdict (properties/verdict.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "models/trait_table.h"

namespace assay {

/// The columns of the table.
enum class Model : std::uint8_t { kProcess, kThread, kCoroutine };

/// "process", "thread" or "coroutine".
std::string_view to_string(Model model);

/// How binding a claim is.
enum class Modality : std::uint8_t {
  kRequired,    ///< It must hold; an observation that excludes it is an error of the runtime.
  kOptional,    ///< It may hold; it is shown and never fails a run.
  kStochastic,  ///< It holds with some frequency: not seeing it is inconclusive, never wrong.
  kUntested,    ///< No probe tests it, for the `reason` given; it is shown all the same.
  kUnsupported  ///< The runtime cannot do it, for the `reason` given.
};

std::string_view to_string(Modality modality);

struct Claim {
  Model model = Model::kThread;
  TraitId trait = TraitId::kMemorySpace;
  std::uint8_t value = 0;  ///< Index of the declared value in the trait's values.
  std::string word;        ///< The wording of the table's cell: "shared (same thread)".
  std::string source;      ///< Man page, standard clause or documentation that says so.
  Modality modality = Modality::kRequired;
  std::string reason;  ///< Why it is untested or unsupported; empty otherwise.

  /// Stable name of the claim, "process.memory_space".
  [[nodiscard]] std::string slug() const;
};

/// A required claim. `Value` is the enumeration of the trait's values.
template <typename Value>
  requires std::is_enum_v<Value>
Claim claim(Model model, TraitId trait, Value value, std::string word, std::string source) {
  return {model,
          trait,
          static_cast<std::uint8_t>(value),
          std::move(word),
          std::move(source),
          Modality::kRequired,
          ""};
}

}  // namespace assay
