/// For tests: what the reader owes to reports that were cut off, or changed at random. Each
/// function returns what was lost, with how to see it again; empty: nothing.
#pragma once

#include <cstdint>
#include <string>

namespace assay {

/// The text, cut off at every `step`-th byte: each report whose first line is there is read, is
/// marked as truncated unless it had said all, and is as it was in the whole text if it is whole.
std::string lost_when_cut_off(const std::string& name, const std::string& text, std::size_t step);

/// Both texts after one another, changed at random: as many reports are read as there are first
/// lines of them.
std::string lost_when_changed(const std::string& name, const std::string& one,
                              const std::string& other, std::uint64_t seed);

}  // namespace assay
