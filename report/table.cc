#include "report/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <variant>

namespace assay {
namespace {

constexpr std::size_t kLabelWidth = 19;
constexpr std::size_t kColumnWidth = 25;
constexpr std::size_t kGap = 2;
constexpr std::size_t kColumns = 3;
static_assert(kLabelWidth + kColumns * (kGap + kColumnWidth) <= kTableWidth);

struct Mark {
  char mark;
  const char* colour;  ///< An escape sequence of ECMA-48.
  const char* meaning;
};

constexpr std::array<Mark, 6> kMarks{{
    {'+', "\033[32m", "confirmed"},
    {'~', "\033[36m", "unrefuted (no counterexample)"},
    {'X', "\033[1;31m", "refuted"},
    {'?', "\033[33m", "inconclusive"},
    {'-', "\033[2m", "unsupported"},
    {'.', "\033[2m", "untested"},
}};

const Mark& mark_of(VerdictKind kind) { return kMarks.at(static_cast<std::size_t>(kind)); }

/// How many columns a text takes: bytes that continue a character of UTF-8 take none.
std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string padded(const std::string& text, std::size_t width) {
  const std::size_t columns = columns_of(text);
  return columns < width ? text + std::string(width - columns, ' ') : text;
}

std::string coloured(const std::string& text, VerdictKind kind, const TableOptions& options) {
  if (!options.colour) return text;
  return mark_of(kind).colour + text + "\033[0m";
}

/// A cell of the table: lines of plain text, coloured as a whole when they are printed.
struct CellText {
  std::vector<std::string> lines;
  VerdictKind kind = VerdictKind::kUntested;
};

CellText cell_text(const Result* result) {
  if (result == nullptr) return {{"  (not reached)"}, VerdictKind::kUntested};
  CellText cell{{}, result->verdict.kind};
  for (const std::string& line : wrap(result->claim.word, kColumnWidth - 2)) {
    cell.lines.push_back((cell.lines.empty() ? std::string(1, mark(cell.kind)) : " ") + " " + line);
  }
  if (cell.lines.empty()) cell.lines.emplace_back(1, mark(cell.kind));
  std::string figure = result->observation.figure;
  if (figure.empty() && cell.kind == VerdictKind::kUnrefuted) {
    figure = fmt::format("{} tries", result->observation.tries);
  }
  for (const std::string& line : wrap(figure, kColumnWidth - 2)) cell.lines.push_back("  " + line);
  return cell;
}

template <typename Value>
void add_once(std::vector<Value>& list, const Value& value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

class Grid {
 public:
  Grid(std::span<const Result> results, const TableOptions& options)
      : results_(results), options_(&options) {
    for (const Result& result : results) {
      add_once(runtimes_, result.runtime);
      add_once(traits_, result.claim.trait);
    }
    std::sort(traits_.begin(), traits_.end());
  }

  [[nodiscard]] std::string text() const {
    std::string text;
    for (std::size_t from = 0; from < runtimes_.size(); from += kColumns) {
      const std::size_t count = std::min(kColumns, runtimes_.size() - from);
      if (from > 0) text += "\n";
      text += one_table(std::span(runtimes_).subspan(from, count));
    }
    return text;
  }

 private:
  [[nodiscard]] const Result* find(const std::string& runtime, TraitId trait) const {
    const auto found = std::find_if(results_.begin(), results_.end(), [&](const Result& r) {
      return r.runtime == runtime && r.claim.trait == trait;
    });
    return found != results_.end() ? &*found : nullptr;
  }

  [[nodiscard]] std::string model_of(const std::string& runtime) const {
    const auto found = std::find_if(results_.begin(), results_.end(),
                                    [&](const Result& r) { return r.runtime == runtime; });
    return std::string(to_string(found->claim.model));
  }

  [[nodiscard]] std::string one_table(std::span<const std::string> runtimes) const {
    std::vector<CellText> models;
    std::vector<CellText> rules;
    for (const std::string& runtime : runtimes) {
      models.push_back({{"  " + model_of(runtime), "  " + runtime}, VerdictKind::kConfirmed});
      rules.push_back({{std::string(kColumnWidth, '-')}, VerdictKind::kConfirmed});
    }
    const TableOptions plain;
    std::string text = row({"model", "runtime"}, models, plain);
    text += row({std::string(kLabelWidth, '-')}, rules, plain);
    for (const TraitId id : traits_) {
      std::vector<CellText> cells;
      for (const std::string& runtime : runtimes) cells.push_back(cell_text(find(runtime, id)));
      text += row(wrap(trait(id).title, kLabelWidth), cells, *options_);
    }
    return text;
  }

  static std::string row(const std::vector<std::string>& label, const std::vector<CellText>& cells,
                         const TableOptions& options) {
    std::size_t height = label.size();
    for (const CellText& cell : cells) height = std::max(height, cell.lines.size());
    std::string text;
    for (std::size_t i = 0; i < height; ++i) {
      std::string line = padded(i < label.size() ? label[i] : "", kLabelWidth);
      for (const CellText& cell : cells) {
        const std::string part = padded(i < cell.lines.size() ? cell.lines[i] : "", kColumnWidth);
        line += std::string(kGap, ' ') + coloured(part, cell.kind, options);
      }
      if (!options.colour) line.erase(line.find_last_not_of(' ') + 1);
      text += line + "\n";
    }
    return text;
  }

  std::span<const Result> results_;
  const TableOptions* options_;
  std::vector<std::string> runtimes_;
  std::vector<TraitId> traits_;
};

std::string legend(const TableOptions& options) {
  std::string text;
  for (std::size_t i = 0; i < kMarks.size(); ++i) {
    const auto kind = static_cast<VerdictKind>(i);
    text += (i == 0 ? "" : "  ") + coloured(std::string(1, kMarks[i].mark), kind, options) + " " +
            kMarks[i].meaning;
  }
  return text + "\n";
}

std::string indented(std::string_view text, std::size_t indent) {
  std::string lines;
  for (const std::string& line : wrap(text, kTableWidth - indent)) {
    lines += std::string(indent, ' ') + line + "\n";
  }
  return lines;
}

/// Lines of a text that has its own lines (a table of a program): cut, not wrapped.
std::string quoted(std::string_view text, std::size_t indent) {
  std::string lines;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    lines += std::string(indent, ' ') + std::string(text.substr(from, end - from)) + "\n";
    from = end + 1;
  }
  return lines;
}

std::string words(ValueSet set, const Trait& trait) {
  std::string text;
  for (std::size_t i = 0; i < trait.values.size(); ++i) {
    if (!set.contains(static_cast<std::uint8_t>(i))) continue;
    text += (text.empty() ? "" : ", ") + std::string(trait.values[i].slug);
  }
  return text.empty() ? "none" : text;
}

std::string number(double value) { return fmt::format("{:.4g}", value); }

struct EvidenceText {
  std::string operator()(std::int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(double value) const { return number(value); }
  std::string operator()(const std::string& value) const { return value; }
  std::string operator()(const std::vector<std::string>& value) const {
    return fmt::format("{}", fmt::join(value, "; "));
  }
  std::string operator()(const std::vector<double>& value) const {
    constexpr std::size_t kShown = 12;
    std::vector<std::string> shown;
    for (std::size_t i = 0; i < std::min(kShown, value.size()); ++i) {
      shown.push_back(number(value[i]));
    }
    const std::string more =
        value.size() > kShown ? fmt::format(" ... ({} in all, see --json)", value.size()) : "";
    return fmt::format("{}{}", fmt::join(shown, " "), more);
  }
};

std::string field(std::string_view name, const std::string& text) {
  if (text.empty()) return "";
  constexpr std::size_t kIndent = 14;
  if (text.find('\n') != std::string::npos) {
    return fmt::format("  {}\n{}", name, quoted(text, 4));
  }
  std::string lines = indented(text, kIndent);
  lines.replace(0, kIndent, fmt::format("  {:<{}}", name, kIndent - 2));
  return lines;
}

/// Where the next flag begins; not within quotes.
std::size_t end_of_part(const std::string& command, std::size_t from) {
  const auto is_quoted = [&](std::size_t at) {
    return std::count(command.begin(), command.begin() + static_cast<std::ptrdiff_t>(at), '"') %
               2 !=
           0;
  };
  std::size_t end = command.find(" --", from + 1);
  while (end != std::string::npos && is_quoted(end)) end = command.find(" --", end + 1);
  return std::min(end, command.size());
}

/// What a shell takes as the command, in as many lines as it needs. A flag is not cut.
std::string command_lines(const std::string& command, std::size_t indent) {
  constexpr std::string_view kGoesOn = " \\";
  constexpr std::size_t kMore = 4;
  std::string text;
  std::string line;
  std::size_t room = kTableWidth - indent;
  for (std::size_t from = 0; from < command.size();) {
    const std::size_t end = end_of_part(command, from);
    const std::string part = command.substr(from, end - from);
    from = end;
    const std::size_t ending = end < command.size() ? kGoesOn.size() : 0;
    if (!line.empty() && columns_of(line) + columns_of(part) + ending > room) {
      text += line.append(kGoesOn) + "\n" + std::string(indent + kMore, ' ');
      line = part.substr(1);
      room = kTableWidth - indent - kMore;
    } else {
      line += part;
    }
  }
  return text + line + "\n";
}

bool needs_remark(const Result& result) {
  return result.verdict.kind != VerdictKind::kConfirmed &&
         result.verdict.kind != VerdictKind::kUnrefuted;
}

std::string verdict_text(const Result& result) {
  std::string text(to_string(result.verdict.kind));
  if (result.verdict.kind == VerdictKind::kUnrefuted) {
    text += fmt::format(" ({} tries)", result.observation.tries);
  }
  return text;
}

}  // namespace

char mark(VerdictKind kind) { return mark_of(kind).mark; }

std::string marked(VerdictKind kind, const TableOptions& options) {
  return coloured(std::string(1, mark(kind)), kind, options);
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::string line;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find_first_of(" \n", from), text.size());
    std::string word(text.substr(from, end - from));
    from = end + 1;
    if (!line.empty() && columns_of(line) + 1 + columns_of(word) > width) {
      lines.push_back(std::move(line));
      line.clear();
    }
    for (; columns_of(word) > width; word.erase(0, width)) lines.push_back(word.substr(0, width));
    line += (line.empty() ? "" : " ") + word;
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

std::string table(std::span<const Result> results, const TableOptions& options) {
  return Grid(results, options).text() + "\n" + legend(options);
}

std::string remarks(std::span<const Result> results, const TableOptions& options) {
  std::string text;
  for (const Result& result : results) {
    if (!needs_remark(result)) continue;
    const std::string head =
        coloured(std::string(1, mark(result.verdict.kind)), result.verdict.kind, options);
    text += fmt::format("{} {} ({}): {}\n", head, result.claim.slug(), result.runtime,
                        to_string(result.verdict.kind));
    text += indented(result.verdict.reason, 4);
    text += std::string(4, ' ') + command_lines(result.command, 4);
  }
  return text;
}

std::string details(const Result& result, const TableOptions& options) {
  const Trait& of = trait(result.claim.trait);
  const Observation& seen = result.observation;
  const auto kind = result.verdict.kind;
  std::string text = fmt::format(
      "{} {} ({}): {}\n", coloured(std::string(1, mark(kind)), kind, options), result.claim.slug(),
      result.runtime, coloured(verdict_text(result), kind, options));
  text += field("claim", fmt::format("{}: {}", of.title, result.claim.word));
  if (result.claim.modality != Modality::kUntested) {
    text += field("meaning", std::string(of.values[result.claim.value].meaning));
  }
  text += field("source", result.claim.source);
  text += field("modality", std::string(to_string(result.claim.modality)));
  text += field("why", result.verdict.reason);
  if (seen.measured) {
    text += field("allows", words(seen.allowed, of));
    text += field("witnessed", words(seen.witnessed, of));
    text += field("figure", seen.figure);
    if (!needs_remark(result)) text += field("seen", seen.reason);
  }
  text += field("counterexample", seen.counterexample);
  if (!seen.evidence.items().empty()) text += "  evidence\n";
  for (const auto& [name, value] : seen.evidence.items()) {
    text += indented(name + ": " + std::visit(EvidenceText(), value), 4);
  }
  constexpr std::string_view kAgain = "  again       ";
  return text.append(kAgain) + command_lines(result.command, kAgain.size());
}

std::string tally_line(const std::vector<Result>& results) {
  const Tally tally(results);
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < std::size(tally.of_kind); ++i) {
    if (tally.of_kind[i] == 0) continue;
    parts.push_back(fmt::format("{} {}", tally.of_kind[i], to_string(static_cast<VerdictKind>(i))));
  }
  return fmt::format("{} claim{}: {}", results.size(), results.size() == 1 ? "" : "s",
                     fmt::join(parts, ", "));
}

}  // namespace assay
