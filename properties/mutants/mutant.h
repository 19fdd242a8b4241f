/// Mutants: runtimes that deliberately break a claim and behave well otherwise.
///
/// A mutant declares what an honest runtime declares, and its behaviour differs in one thing. It
/// lists the claims that must be refuted: first the one that it is made to break, then those that
/// the break entails, each with its reason. A probe that lets a mutant live is broken, and so is a
/// probe that refutes a claim which the mutant keeps.
///
/// Each mutant is one file that adds itself here at start-up; it is in no registry of runtimes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/runtime.h"

namespace assay {

/// A claim of a mutant that is refuted, and why its behaviour explains that.
struct Consequence {
  TraitId trait;
  std::string because;  ///< One sentence without a full stop.
};

struct Mutant {
  /// Claims are those of the honest runtime, its name is the mutant's.
  BodyRuntime* runtime;
  std::string pretends;            ///< Name of the honest runtime.
  std::string breaks;              ///< What it does wrong, in one clause.
  std::vector<Consequence> dies;   ///< Must be refuted; the first is what it is made for.
  std::vector<Consequence> may{};  ///< May be refuted or not, for a reason of physics.

  [[nodiscard]] const std::string& name() const { return runtime->info().name; }
  /// The trait whose probe must kill it, whatever the seed.
  [[nodiscard]] TraitId target() const { return dies.front().trait; }
  /// The entry of a trait in a list, or null.
  [[nodiscard]] static const Consequence* find(const std::vector<Consequence>& list, TraitId trait);
};

/// All mutants that are linked, by model and then by name.
std::vector<const Mutant*> mutants();

/// The mutant of this name, or null.
const Mutant* find_mutant(std::string_view name);

/// Adds a mutant at start-up: `const MutantRegistration kRegistered({...});` at namespace scope, in
/// a library with `alwayslink`. Throws std::logic_error when its name is taken or it lists no claim
/// that must be refuted.
struct MutantRegistration {
  explicit MutantRegistration(Mutant mutant);
};

/// Whether the program that runs under ThreadSanitizer (properties/race_helper.cc) knows a mutant.
enum class UnderTsan { kKnown, kUnknown };

/// The claims of `honest` under another name. The claim about races is untested, and says why,
/// where the program that runs under ThreadSanitizer does not know the mutant.
RuntimeInfo disguised_as(const Runtime& honest, std::string name, UnderTsan under_tsan);

/// What mutants have in common: whatever they do not break is the honest runtime's, costs included.
class MutantRuntime : public BodyRuntime {
 public:
  [[nodiscard]] const RuntimeInfo& info() const override { return info_; }
  NativeCosts* native_costs() override { return honest_->native_costs(); }

 protected:
  MutantRuntime(BodyRuntime& honest, std::string name, UnderTsan under_tsan = UnderTsan::kUnknown)
      : honest_(&honest), info_(disguised_as(honest, std::move(name), under_tsan)) {}

 private:
  BodyRuntime* honest_;
  RuntimeInfo info_;
};

}  // namespace assay
