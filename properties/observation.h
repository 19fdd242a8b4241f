/// Observation: what a probe saw of one trait of one runtime, with the evidence behind it.
///
/// A probe is blind: it never reads what was declared. Its observation is the set of values of the
/// trait that allow what was seen. Evidence is plain data; the report turns it into JSON and text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "models/trait.h"

namespace assay {

/// One item of evidence: a number, a text, or a list of samples.
using EvidenceValue =
    std::variant<std::int64_t, double, std::string, std::vector<double>, std::vector<std::string>>;

/// Named items in the order in which they were added; names carry their unit ("switch_ns").
class Evidence {
 public:
  using Item = std::pair<std::string, EvidenceValue>;

  /// Adds an item; a second item of the same name replaces the first.
  Evidence& set(std::string_view name, EvidenceValue value);
  Evidence& set(std::string_view name, const char* text) { return set(name, std::string(text)); }
  template <typename Number>
    requires std::is_integral_v<Number>
  Evidence& set(std::string_view name, Number number) {
    return set(name, EvidenceValue(static_cast<std::int64_t>(number)));
  }

  /// Null when there is none.
  [[nodiscard]] const EvidenceValue* find(std::string_view name) const;
  [[nodiscard]] const std::vector<Item>& items() const { return items_; }

 private:
  std::vector<Item> items_;
};

struct Observation {
  /// False when nothing could be observed here; `reason` says why.
  bool measured = true;
  /// The values that allow everything that was seen. Empty: no value of the trait explains it.
  ValueSet allowed;
  /// The values for which a witness was seen. For traits whose values exclude each other, a set
  /// `allowed` of one value is its own witness.
  ValueSet witnessed;
  std::uint64_t tries = 0;  ///< Programs, samples or rounds that could have refuted.
  std::string figure;  ///< The one figure of the table's cell, at most 24 columns: "1.2 us 37x".
  std::string reason;  ///< What was seen, in one sentence; for what was not measured, why.
  std::string counterexample;  ///< The program (models/program.h, to_table) that excluded a value.
  Evidence evidence;
};

/// An observation of nothing, because of `reason` ("needs two cores; this process may use one").
Observation not_measured(const Trait& trait, std::string reason);

}  // namespace assay
