#include "properties/mutants/mutant.h"

#include <algorithm>
#include <deque>
#include <stdexcept>
#include <tuple>

namespace assay {
namespace {

std::deque<Mutant>& table() {
  static std::deque<Mutant> all;
  return all;
}

}  // namespace

const Consequence* Mutant::find(const std::vector<Consequence>& list, TraitId trait) {
  const auto found = std::find_if(list.begin(), list.end(),
                                  [&](const Consequence& of) { return of.trait == trait; });
  return found != list.end() ? &*found : nullptr;
}

std::vector<const Mutant*> mutants() {
  std::vector<const Mutant*> all;
  for (const Mutant& mutant : table()) all.push_back(&mutant);
  std::sort(all.begin(), all.end(), [](const Mutant* a, const Mutant* b) {
    const auto key = [](const Mutant& of) {
      return std::make_tuple(of.runtime->info().model, of.name());
    };
    return key(*a) < key(*b);
  });
  return all;
}

const Mutant* find_mutant(std::string_view name) {
  for (const Mutant& mutant : table()) {
    if (mutant.name() == name) return &mutant;
  }
  return nullptr;
}

MutantRegistration::MutantRegistration(Mutant mutant) {
  if (find_mutant(mutant.name()) != nullptr) {
    throw std::logic_error("a mutant named " + mutant.name() + " is registered already");
  }
  if (mutant.dies.empty()) {
    throw std::logic_error("mutant " + mutant.name() + " lists no claim that must be refuted");
  }
  table().push_back(std::move(mutant));
}

RuntimeInfo disguised_as(const Runtime& honest, std::string name, UnderTsan under_tsan) {
  RuntimeInfo info = honest.info();
  info.name = std::move(name);
  info.summary = "a mutant of " + honest.info().name;
  if (under_tsan == UnderTsan::kKnown) return info;
  for (Claim& claim : info.claims) {
    if (claim.trait != TraitId::kUnsynchronizedRace) continue;
    claim.modality = Modality::kUntested;
    claim.reason = "the program that runs under ThreadSanitizer does not know this mutant";
  }
  return info;
}

}  // namespace assay
