#include "properties/kernel_rounds.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <system_error>

#include "properties/hang.h"
#include "properties/low_limit.h"

namespace assay {

std::vector<std::size_t> rungs_of(const ProbeOptions& options, std::vector<std::size_t> own,
                                  std::size_t least) {
  std::vector<std::size_t> rungs = options.units.empty() ? std::move(own) : options.units;
  for (std::size_t& rung : rungs) {
    if (kSanitized) rung = std::min<std::size_t>(rung, 64);
    rung = std::max(rung, least);
  }
  std::sort(rungs.begin(), rungs.end());
  rungs.erase(std::unique(rungs.begin(), rungs.end()), rungs.end());
  return rungs;
}

Budget::Budget(const ProbeOptions& options, std::chrono::milliseconds quick,
               std::chrono::milliseconds thorough)
    : end_(std::chrono::steady_clock::now()) {
  if (options.duration.count() > 0) {
    end_ += options.duration;
  } else {
    end_ += is_quick(options) ? quick : thorough;
  }
}

std::optional<Trace> Rounds::run(const Program& program) {
  // No value allows what was seen: nothing can be added, and another hang would take as long again.
  if (failed()) return std::nullopt;
  const std::size_t units = program.units.size();
  const std::string at = "at " + std::to_string(units) + " units: ";
  ++programs_;
  try {
    Trace trace = runtime_->run(program);
    if (trace.completed()) {
      if (counts_.empty() || counts_.back() != units) counts_.push_back(units);
      return trace;
    }
    if (const std::string limit = limit_of(trace); !limit.empty()) {
      limit_ = at + limit;
    } else {
      failure_ = at + trace.failure();
      hung_ = was_given_up(trace);
      failed_program_ = to_table(program) + trace.output;
    }
  } catch (const std::system_error& error) {
    limit_ = at + error.what();
  }
  return std::nullopt;
}

std::optional<Observation> Rounds::spoiled(TraitId id) const {
  if (failed()) {
    Observation observation;
    observation.tries = programs_;
    observation.reason = "expected a benign program to complete, found " + failure_;
    observation.counterexample = failed_program_;
    if (hung_) observation.evidence.set(kHung, failure_);
    describe(observation);
    return observation;
  }
  if (!counts_.empty()) return std::nullopt;
  return not_measured(trait(id), limit_.empty() ? "no program was run" : limit_);
}

void Rounds::describe(Observation& observation) const {
  std::vector<std::size_t> counts = counts_;
  std::sort(counts.begin(), counts.end());
  counts.erase(std::unique(counts.begin(), counts.end()), counts.end());
  observation.evidence.set("units", list_text(counts)).set("programs", programs_);
  if (!limit_.empty()) observation.evidence.set("limit", limit_);
}

std::string fixed(double number, int digits) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, number);
  return text.data();
}

std::string duration_text(std::int64_t ns) {
  if (ns >= 995'000'000) return fixed(static_cast<double>(ns) / 1e9, 2) + " s";
  if (ns >= 9'950'000) return fixed(static_cast<double>(ns) / 1e6, 0) + " ms";
  if (ns >= 995'000) return fixed(static_cast<double>(ns) / 1e6, 1) + " ms";
  if (ns >= 995) return fixed(static_cast<double>(ns) / 1e3, 0) + " us";
  return std::to_string(ns) + " ns";
}

std::string list_text(const std::vector<std::size_t>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0) text += i + 1 == numbers.size() ? " and " : ", ";
    text += std::to_string(numbers[i]);
  }
  return text;
}

}  // namespace assay
