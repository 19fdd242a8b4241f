/// The comparison table as text, and what stands under it.
///
/// Guarantee: no line is wider than 100 columns, but for commands, which are never broken; without
/// colour the text is plain ASCII but for what a runtime declares, and the same marks say the same.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "report/result.h"

namespace assay {

inline constexpr std::size_t kTableWidth = 100;

struct TableOptions {
  bool colour = false;
};

/// One column a runtime, in the order in which they first appear in `results`, and one row a trait,
/// in the order of traits(); more than three runtimes make several tables. A legend of the marks
/// follows.
std::string table(std::span<const Result> results, const TableOptions& options);

/// Two or three lines for every claim that is refuted or inconclusive, and for those that are not
/// tested: what was expected, what was seen, and the command that shows it again.
std::string remarks(std::span<const Result> results, const TableOptions& options);

/// One cell with everything that is known of it, as `assay check` prints it.
std::string details(const Result& result, const TableOptions& options);

/// One line: "51 claims: 30 confirmed, 20 unrefuted, 1 inconclusive".
std::string tally_line(const std::vector<Result>& results);

/// The mark of a verdict: '+', '~', 'X', '?', '-' or '.'.
char mark(VerdictKind kind);

/// The mark, coloured where colour is wanted.
std::string marked(VerdictKind kind, const TableOptions& options);

/// Breaks a text at spaces into lines of at most `width` columns; a longer word is cut.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

}  // namespace assay
