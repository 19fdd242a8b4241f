/// The nearest right word to a wrong one, for messages.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace assay {

/// Insertions, deletions, replacements and swaps of neighbours that make `a` of `b` (optimal string
/// alignment).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The word of `known` that is nearest to `word`; empty when none is near (more than half of it
/// would have to change).
std::string nearest(std::string_view word, std::span<const std::string> known);

/// "did you mean 'fork'? known: fork, std_thread", with the first part only where one is near.
std::string suggestion(std::string_view word, std::span<const std::string> known);

}  // namespace assay
