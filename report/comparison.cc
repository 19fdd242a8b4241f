#include "report/comparison.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <stdexcept>

#include "report/json.h"

namespace assay {
namespace {

constexpr double kTogether = 0.05;  ///< What the intervals may miss, all of them together.

// ---- Files. ----

/// Whether more of it is better, by the name that carries its unit.
bool more_is_better(std::string_view name) {
  return name.find("per_s") != std::string_view::npos || name == "speed_up" ||
         name == "items_per_second" || name == "bytes_per_second";
}

/// A cost by its name; other evidence (counts, seeds, limits) is no measurement.
bool is_cost(std::string_view name) {
  return name.ends_with("_ns") || name.ends_with("_us") || name.ends_with("ratio") ||
         name.ends_with("_bytes") || more_is_better(name);
}

std::vector<double> numbers_in(const Json& list) {
  std::vector<double> numbers;
  for (const Json& item : list) {
    if (item.is_number()) numbers.push_back(item);
  }
  return numbers;
}

/// `name`, `name_low` and `name_high` of one object.
std::optional<Estimate> estimate_in(const Json& object, const std::string& name) {
  const auto low = object.find(name + "_low");
  const auto high = object.find(name + "_high");
  if (low == object.end() || high == object.end()) return std::nullopt;
  if (!low->is_number() || !high->is_number() || !object.at(name).is_number()) return std::nullopt;
  return Estimate{object.at(name), {*low, *high}};
}

void add_evidence(const std::string& prefix, const Json& evidence, std::vector<Measured>& all) {
  for (const auto& [name, value] : evidence.items()) {
    if (!is_cost(name)) continue;
    Measured one{prefix + name, {}, std::nullopt, more_is_better(name)};
    if (value.is_array()) {
      // A ladder has a number a rung; samples of one thing are called so.
      if (!name.starts_with("samples")) continue;
      one.samples = numbers_in(value);
    } else if (value.is_number()) {
      one.estimate = estimate_in(evidence, name);
      if (!one.estimate) one.samples = {value.get<double>()};
    } else {
      continue;
    }
    all.push_back(std::move(one));
  }
}

std::vector<Measured> of_assay(const Json& document) {
  std::vector<Measured> all;
  for (const Json& result : document.at("results")) {
    const std::string prefix = result.at("runtime").get<std::string>() + "/" +
                               result.at("claim").at("trait").get<std::string>() + "/";
    add_evidence(prefix, result.at("observation").at("evidence"), all);
  }
  return all;
}

/// Repetitions of a benchmark have one name; CPU time counts less of what others do.
std::vector<Measured> of_google_benchmark(const Json& document) {
  std::vector<Measured> all;
  std::map<std::string, std::size_t> known;
  const auto add = [&](const std::string& name, double value, bool more) {
    const auto [at, is_new] = known.try_emplace(name, all.size());
    if (is_new) all.push_back({name, {}, std::nullopt, more});
    all[at->second].samples.push_back(value);
  };
  for (const Json& run : document.at("benchmarks")) {
    if (run.value("run_type", "iteration") != "iteration") continue;
    const std::string name = run.value("run_name", run.at("name").get<std::string>());
    if (run.value("error_occurred", false)) continue;
    // A time by a clock of the benchmark's own is reported as real time alone.
    const bool manual = name.find("/manual_time") != std::string::npos ||
                        name.find("/real_time") != std::string::npos;
    add(name, run.at(manual ? "real_time" : "cpu_time"), false);
    for (const auto& [counter, value] : run.items()) {
      if (value.is_number() && more_is_better(counter)) add(name + " " + counter, value, true);
    }
    if (run.contains("ratio") && run.contains("low") && run.contains("high")) {
      all.push_back(
          {name + " ratio", {}, Estimate{run["ratio"], {run["low"], run["high"]}}, false});
    }
  }
  return all;
}

// ---- Rows. ----

double drawn_median(const std::vector<double>& samples, std::mt19937_64& random,
                    std::vector<double>& drawn) {
  drawn.clear();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    drawn.push_back(samples[random() % samples.size()]);
  }
  return median(drawn);
}

/// The ratio of two medians of samples that have nothing to do with each other; `tail` is what the
/// interval leaves out on each side.
Estimate ratio_of(const std::vector<double>& above, const std::vector<double>& below, double tail,
                  std::uint64_t seed) {
  constexpr int kDraws = 4'000;
  std::mt19937_64 random(seed);
  std::vector<double> drawn;
  std::vector<double> ratios;
  for (int i = 0; i < kDraws; ++i) {
    const double a = drawn_median(above, random, drawn);
    const double b = drawn_median(below, random, drawn);
    ratios.push_back(a / b);
  }
  return {median(above) / median(below), {percentile(ratios, tail), percentile(ratios, 1 - tail)}};
}

Change change_of(const Interval& slowdown, double margin) {
  if (slowdown.low > 1 + margin) return Change::kSlower;
  if (slowdown.high < 1 - margin) return Change::kFaster;
  if (slowdown.low >= 1 - margin && slowdown.high <= 1 + margin) return Change::kSame;
  return Change::kNoise;
}

bool all_above_zero(const Measured& one) {
  return std::all_of(one.samples.begin(), one.samples.end(), [](double s) { return s > 0; });
}

/// Two intervals of 95 % each: the ratio lies between that of their ends.
void compare_estimates(const Estimate& before, const Estimate& after, ComparedRow& row) {
  row.before = before.value;
  row.after = after.value;
  if (before.interval.low <= 0 || after.interval.low <= 0) {
    row.why = "an interval that is not above 0 has no ratio";
    return;
  }
  row.slowdown = {
      after.value / before.value,
      {after.interval.low / before.interval.high, after.interval.high / before.interval.low}};
}

void compare_samples(const Measured& before, const Measured& after, double tail, std::uint64_t seed,
                     ComparedRow& row) {
  row.before = median(before.samples);
  row.after = median(after.samples);
  const std::size_t fewest = std::min(before.samples.size(), after.samples.size());
  if (fewest < kFewestSamples) {
    row.why = std::to_string(fewest) + (fewest == 1 ? " sample" : " samples") +
              ", which noise cannot be told from (--benchmark_repetitions=10)";
  } else if (!all_above_zero(before) || !all_above_zero(after)) {
    row.why = "a sample that is not above 0 has no ratio";
  } else {
    row.slowdown = ratio_of(after.samples, before.samples, tail, seed);
  }
}

void turn_round(Estimate& ratio) {
  ratio = {1 / ratio.value, {1 / ratio.interval.high, 1 / ratio.interval.low}};
}

}  // namespace

std::vector<Measured> measured_in(const std::string& text) {
  const Json document = Json::parse(text, nullptr, false);
  std::vector<Measured> all;
  try {
    if (document.is_object() && document.value("schema", "") == "assay-results") {
      all = of_assay(document);
    } else if (document.is_object() && document.contains("benchmarks")) {
      all = of_google_benchmark(document);
    } else {
      throw std::invalid_argument(
          "expected results of `assay --json=FILE` or of a benchmark's --benchmark_out=FILE");
    }
  } catch (const Json::exception& error) {
    throw std::invalid_argument(std::string("not as documented: ") + error.what());
  }
  return all;
}

std::string_view to_string(Change change) {
  switch (change) {
    case Change::kSlower:
      return "slower";
    case Change::kFaster:
      return "faster";
    case Change::kSame:
      return "same";
    case Change::kNoise:
      return "noise";
    case Change::kUntold:
      return "untold";
  }
  return "";
}

std::vector<ComparedRow> compare(const std::vector<Measured>& before,
                                 const std::vector<Measured>& after,
                                 const ComparisonOptions& options) {
  std::map<std::string, const Measured*> by_name;
  for (const Measured& one : before) by_name[one.name] = &one;
  const auto in_both = std::count_if(after.begin(), after.end(), [&](const Measured& one) {
    return by_name.contains(one.name) && one.samples.size() >= kFewestSamples;
  });
  const double tail = kTogether / 2 / std::max<double>(1, static_cast<double>(in_both));
  std::vector<ComparedRow> rows;
  for (const Measured& one : after) {
    const auto found = by_name.find(one.name);
    if (found == by_name.end()) continue;
    const Measured& old = *found->second;
    ComparedRow row{one.name, 0, 0, {}, Change::kUntold, ""};
    if (one.estimate && old.estimate) {
      compare_estimates(*old.estimate, *one.estimate, row);
    } else if (one.samples.empty() || old.samples.empty()) {
      row.why = "no samples";
    } else {
      compare_samples(old, one, tail, options.seed, row);
    }
    if (row.why.empty()) {
      if (one.more_is_better) turn_round(row.slowdown);
      row.change = change_of(row.slowdown.interval, options.margin);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace assay
