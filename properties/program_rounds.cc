#include "properties/program_rounds.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <system_error>

#include "models/sanitized.h"
#include "properties/hang.h"
#include "properties/low_limit.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

// Builds with a sanitizer are those whose frames are not pooled.

/// Programs of the default distribution have no more units, and those with more than the second
/// number are not shrunk.
constexpr std::size_t kMostByDefault = 32;
constexpr std::size_t kMostToShrink = 64;
/// How many programs are run to find a smaller one.
constexpr int kShrinkingRuns = kSanitized ? 30 : 120;
constexpr int kSlowShrinkingRuns = 8;

std::string with_underscores(std::string_view label) {
  std::string name(label);
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

std::vector<std::size_t> default_units(Effort effort) {
  if (kSanitized) return {2, 48};
  if (effort == Effort::kQuick) return {2, 64};
  return {2, 64, 1000};
}

Clock::duration default_duration(Effort effort) {
  return std::chrono::milliseconds(effort == Effort::kQuick ? 150 : 1000);
}

const Finding::Exclusion* find(const std::vector<Finding::Exclusion>& all, std::uint8_t value) {
  const auto found = std::ranges::find(all, value, &Finding::Exclusion::value);
  return found != all.end() ? &*found : nullptr;
}

std::size_t steps_of(const Program& program) {
  std::size_t steps = 0;
  for (const auto& unit : program.units) steps += unit.size();
  return steps;
}

/// Whether one case shows better than another that a value is excluded. What a busy machine may
/// have deceived does not: of such only the first was run again.
bool is_smaller(const Finding::Exclusion& one, const Case& of_one, const Finding::Exclusion& other,
                const Case& of_other) {
  if (one.may_be_slow || other.may_be_slow) return other.may_be_slow && !one.may_be_slow;
  return steps_of(of_one.program) < steps_of(of_other.program);
}

/// The program's table, cut to what a reader can take in.
std::string abridged(const Program& program) {
  constexpr std::size_t kUnits = 3;
  constexpr std::size_t kSteps = 16;
  Program part = program;
  part.units.resize(std::min(kUnits, part.units.size()));
  bool cut = false;
  for (auto& steps : part.units) {
    cut = cut || steps.size() > kSteps;
    steps.resize(std::min(kSteps, steps.size()));
  }
  std::string table = to_table(part);
  if (cut) table += "and further steps\n";
  const std::size_t more = program.units.size() - part.units.size();
  if (more > 0) table += "and " + std::to_string(more) + " more units\n";
  return table;
}

/// Runs the programs, but for those after one that did not complete: another hang would take as
/// long again. Programs that may have a host in common are run by twice as many each time.
std::vector<Trace> run_all(Runtime& runtime, std::span<const Program> programs) {
  std::vector<Trace> traces;
  const auto failed = [](const Trace& trace) {
    return !trace.completed() && limit_of(trace).empty();
  };
  for (std::size_t count = 1; !programs.empty() && !std::ranges::any_of(traces, failed);) {
    const auto next = programs.first(std::min(count, programs.size()));
    programs = programs.subspan(next.size());
    std::ranges::move(runtime.run_each(next), std::back_inserter(traces));
    if (runtime.bodies() != nullptr) count *= 2;
  }
  return traces;
}

}  // namespace

std::optional<std::int64_t> value_at(const Trace& trace, std::size_t unit, std::size_t step) {
  if (unit >= trace.units.size()) return std::nullopt;
  const Event* event = trace.units[unit].at(step);
  if (event == nullptr) return std::nullopt;
  return event->value;
}

ProgramRounds::ProgramRounds(TraitId trait, Runtime& runtime, const ProbeOptions& options)
    : trait_(&assay::trait(trait)),
      runtime_(&runtime),
      options_(&options),
      units_(options.units.empty() ? default_units(options.effort) : options.units) {
  observation.allowed = ValueSet::all(*trait_);
  const bool given = options.duration.count() > 0;
  deadline_ = Clock::now() + (given ? options.duration : default_duration(options.effort));
}

std::size_t ProgramRounds::most_units() const {
  const auto most = std::max_element(seen_units_.begin(), seen_units_.end());
  return most != seen_units_.end() ? static_cast<std::size_t>(*most) : 0;
}

bool ProgramRounds::go_on() const { return failure_.empty() && Clock::now() < deadline_; }

void ProgramRounds::note_progress(std::size_t units) {
  if (!options_->progress) return;
  options_->progress(std::string(trait_->slug) + " with " + std::to_string(units) + " units");
}

std::optional<Trace> ProgramRounds::run(const Program& program) {
  if (failed()) return std::nullopt;
  note_progress(program.units.size());
  try {
    return accept(program, runtime_->run(program));
  } catch (const std::system_error& error) {
    limit_ = error.what();
    return std::nullopt;
  }
}

std::optional<Trace> ProgramRounds::accept(const Program& program, Trace trace) {
  const std::size_t units = program.units.size();
  if (trace.completed() && trace.units.size() == units) {
    note_units(program);
    return trace;
  }
  if (const std::string limit = limit_of(trace); !limit.empty()) {
    limit_ = limit;
    return std::nullopt;
  }
  if (failure_.empty()) {
    failure_ = "a program that should complete with " + std::to_string(units) +
               " units did not: " + trace.failure();
    observation.counterexample = abridged(program) + trace.failure() + "\n" + trace.output;
    if (was_given_up(trace)) observation.evidence.set(kHung, trace.failure());
  }
  return std::nullopt;
}

void ProgramRounds::note_units(const Program& program) {
  const auto count = static_cast<double>(program.units.size());
  const bool known = std::find(seen_units_.begin(), seen_units_.end(), count) != seen_units_.end();
  if (!known) seen_units_.push_back(count);
}

void ProgramRounds::look(const Property& property, std::size_t units, int count) {
  constexpr int kAtOnce = 16;
  const auto lacks = [&](std::string_view label) { return !labels_.contains(label); };
  const auto shows_little = [&] {
    return units == 0 && std::ranges::any_of(property.must_occur, lacks);
  };
  for (int done = 0; done < count && !failed() && (done == 0 || go_on() || shows_little());
       done += kAtOnce) {
    note_progress(units);
    std::vector<rc::Shrinkable<Case>> generated;
    std::vector<Case> cases;
    std::vector<Program> programs;
    for (int i = done; i < std::min(count, done + kAtOnce); ++i) {
      generated.push_back(case_of(property, units, options_->seed, generated_++));
      cases.push_back(generated.back().value());
      programs.push_back(cases.back().program);
    }
    std::vector<Trace> traces;
    try {
      traces = run_all(*runtime_, programs);
    } catch (const std::system_error& error) {
      limit_ = error.what();
      return;
    }
    for (std::size_t i = 0; i < traces.size(); ++i) {
      const auto trace = accept(programs[i], std::move(traces[i]));
      if (!trace) continue;
      for (const std::string_view label : cases[i].labels) ++labels_[label];
      judge(generated[i], cases[i], *trace);
    }
  }
}

void ProgramRounds::look_at_properties(int count) {
  for (const Property& property : properties_of(trait_->id)) {
    // The large counts first: they are one program each, and small ones fill the time.
    for (auto units = units_.rbegin(); units != units_.rend(); ++units) {
      if (!options_->units.empty() || *units > kMostByDefault) look(property, *units, 1);
    }
    look(property, options_->units.empty() ? 0 : units_.front(), property.cases_for(count));
  }
  show(ValueSet::all(*trait_));
}

std::uint64_t ProgramRounds::counted(const std::string& name) const {
  const auto found = counts_.find(name);
  return found != counts_.end() ? found->second : 0;
}

std::string ProgramRounds::why_not_any(ValueSet values) const {
  const auto found = std::ranges::find_if(
      why_not_, [&](const auto& excluded) { return values.contains(excluded.first); });
  return found != why_not_.end() ? found->second : "";
}

void ProgramRounds::judge(const rc::Shrinkable<Case>& generated, const Case& found,
                          const Trace& trace) {
  const Finding finding = found.judge(trace);
  observation.tries += finding.tries;
  for (const auto& [name, count] : finding.counts) counts_[name] += count;
  for (const std::uint8_t value : finding.witnessed) observation.witnessed.insert(value);
  for (const Finding::Exclusion& exclusion : finding.exclusions) {
    const std::uint8_t value = exclusion.value;
    const bool is_new = observation.allowed.contains(value);
    if (is_new) {
      if (!stands(*runtime_, found, exclusion)) continue;
      exclude_value(value, exclusion.why);
    }
    const auto known = excluders_.find(value);
    if (is_new || (known != excluders_.end() &&
                   is_smaller(exclusion, found, *find(known->second.exclusions, value),
                              known->second.found))) {
      excluders_.insert_or_assign(value, Excluder{generated, found, finding.exclusions});
    }
  }
}

ProgramRounds::Shown ProgramRounds::shrink(std::uint8_t value, const Excluder& excluder) {
  const Finding::Exclusion& first = *find(excluder.exclusions, value);
  // What is shown is what has the time that it needs.
  const bool slow = first.may_be_slow;
  const auto decisive = [slow](const Case& one) { return slow ? one.slower().front() : one; };
  const int budget = slow ? kSlowShrinkingRuns : kShrinkingRuns;
  Exclusions exclusions = slow ? Exclusions{first} : excluder.exclusions;
  const auto still_fails = [&](const Case& smaller) {
    if (failed()) return false;
    const Case candidate = decisive(smaller);
    Trace trace = runtime_->run(candidate.program);
    if (!trace.completed()) {
      // A smaller program is as benign: what does not complete it has failed as well.
      static_cast<void>(accept(candidate.program, std::move(trace)));
      return false;
    }
    Exclusions again = candidate.judge(trace).exclusions;
    if (find(again, value) == nullptr) return false;
    exclusions = std::move(again);
    return true;
  };
  const bool worth_it = excluder.found.program.units.size() <= kMostToShrink;
  const Case best = worth_it ? smallest(excluder.generated, still_fails, budget) : excluder.found;
  return {decisive(best).program, std::move(exclusions)};
}

void ProgramRounds::show(ValueSet values) {
  const auto is_wanted = [&](const auto& excluder) { return values.contains(excluder.first); };
  while (!failed()) {
    const auto next = std::ranges::find_if(excluders_, is_wanted);
    if (next == excluders_.end()) return;
    const std::uint8_t value = next->first;
    const Shown shown = shrink(value, next->second);
    // What excludes one value often excludes another.
    for (const Finding::Exclusion& exclusion : shown.exclusions) {
      const bool certain = exclusion.value == value || !exclusion.may_be_slow;
      if (!certain || !values.contains(exclusion.value)) continue;
      if (excluders_.erase(exclusion.value) == 0) continue;
      why_not_[exclusion.value] = exclusion.why;
      add_counterexample(exclusion.value, shown.program, exclusion.why);
    }
  }
}

void ProgramRounds::exclude_value(std::uint8_t value, const std::string& why) {
  observation.allowed.erase(value);
  why_not_[value] = why;
  last_excluded_ = value;
}

void ProgramRounds::add_counterexample(std::uint8_t value, const Program& program,
                                       const std::string& why) {
  const std::string slug(trait_->values[value].slug);
  const std::string shown = why + "\n" + abridged(program);
  const bool same = !observation.counterexample.empty() && shown == last_shown_;
  observation.counterexample +=
      "excludes " + slug + (same ? ", by the same program\n" : ": " + shown);
  last_shown_ = shown;
}

Observation ProgramRounds::finish(const std::string& reason) {
  if (!failure_.empty()) {
    observation.allowed = ValueSet();
    observation.reason = failure_;
  } else if (seen_units_.empty()) {
    Observation none = not_measured(*trait_, limit_.empty() ? "no program was run" : limit_);
    none.evidence.set("seed", options_->seed);
    return none;
  } else {
    observation.reason = reason;
  }
  if (generated_ > 0) observation.evidence.set("generated_programs", generated_);
  for (const auto& [label, count] : labels_) {
    observation.evidence.set("programs_with_" + with_underscores(label), count);
  }
  for (const auto& [name, count] : counts_) observation.evidence.set(name, count);
  std::sort(seen_units_.begin(), seen_units_.end());
  observation.evidence.set("unit_counts", seen_units_);
  observation.evidence.set("seed", options_->seed);
  if (!limit_.empty()) observation.evidence.set("limit", limit_);
  return observation;
}

Observation with_generated_cases(Observation observation, TraitId trait, Runtime& runtime,
                                 const ProbeOptions& options) {
  if (!observation.measured || observation.allowed.empty()) return observation;
  ProgramRounds rounds(trait, runtime, options);
  rounds.observation.allowed = observation.allowed;  // What is excluded is not excluded again.
  rounds.look_at_properties(options.effort == Effort::kQuick ? 16 : 64);
  const Observation generated = rounds.finish("");
  if (!generated.measured) {
    observation.evidence.set("generated", "not measured: " + generated.reason);
    return observation;
  }
  for (const auto& [name, value] : generated.evidence.items()) {
    if (observation.evidence.find(name) == nullptr) observation.evidence.set(name, value);
  }
  observation.tries += generated.tries;
  const ValueSet both = observation.allowed & generated.allowed;
  if (both == observation.allowed) return observation;
  const std::string why_not = rounds.why_not_any(observation.allowed);
  observation.allowed = both;
  observation.witnessed = observation.witnessed & both;
  observation.reason += rounds.failed() ? "; but " + generated.reason
                                        : "; but a generated program excludes that: " + why_not;
  observation.counterexample = generated.counterexample;
  return observation;
}

}  // namespace assay
