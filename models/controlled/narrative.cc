#include "models/controlled/narrative.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace assay::controlled {
namespace {

using Row = std::vector<std::string>;

std::string order_text(std::memory_order order) {
  switch (order) {
    case std::memory_order_relaxed:
      return " (relaxed)";
    case std::memory_order_consume:
    case std::memory_order_acquire:
      return " (acquire)";
    case std::memory_order_release:
      return " (release)";
    case std::memory_order_acq_rel:
      return " (acq_rel)";
    default:
      return "";
  }
}

bool is_atomic(OpKind kind) {
  return kind == OpKind::kLoad || kind == OpKind::kStore || kind == OpKind::kUpdate ||
         kind == OpKind::kAwait || kind == OpKind::kAwaitSwap || kind == OpKind::kFence;
}

std::string value_text(std::uint64_t value, const Story& story) {
  const auto known = story.values.find(value);
  return known == story.values.end() ? std::to_string(static_cast<std::int64_t>(value))
                                     : known->second;
}

std::string values_text(const Event& event, const Story& story) {
  const std::string read = value_text(event.read, story);
  const std::string written = value_text(event.written, story);
  switch (event.op.kind) {
    case OpKind::kUpdate:
    case OpKind::kAwaitSwap:
      return event.did_write ? fmt::format(": {} -> {}", read, written)
                             : fmt::format(" = {}", read);
    case OpKind::kRead:
    case OpKind::kLoad:
    case OpKind::kAwait:
    case OpKind::kReceive:
      return fmt::format(" = {}", read);
    default:
      return event.did_write ? fmt::format(" := {}", written) : "";
  }
}

/// Numbers the events of a unit as its steps are, from 1.
bool is_access(const Race& race, const Event& event, std::uint32_t step) {
  return (event.proc == race.first_unit && step == race.first_step) ||
         (event.proc == race.second_unit && step == race.second_step);
}

std::vector<Row> rows_of(const Story& story) {
  const std::vector<bool> races = racing(story);
  std::vector<Row> rows;
  Row header{"step"};
  for (std::size_t unit = 0; unit < story.units; ++unit)
    header.push_back(fmt::format("unit {}", unit));
  rows.push_back(header);
  std::size_t step = 0;
  for (std::size_t i = 0; i < story.events.size(); ++i) {
    const Event& event = story.events[i];
    Row row(story.units + 1);
    if (!event.op.has(Op::kInline)) row[0] = std::to_string(++step);
    row[unit_of(event.proc) + 1] = describe(event, story) + (races[i] ? " <<" : "");
    if (!story.places.empty()) row[unit_of(event.proc) + 1] += "  " + story.places.at(i);
    rows.push_back(std::move(row));
  }
  if (std::any_of(story.waits.begin(), story.waits.end(),
                  [](const auto& w) { return !w.empty(); })) {
    Row row{"end"};
    for (const std::string& wait : story.waits) row.push_back(wait.empty() ? "" : "waits: " + wait);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

std::string describe(const Event& event, const Story& story) {
  const Op& op = event.op;
  std::string text = word_of(op);
  if (op.kind == OpKind::kSpawn || op.kind == OpKind::kJoin)
    return text + " unit " + std::to_string(op.index);
  if (op.object != kNoObject) text += " " + story.objects.at(op.object);
  text += values_text(event, story);
  if (is_atomic(op.kind)) text += order_text(op.order);
  if (op.has(Op::kBuffered)) text += " (buffered)";
  return event.succeeded ? text : text + " (fails)";
}

std::vector<bool> racing(const Story& story) {
  std::vector<bool> races(story.events.size());
  std::vector<std::uint32_t> taken(kProcs);
  for (const Failing& failing : story.failures) {
    if (!failing.race) continue;
    taken.assign(kProcs, 0);
    races.assign(races.size(), false);
    for (std::size_t i = 0; i < races.size(); ++i) {
      const Event& event = story.events[i];
      if (event.op.has(Op::kInline)) continue;
      races[i] = is_access(*failing.race, event, ++taken[event.proc]);
    }
  }
  return races;
}

std::string table_of(const Story& story) {
  const std::vector<Row> rows = rows_of(story);
  std::vector<std::size_t> widths(story.units + 1);
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line = fmt::format("{:>{}}", row[0], widths[0]);
    for (std::size_t i = 1; i < row.size(); ++i) line += fmt::format("  {:<{}}", row[i], widths[i]);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  for (const Failing& failing : story.failures)
    text += fmt::format("{}: {}\n", name_of(failing.kind), failing.text);
  if (story.mismatch)
    text += fmt::format("{}: {}\n", name_of(FailureKind::kNondeterminism), *story.mismatch);
  if (story.unfinished) text += "the schedule ends before the execution does\n";
  return text;
}

}  // namespace assay::controlled
