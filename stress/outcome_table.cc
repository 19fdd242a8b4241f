#include "stress/outcome_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "report/machine_facts.h"

namespace assay {
namespace {

constexpr std::size_t kWidth = 100;

/// Of the document: within a version members are added, and none is given another meaning.
constexpr int kVersion = 1;

/// "7.8 M".
std::string rounded(double number) {
  constexpr std::pair<double, const char*> kScales[] = {
      {1e15, " P"}, {1e12, " T"}, {1e9, " G"}, {1e6, " M"}, {1e3, " k"}};
  for (const auto& [scale, name] : kScales) {
    if (number >= 0.9995 * scale) return fmt::format("{:.3g}{}", number / scale, name);
  }
  return fmt::format("{:.0f}", number);
}

double share(std::uint64_t count, std::uint64_t samples) {
  return static_cast<double>(count) / static_cast<double>(samples);
}

bool is_end(const GradedOutcome& outcome) { return outcome.numbers == kNoEnd; }

/// Breaks a reason into lines that begin at `indent`.
std::string wrapped(const std::string& text, std::size_t indent) {
  std::string lines;
  std::size_t column = indent;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t to = std::min(text.find(' ', from), text.size());
    const std::size_t length = to - from;
    if (column > indent && column + 1 + length > kWidth) {
      lines += "\n" + std::string(indent, ' ');
      column = indent;
    }
    if (column > indent) lines += " ", ++column;
    lines += text.substr(from, length);
    column += length;
    from = to + 1;
  }
  return lines;
}

std::string row(const GradedOutcome& outcome, const Histogram& histogram, std::size_t width) {
  std::string text = fmt::format("{:<{}} {:>13}", outcome.numbers, width, grouped(outcome.count));
  if (histogram.samples > 0 && !is_end(outcome)) {
    const double frequency = share(outcome.count, histogram.samples);
    text +=
        fmt::format("  {:>8}  {:<18} {:>7}", outcome.count > 0 ? frequency_text(frequency) : "0",
                    interval_text(outcome.count, histogram.samples),
                    outcome.count > 0 ? rounded(samples_for_99_percent(frequency)) : "-");
  } else {
    text += std::string(38, ' ');
  }
  text += fmt::format("  {}", name_of(outcome.grade));
  return text + "\n" + std::string(width + 1, ' ') + wrapped(outcome.reason, width + 1) + "\n";
}

/// The outcome whose frequency by setting says most: the rarest of the highest grade.
const GradedOutcome* telling(const GradedHistogram& graded) {
  const GradedOutcome* best = nullptr;
  const auto rank = [](const GradedOutcome& outcome) {
    return outcome.grade == Grade::kAcceptable ? 0 : 1;
  };
  for (const GradedOutcome& outcome : graded.outcomes) {
    if (outcome.count == 0 || is_end(outcome)) continue;
    if (best == nullptr || rank(outcome) > rank(*best) ||
        (rank(outcome) == rank(*best) && outcome.count < best->count))
      best = &outcome;
  }
  return best;
}

std::uint64_t count_of(const std::vector<Seen>& all, const GradedOutcome& outcome) {
  std::uint64_t sum = 0;
  for (const Seen& seen : all) {
    if (seen.numbers == outcome.numbers && seen.broken == outcome.broken) sum += seen.count;
  }
  return sum;
}

struct Swept {
  std::string name;
  std::uint64_t samples = 0;
  std::uint64_t count = 0;
};

template <typename Name>
std::vector<Swept> swept(const Histogram& histogram, const GradedOutcome& outcome, Name name) {
  std::vector<Swept> all;
  for (const SettingCounts& counts : histogram.settings) {
    const std::string key = name(counts.setting);
    auto found =
        std::find_if(all.begin(), all.end(), [&](const Swept& s) { return s.name == key; });
    if (found == all.end()) found = all.insert(all.end(), {key});
    found->samples += counts.samples;
    found->count += count_of(counts.seen, outcome);
  }
  return all;
}

std::string sweep_line(const char* what, const std::vector<Swept>& all) {
  if (all.size() < 2) return "";
  std::string cells;
  for (const Swept& one : all) {
    if (one.samples == 0) continue;
    const std::string frequency = one.count == 0
                                      ? "0 of " + rounded(static_cast<double>(one.samples))
                                      : frequency_text(share(one.count, one.samples));
    cells += fmt::format("{}{}: {}", cells.empty() ? "" : ", ", one.name, frequency);
  }
  return fmt::format("  by {:<10} {}\n", what, cells);
}

std::string sweep_text(const StressResult& result) {
  const GradedOutcome* outcome = telling(result.graded);
  if (outcome == nullptr || result.histogram.settings.size() < 2) return "";
  if (outcome->count == result.histogram.samples) return "";
  const auto sweep = [&](auto name) { return swept(result.histogram, *outcome, name); };
  auto single = sweep([](const Setting& setting) {
    return fmt::format("{}, {}, {}", name_of(setting.placement), setting.batch, setting.stride);
  });
  std::erase_if(single, [](const Swept& one) { return one.samples == 0; });
  const auto frequency = [](const Swept& one) { return share(one.count, one.samples); };
  const auto [least, most] = std::minmax_element(
      single.begin(), single.end(),
      [&](const Swept& a, const Swept& b) { return frequency(a) < frequency(b); });
  if (single.empty()) return "";
  return fmt::format("where {} is seen\n", outcome->numbers) +
         sweep_line("affinity",
                    sweep([](const Setting& s) { return std::string(name_of(s.placement)); })) +
         sweep_line("batch", sweep([](const Setting& s) { return std::to_string(s.batch); })) +
         sweep_line("stride", sweep([](const Setting& s) { return std::to_string(s.stride); })) +
         fmt::format("  most: {} ({}); least: {} ({} of {})\n", frequency_text(frequency(*most)),
                     most->name, frequency_text(frequency(*least)), least->count,
                     rounded(static_cast<double>(least->samples))) +
         "  (affinity, batch, stride)\n";
}

std::string cell(const StressResult& result, const std::string& numbers) {
  if (result.histogram.samples == 0) return "?";
  if (numbers == kNoEnd) return std::to_string(result.histogram.stuck) + " times";
  const std::uint64_t count = result.histogram.count(numbers);
  if (count == 0) return "never";
  if (count == result.histogram.samples) return "always";
  return frequency_text(share(count, result.histogram.samples));
}

Json json_of(const Seen& seen, std::uint64_t samples) {
  const Interval interval = wilson(seen.count, samples);
  Json json = {{"outcome", seen.numbers},
               {"count", seen.count},
               {"frequency", share(seen.count, samples)},
               {"low", interval.low},
               {"high", interval.high}};
  if (!seen.broken.empty()) json["broken"] = seen.broken;
  return json;
}

const char* name_of(Standing standing) {
  constexpr const char* kNames[] = {"fine", "inconclusive", "failed"};
  return kNames[static_cast<std::size_t>(standing)];
}

Json outcomes_json(const StressResult& result) {
  Json outcomes = Json::array();
  const std::uint64_t samples = result.histogram.samples;
  for (const GradedOutcome& outcome : result.graded.outcomes) {
    Json one = {{"outcome", outcome.numbers}, {"count", outcome.count}};
    if (samples > 0 && !is_end(outcome)) {
      one = json_of({outcome.numbers, outcome.broken, outcome.count}, samples);
      if (outcome.count > 0)
        one["samples_for_99_percent"] = samples_for_99_percent(share(outcome.count, samples));
    }
    one["grade"] = name_of(outcome.grade);
    one["reason"] = outcome.reason;
    one["standing"] = name_of(outcome.standing);
    one["explored"] = result.graded.oracle.outcomes.contains(outcome.numbers);
    if (!outcome.remark.empty()) one["remark"] = outcome.remark;
    outcomes.push_back(std::move(one));
  }
  return outcomes;
}

Json settings_json(const Histogram& histogram) {
  Json settings = Json::array();
  for (const SettingCounts& counts : histogram.settings) {
    if (counts.samples == 0) continue;
    Json seen = Json::array();
    for (const Seen& one : counts.seen) seen.push_back(json_of(one, counts.samples));
    settings.push_back({{"affinity", name_of(counts.setting.placement)},
                        {"batch", counts.setting.batch},
                        {"stride", counts.setting.stride},
                        {"samples", counts.samples},
                        {"seconds", counts.seconds},
                        {"outcomes", std::move(seen)}});
  }
  return settings;
}

}  // namespace

std::string frequency_text(double frequency) {
  // Digits that differ from those of "always" and "never" must not be rounded away.
  if (frequency > 0.9995 && frequency < 1) return fmt::format("1-{:.1e}", 1 - frequency);
  if (frequency >= 0.001) return fmt::format("{:.3g} %", 100 * frequency);
  return fmt::format("{:.2g}", frequency);
}

std::string interval_text(std::uint64_t count, std::uint64_t samples) {
  const Interval interval = wilson(count, samples);
  if (count == 0) return "< " + frequency_text(interval.high);
  return frequency_text(interval.low) + " to " + frequency_text(interval.high);
}

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string machine_line() {
  const MachineFacts machine = machine_facts();
  const BuildFacts build = build_facts();
  return fmt::format("{}, {} core{}, {}, {}, {}", machine.cpu.empty() ? "?" : machine.cpu,
                     machine.cores, machine.cores == 1 ? "" : "s", machine.kernel, build.compiler,
                     build.variant);
}

std::string to_text(const StressResult& result) {
  const Histogram& histogram = result.histogram;
  const double seconds = std::max(histogram.seconds, 1e-9);
  std::string text =
      fmt::format("{} on {}\n{} units{}, {} samples in {:.2f} s ({} a second), seed {}\n",
                  result.scenario, result.place, histogram.units,
                  histogram.groups > 1 ? fmt::format(" in {} groups", histogram.groups) : "",
                  grouped(histogram.samples), histogram.seconds,
                  rounded(static_cast<double>(histogram.samples) / seconds), histogram.seed);
  std::size_t width = 7;
  for (const GradedOutcome& outcome : result.graded.outcomes)
    width = std::max(width, outcome.numbers.size());
  text += fmt::format("{:<{}} {:>13}  {:>8}  {:<18} {:>7}  {}\n", "outcome", width, "samples",
                      "share", "95 % interval", "for 99%", "grade");
  for (const GradedOutcome& outcome : result.graded.outcomes)
    text += row(outcome, histogram, width);
  text += sweep_text(result);
  text += "held against: " + result.graded.oracle.name + "\n";
  for (const std::string& remark : result.graded.remarks) text += "note: " + remark + "\n";
  for (const GradedOutcome& outcome : result.graded.outcomes) {
    if (outcome.remark.empty()) continue;
    text += fmt::format("{} {}: {}\n    again: {}\n",
                        outcome.standing == Standing::kFailed ? "FAILED" : "inconclusive",
                        outcome.numbers, outcome.remark, result.command);
  }
  return text;
}

std::string side_by_side(std::span<const StressResult> results) {
  std::vector<std::string> rows;
  std::size_t width = 7;
  for (const StressResult& result : results) {
    for (const GradedOutcome& outcome : result.graded.outcomes) {
      if (std::find(rows.begin(), rows.end(), outcome.numbers) == rows.end())
        rows.push_back(outcome.numbers);
      width = std::max(width, outcome.numbers.size());
    }
  }
  std::sort(rows.begin(), rows.end());
  std::string text = fmt::format("{:<{}}", "outcome", width);
  for (const StressResult& result : results)
    text += fmt::format("  {:<{}}", result.place, std::max<std::size_t>(result.place.size(), 9));
  for (const std::string& numbers : rows) {
    text += fmt::format("\n{:<{}}", numbers, width);
    for (const StressResult& result : results)
      text += fmt::format("  {:<{}}", cell(result, numbers),
                          std::max<std::size_t>(result.place.size(), 9));
  }
  text += fmt::format("\n{:<{}}", "samples", width);
  for (const StressResult& result : results)
    text += fmt::format("  {:<{}}", rounded(static_cast<double>(result.histogram.samples)),
                        std::max<std::size_t>(result.place.size(), 9));
  return text + "\n";
}

Json to_json(std::span<const StressResult> results) {
  const MachineFacts machine = machine_facts();
  const BuildFacts build = build_facts();
  Json list = Json::array();
  for (const StressResult& result : results) {
    list.push_back({{"scenario", result.scenario},
                    {"place", result.place},
                    {"command", result.command},
                    {"units", result.histogram.units},
                    {"groups", result.histogram.groups},
                    {"seed", result.histogram.seed},
                    {"samples", result.histogram.samples},
                    {"seconds", result.histogram.seconds},
                    {"stuck", result.histogram.stuck},
                    {"held_against", result.graded.oracle.name},
                    {"standing", name_of(result.graded.standing)},
                    {"remarks", result.graded.remarks},
                    {"outcomes", outcomes_json(result)},
                    {"settings", settings_json(result.histogram)}});
  }
  return {{"schema", "assay-stress"},
          {"schema_version", kVersion},
          {"host", to_json(machine)},
          {"build", to_json(build)},
          {"machine",
           {{"cpu", machine.cpu},
            {"cores", machine.cores},
            {"kernel", machine.kernel},
            {"architecture", machine.architecture},
            {"compiler", build.compiler},
            {"variant", build.variant}}},
          {"results", std::move(list)}};
}

}  // namespace assay
