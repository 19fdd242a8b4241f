/// Properties: generated programs with an oracle, one table for all traits.
///
/// A property generates cases. A case is a program together with its oracle: given the trace, which
/// values of the trait does it exclude? The oracle is asked about every value and never learns what
/// was declared. Probes look at the cases of their trait (properties/program_rounds.h), and the
/// suites (properties/property_suite.h) run each property at every scale on every runtime.
///
/// Hazard: RapidCheck's generators are not thread-safe; generate on the main thread.
#pragma once

#include <rapidcheck/Gen.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/program.h"
#include "models/runtime.h"
#include "models/trace.h"
#include "models/trait_table.h"

namespace assay {

/// What the oracle of a case says of one trace.
struct Finding {
  struct Exclusion {
    std::uint8_t value;
    std::string why;  ///< What was expected and what was found, as a clause.
    /// A busy machine may deceive the oracle: it stands only if Case::slower says the same.
    bool may_be_slow = false;
  };
  std::vector<Exclusion> exclusions;
  std::vector<std::uint8_t> witnessed;  ///< Values that were seen at work, such as a lost update.
  std::uint64_t tries = 0;  ///< What could have excluded something: reads, messages, checks.
  /// Evidence, summed over all cases: "heap_sibling_writes_seen", 3.
  std::vector<std::pair<std::string, std::uint64_t>> counts;

  template <typename Value>
  void exclude(Value value, std::string why) {
    exclusions.push_back({static_cast<std::uint8_t>(value), std::move(why)});
  }
  template <typename Value>
  void exclude_if_not_slow(Value value, std::string why) {
    exclusions.push_back({static_cast<std::uint8_t>(value), std::move(why), true});
  }
  template <typename Value>
  void witness(Value value) {
    witnessed.push_back(static_cast<std::uint8_t>(value));
  }
};

struct Case {
  Program program;
  /// What is special about the program, each said once: "a message over the size of a pipe".
  std::vector<std::string_view> labels;
  /// The oracle. Called with traces of `program` that completed.
  std::function<Finding(const Trace&)> judge;
  /// For exclusions that may be due to a busy machine: the case with more and more time for what
  /// was missed to happen. Each must exclude the value as well; they are not run otherwise.
  std::function<std::vector<Case>()> slower;
};

struct Property {
  TraitId trait;
  std::string_view name;  ///< A sentence, as the name of a test: "MessagesComeOnceAndInOrder".
  /// Cases with this many units; 0: with 2 to 32, small numbers more often.
  rc::Gen<Case> (*cases)(std::size_t units);
  /// Labels without which a run of the property has shown nothing.
  std::vector<std::string_view> must_occur;
  /// Values of which a runtime that declares them must be seen to give a witness.
  ValueSet must_witness{};
  /// One of its cases says as much, and takes as long, as so many of another property.
  int weight = 1;

  /// How many cases are as good as `count` of usual ones; at least one.
  [[nodiscard]] int cases_for(int count) const { return std::max(1, count / weight); }
};

/// Adds a property to the table, at start-up, as a ProbeRegistration does.
struct PropertyRegistration {
  explicit PropertyRegistration(Property property);
};

/// All properties that are linked, in the order of their traits and names.
std::vector<Property> properties();

/// The properties of a trait.
std::vector<Property> properties_of(TraitId trait);

/// Case number `index` of a seed. RapidCheck's size goes up and down with the index, so that the
/// first cases are small and any few in a row are of different sizes.
rc::Shrinkable<Case> case_of(const Property& property, std::size_t units, std::uint64_t seed,
                             std::uint64_t index);

/// Whether what the trace of a case excluded stands: what a busy machine may have made up does only
/// if every slower case says the same. These are run here, the quickest first.
bool stands(Runtime& runtime, const Case& found, const Finding::Exclusion& exclusion);

/// Goes down the tree of a case as long as `still_fails` is true of a child, asking at most
/// `budget` times. Returns the last case for which it was true, or the root.
Case smallest(const rc::Shrinkable<Case>& found,
              const std::function<bool(const Case&)>& still_fails, int budget);

}  // namespace assay
