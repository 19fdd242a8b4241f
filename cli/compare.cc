// `assay compare`: what got slower between two files of results, and what is noise.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>

#include "cli/command.h"
#include "cli/quantities.h"
#include "cli/say.h"
#include "report/comparison.h"

namespace assay {
namespace {

constexpr int kSlowerStatus = 1;
constexpr int kNothingTold = 3;

struct Typed {
  std::string before, after, margin = "5%";
  bool all = false;
};

std::vector<Measured> read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw UsageError(fmt::format("cannot read '{}': name a file of results", path));
  const std::string text(std::istreambuf_iterator<char>(file), {});
  try {
    return measured_in(text);
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format("'{}': {}", path, error.what()));
  }
}

double margin_of(const std::string& text) {
  double percent = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, percent);
  const bool whole = error == std::errc() && (end == last || (*end == '%' && end + 1 == last));
  if (!whole || percent < 0 || percent >= 100) {
    throw UsageError(fmt::format("--margin: expected 0% to 99%, such as 5%, found '{}'", text));
  }
  return percent / 100;
}

void print_row(const ComparedRow& row, std::size_t width) {
  if (row.change == Change::kUntold) {
    tell("{:<7} {:<{}} {:>10.4g} {:>10.4g}  {}\n", to_string(row.change), row.name, width,
         row.before, row.after, row.why);
    return;
  }
  tell("{:<7} {:<{}} {:>10.4g} {:>10.4g}  {:.2f}x [{:.2f}, {:.2f}]\n", to_string(row.change),
       row.name, width, row.before, row.after, row.slowdown.value, row.slowdown.interval.low,
       row.slowdown.interval.high);
}

int print_rows(const std::vector<ComparedRow>& rows, bool all) {
  constexpr std::array kOrder{Change::kSlower, Change::kFaster, Change::kNoise, Change::kSame,
                              Change::kUntold};
  std::array<std::size_t, kOrder.size()> counts{};
  std::size_t width = 0;
  for (const ComparedRow& row : rows) width = std::max(width, row.name.size());
  tell("{:<7} {:<{}} {:>10} {:>10}  {}\n", "", "", width, "before", "after",
       "times as slow [together 95 %]");
  for (std::size_t i = 0; i < kOrder.size(); ++i) {
    for (const ComparedRow& row : rows) {
      if (row.change != kOrder.at(i)) continue;
      ++counts.at(i);
      if (all || i < 3) print_row(row, width);
    }
  }
  tell("\n{} slower, {} faster, {} noise, {} the same, {} with too few samples to tell{}\n",
       counts[0], counts[1], counts[2], counts[3], counts[4], all ? "" : " (--all shows them)");
  show_told();
  if (counts[0] > 0) return kSlowerStatus;
  return counts[4] == rows.size() ? kNothingTold : 0;
}

int run_compare(const Typed& typed) {
  ComparisonOptions options;
  options.margin = margin_of(typed.margin);
  const std::vector<ComparedRow> rows = compare(read(typed.before), read(typed.after), options);
  if (rows.empty()) throw UsageError("the two files have no measurement of the same name");
  return print_rows(rows, typed.all);
}

CommandRun set_up(CLI::App& app) {
  const auto typed = std::make_shared<Typed>();
  app.add_option("OLD", typed->before, "Results of before: of `assay --json`, or of a benchmark")
      ->required();
  app.add_option("NEW", typed->after, "Results of now, of the same kind")->required();
  app.add_option("--margin", typed->margin, "A smaller change is no change (default 5%)");
  app.add_flag("--all", typed->all, "Show also what did not change");
  app.footer(
      "Exit status: 0 nothing got slower; 1 something did; 2 wrong usage; 3 nothing could be "
      "told.");
  return [typed](const Words&) { return run_compare(*typed); };
}

const CommandRegistration kCompare(
    "compare", "Say what got slower between two files of results, and what is noise", &set_up);

}  // namespace
}  // namespace assay
