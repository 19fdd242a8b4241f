#include "sanitizers/reports/explanation_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sanitizers/reports/own_code.h"

namespace assay {
namespace {

constexpr std::size_t kWidth = 100;
constexpr std::size_t kColumn = 48;  ///< Of two places side by side: 48 + " | " + 49.
constexpr std::uint32_t kAround = 2;
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kPlain = "\x1b[0m";

using Lines = std::vector<std::string>;

// At spaces; a longer word stands alone.
Lines wrapped(std::string_view text, std::size_t width) {
  Lines lines(1);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > width) lines.push_back("");
    if (!lines.back().empty()) lines.back() += ' ';
    lines.back() += word;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// A path keeps its end, other words their beginning.
std::string fitted(std::string_view word, std::size_t width) {
  if (word.size() <= width) return std::string(word);
  if (word.find('/') == std::string_view::npos)
    return std::string(word.substr(0, width - 2)) + "..";
  return ".." + std::string(word.substr(word.size() - width + 2));
}

// In a column words that are too long are cut.
Lines in_column(std::string_view text, std::size_t width) {
  Lines lines;
  for (const std::string& line : wrapped(text, width)) lines.push_back(fitted(line, width));
  return lines;
}

std::string cut(std::string text, std::size_t width) {
  if (text.size() <= width) return text;
  text.resize(width - 2);
  return text + "..";
}

// What all lines that are not empty begin with is room for code.
std::size_t common_indent(const std::vector<SourceLine>& lines) {
  std::size_t indent = std::string::npos;
  for (const SourceLine& line : lines) {
    const std::size_t text = line.text.find_first_not_of(' ');
    if (text != std::string::npos) indent = std::min(indent, text);
  }
  return indent == std::string::npos ? 0 : indent;
}

// What one place looks like in a column.
Lines column(const ExplainedPlace& place, std::size_t width, SourceReader& sources) {
  Lines lines = in_column(place.what, width);
  const Lines where = width < kColumn ? in_column(place.where, width) : wrapped(place.where, width);
  lines.insert(lines.end(), where.begin(), where.end());
  const auto source = sources.around(place.frame, kAround);
  if (!source.has_value()) {
    if (place.frame.line != 0) lines.push_back("  (not here; --source=DIR says where it is)");
    return lines;
  }
  const std::size_t indent = common_indent(*source);
  for (const SourceLine& line : *source) {
    const char mark = line.number == place.frame.line ? '>' : ' ';
    const std::string_view text =
        std::string_view(line.text).substr(std::min(indent, line.text.size()));
    lines.push_back(cut(fmt::format("{}{:>4}  {}", mark, line.number, text), width));
  }
  return lines;
}

class Text {
 public:
  explicit Text(const TextOptions& options) : options_(options) {}

  void line(std::string_view text) { text_ += fmt::format("{}\n", text); }

  void head(std::string_view text, std::string_view style) {
    const bool coloured = options_.colour;
    for (const std::string& part : wrapped(text, kWidth)) {
      line(fmt::format("{}{}{}", coloured ? style : "", part, coloured ? kPlain : ""));
    }
  }

  // "  missing   no lock is held at either access"
  void entry(std::string_view title, std::string_view text) {
    for (const std::string& part : wrapped(text, kWidth - 12)) {
      line(fmt::format("  {:<9} {}", std::exchange(title, ""), part));
    }
  }

  void side_by_side(const Lines& left, const Lines& right) {
    for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
      const std::string_view a = i < left.size() ? std::string_view(left[i]) : "";
      const std::string_view b = i < right.size() ? std::string_view(right[i]) : "";
      std::string row = fmt::format("  {:<{}} | {}", a, kColumn - 1, b);
      while (row.ends_with(' ')) row.pop_back();
      line(row);
    }
  }

  std::string take() { return std::move(text_); }

 private:
  const TextOptions& options_;
  std::string text_;
};

// Two by two, as those of a race are, with a line of code below each other's.
void add_places(Text& text, const Explanation& explanation, SourceReader& sources) {
  const auto& places = explanation.places;
  for (std::size_t i = 0; i < places.size(); i += 2) {
    if (i + 1 < places.size()) {
      text.side_by_side(column(places[i], kColumn - 1, sources),
                        column(places[i + 1], kColumn - 1, sources));
    } else {
      for (const std::string& part : column(places[i], kWidth - 2, sources)) text.line("  " + part);
    }
    text.line("");
  }
}

std::string frame_line(const Frame& frame, bool whole) {
  const std::string place = place_of(frame);
  const std::string function = whole ? frame.function : readable_name(frame.function);
  return fmt::format("{}{}{}", function.empty() ? "?" : function, place.empty() ? "" : " at ",
                     place);
}

void add_stack(Text& text, const ExplainedPlace& place, bool all_frames) {
  // A single line is the place itself, which is above.
  if (place.stack.size() < (all_frames ? 1U : 2U)) return;
  text.entry("stack", place.what);
  std::size_t folded = 0;
  const auto unfold = [&] {
    if (folded == 0) return;
    text.entry("", fmt::format("  ... {} of the libraries", folded));
    folded = 0;
  };
  for (const Frame& frame : place.stack) {
    if (!all_frames && is_library_frame(frame)) {
      ++folded;
      continue;
    }
    unfold();
    text.entry("", "  " + frame_line(frame, all_frames));
  }
  unfold();
}

void add_list(Text& text, std::string_view title, const Lines& lines) {
  for (const std::string& line : lines) text.entry(std::exchange(title, ""), line);
}

}  // namespace

std::string explanation_text(const Report& report, const Explanation& explanation,
                             std::size_t number, std::size_t times, SourceReader& sources,
                             const TextOptions& options) {
  Text text(options);
  std::string about = fmt::format("{}  {}, {}, line {}", number, slug(report.kind),
                                  to_string(report.detector), report.first_line);
  if (times > 1) about += fmt::format(", seen {} times", times);
  if (report.truncated) about += ", CUT OFF: what follows is all there is";
  text.head(about, kBold);
  text.head(explanation.headline, kRed);
  text.line("");
  add_places(text, explanation, sources);
  // A headline that begins with it says more.
  const std::string_view sentence =
      std::string_view(explanation.meaning).substr(0, explanation.meaning.find('.'));
  if (!explanation.headline.starts_with(sentence)) {
    text.entry("means", explanation.meaning);
  }
  add_list(text, "missing", explanation.missing);
  add_list(text, "locks", explanation.locks);
  add_list(text, "memory", explanation.memory);
  add_list(text, "threads", explanation.threads);
  std::size_t step = 0;
  std::string_view title = "fix";
  for (const std::string& fix : explanation.fixes) {
    text.entry(std::exchange(title, ""), fmt::format("{}. {}", ++step, fix));
  }
  if (!explanation.gallery.empty()) {
    text.entry("like", fmt::format("sanitizers/gallery/programs/{}.cc", explanation.gallery));
  }
  text.entry("again", explanation.reproduce);
  for (const ExplainedPlace& place : explanation.places) {
    add_stack(text, place, options.all_frames);
  }
  text.line("");
  return text.take();
}

}  // namespace assay
