#include "report/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "models/registry.h"

namespace assay {
namespace {

constexpr std::size_t kIndent = 22;

/// The only value that allows what was seen, or nothing.
const TraitValue* told(const Result& result) {
  const Observation& seen = result.observation;
  const Trait& of = trait(result.claim.trait);
  if (!seen.measured || seen.allowed.size() != 1) return nullptr;
  for (std::size_t i = 0; i < of.values.size(); ++i) {
    if (seen.allowed.contains(static_cast<std::uint8_t>(i))) return &of.values[i];
  }
  return nullptr;
}

std::vector<std::string_view> allowed_slugs(const Result& result) {
  std::vector<std::string_view> slugs;
  const Trait& of = trait(result.claim.trait);
  for (std::size_t i = 0; i < of.values.size(); ++i) {
    if (result.observation.allowed.contains(static_cast<std::uint8_t>(i)))
      slugs.push_back(of.values[i].slug);
  }
  return slugs;
}

/// What is judged of a value without a claim: a witness, no counterexample, or neither.
VerdictKind kind_of(const Result& result) {
  const TraitValue* value = told(result);
  if (value == nullptr) {
    return result.observation.measured && result.observation.allowed.empty()
               ? VerdictKind::kRefuted
               : VerdictKind::kInconclusive;
  }
  return value->kind == ValueKind::kUniversal ? VerdictKind::kUnrefuted : VerdictKind::kConfirmed;
}

std::string headline(const Result& result) {
  const Observation& seen = result.observation;
  if (!seen.measured) return "not measured";
  if (seen.allowed.empty()) return "nothing that the trait knows";
  const TraitValue* value = told(result);
  if (value == nullptr) {
    return fmt::format("not told apart: {}", fmt::join(allowed_slugs(result), " or "));
  }
  if (value->kind != ValueKind::kUniversal) return std::string(value->slug);
  return fmt::format("{} ({} tries without a counterexample)", value->slug, seen.tries);
}

std::string indented(std::string_view text) {
  std::string lines;
  for (const std::string& line : wrap(text, kTableWidth - kIndent - 2)) {
    lines += std::string(kIndent + 2, ' ') + line + "\n";
  }
  return lines;
}

std::string entry(const Result& result, const TableOptions& options) {
  const VerdictKind kind = kind_of(result);
  const Trait& of = trait(result.claim.trait);
  const std::string figure =
      result.observation.figure.empty() ? "" : "; " + result.observation.figure;
  std::string text = fmt::format("{:<{}}{} {}\n", of.title, kIndent, marked(kind, options),
                                 headline(result) + figure);
  if (const TraitValue* value = told(result)) text += indented(std::string(value->meaning));
  if (!result.observation.reason.empty()) text += indented("seen: " + result.observation.reason);
  if (kind == VerdictKind::kRefuted || kind == VerdictKind::kInconclusive) {
    text += std::string(kIndent + 2, ' ') + result.command + "\n";
  }
  return text;
}

struct Likeness {
  std::string name;
  int same = 0;
  std::vector<std::string_view> other;  ///< Titles of the traits in which it differs.
};

Likeness likeness_to(const Runtime& reference, const std::vector<const Result*>& results) {
  Likeness likeness{reference.info().name, 0, {}};
  for (const Result* result : results) {
    const Claim* claim = reference.claim_of(result->claim.trait);
    if (claim == nullptr || told(*result) == nullptr) continue;
    if (result->observation.allowed.contains(claim->value)) {
      ++likeness.same;
    } else {
      likeness.other.push_back(trait(result->claim.trait).title);
    }
  }
  return likeness;
}

/// The reference runtime with which it agrees most.
std::string likeness_text(const std::vector<const Result*>& results) {
  Likeness best;
  for (const Model model : {Model::kProcess, Model::kThread, Model::kCoroutine}) {
    Likeness one = likeness_to(reference(model), results);
    if (best.name.empty() || one.same > best.same) best = std::move(one);
  }
  const std::size_t of = static_cast<std::size_t>(best.same) + best.other.size();
  if (of == 0) return "";
  const std::string but =
      best.other.empty() ? "" : fmt::format(", but for {}", fmt::join(best.other, ", "));
  return fmt::format("as `{}` declares to be in {} of {} traits that could be told{}", best.name,
                     best.same, of, but);
}

}  // namespace

std::string profile(const Runtime& runtime, std::span<const Result> results,
                    const TableOptions& options) {
  const RuntimeInfo& info = runtime.info();
  std::vector<const Result*> own;
  for (const Result& result : results) {
    if (result.runtime == info.name) own.push_back(&result);
  }
  std::sort(own.begin(), own.end(),
            [](const Result* a, const Result* b) { return a->claim.trait < b->claim.trait; });
  std::string text = fmt::format("{}\n", info.name);
  for (const std::string& line : wrap(info.summary, kTableWidth - 2)) text += "  " + line + "\n";
  text += "\n";
  for (const Result* result : own) text += entry(*result, options);
  if (const std::string like = likeness_text(own); !like.empty()) {
    text += fmt::format("{:<{}}  ", "Resembles", kIndent) + indented(like).substr(kIndent + 2);
  }
  return text;
}

int profile_status(std::span<const Result> results) {
  const bool all = std::all_of(results.begin(), results.end(),
                               [](const Result& result) { return told(result) != nullptr; });
  return all ? 0 : 3;
}

}  // namespace assay
