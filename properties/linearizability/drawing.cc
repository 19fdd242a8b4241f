#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "properties/linearizability/checker.h"

namespace assay::linearizability {
namespace {

struct Row {
  std::uint64_t time;
  bool is_call;
  const Operation* operation;
};

class Drawing {
 public:
  Drawing(const History& history, const Specification& specification)
      : specification_(specification) {
    for (const Operation& operation : history) {
      columns_ = std::max(columns_, operation.unit + 1);
      rows_.push_back({operation.invoked, true, &operation});
      if (!operation.pends()) rows_.push_back({operation.returned, false, &operation});
      width_ = std::max(width_, cell(rows_.back()).size() + 2);
      width_ = std::max(width_, cell({operation.invoked, true, &operation}).size() + 2);
    }
    std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
      return std::pair(a.time, !a.is_call) < std::pair(b.time, !b.is_call);
    });
    lasting_.assign(columns_, false);
  }

  std::string text() {
    std::string text = "event  ";
    for (std::size_t unit = 0; unit < columns_; ++unit)
      append(text, "unit " + std::to_string(unit), unit);
    text += "\n";
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const std::string number = std::to_string(i + 1);
      text += std::string(5 - std::min<std::size_t>(number.size(), 5), ' ') + number + "  ";
      append_row(text, rows_[i]);
      text += "\n";
    }
    return text;
  }

 private:
  [[nodiscard]] std::string cell(const Row& row) const {
    const Operation& operation = *row.operation;
    if (row.is_call) return "+ " + specification_.text(operation.call);
    return "- " + specification_.result_text(operation.call, operation.result);
  }

  void append_row(std::string& text, const Row& row) {
    const std::size_t mine = row.operation->unit;
    for (std::size_t unit = 0; unit < columns_; ++unit)
      append(text, unit == mine ? cell(row) : lasting_[unit] ? "|" : "", unit);
    lasting_[mine] = row.is_call;
    text.erase(text.find_last_not_of(' ') + 1);
  }

  void append(std::string& text, const std::string& cell, std::size_t unit) const {
    text += cell;
    if (unit + 1 < columns_) text += std::string(width_ - cell.size(), ' ');
  }

  const Specification& specification_;
  std::vector<Row> rows_;
  std::size_t columns_ = 0;
  std::size_t width_ = 10;
  std::vector<bool> lasting_;
};

std::string told(const Operation& operation, const Specification& specification) {
  const std::string result =
      operation.pends() ? "(pending)" : specification.result_text(operation.call, operation.result);
  return "unit " + std::to_string(operation.unit) + " " + specification.text(operation.call) +
         (result.empty() ? "" : " " + result);
}

/// Why the longest order has no next operation.
std::string reason(const Verdict& verdict, const Specification& specification) {
  State state = specification.initial();
  std::vector<bool> chosen(verdict.part.size());
  std::string text = "not linearizable: ";
  if (verdict.order.empty()) text += "no operation can be the first";
  for (std::size_t i = 0; i < verdict.order.size(); ++i) {
    const std::size_t place = verdict.order[i];
    chosen[place] = true;
    specification.run(state, verdict.part[place].call);
    text += (i == 0 ? "after " : "; ") + told(verdict.part[place], specification);
  }
  text += "\n";
  std::uint64_t first_return = kNever;
  for (std::size_t i = 0; i < verdict.part.size(); ++i) {
    if (!chosen[i]) first_return = std::min(first_return, verdict.part[i].returned);
  }
  for (std::size_t i = 0; i < verdict.part.size(); ++i) {
    const Operation& next = verdict.part[i];
    if (chosen[i] || next.pends() || next.invoked > first_return) continue;
    State after = state;
    const std::int64_t expected = specification.run(after, next.call);
    if (expected == next.result) continue;
    text += "  " + told(next, specification) + " does not fit: expected " +
            specification.result_text(next.call, expected) + "\n";
  }
  return text;
}

}  // namespace

std::string draw(const History& history, const Specification& specification) {
  const Verdict verdict = check(history, specification);
  const std::string table = Drawing(history, specification).text();
  return verdict.linearizable ? table : table + reason(verdict, specification);
}

}  // namespace assay::linearizability
