#include "properties/program_rounds.h"

#include <algorithm>
#include <system_error>

#include "models/frame_pool.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

// Builds with a sanitizer are those whose frames are not pooled.
constexpr bool kSanitized = !kPoolsFrames;

std::vector<std::size_t> default_units(Effort effort) {
  if (kSanitized) return {2, 16};
  if (effort == Effort::kQuick) return {2, 64};
  return {2, 64, 1000};
}

Clock::duration default_duration(Effort effort) {
  return std::chrono::milliseconds(effort == Effort::kQuick ? 150 : 1000);
}

/// Why units could not be started, or nothing when all were. A host whose channels were refused
/// threw before any unit began.
std::string limit_of(const Trace& trace) {
  bool none_started = true;
  for (std::size_t i = 0; i < trace.units.size(); ++i) {
    const End& end = trace.units[i].end;
    const bool named = end.kind == EndKind::kNotStarted && !end.what.empty();
    if (named || end.kind == EndKind::kUnsupported) {
      return "unit " + std::to_string(i) + " of " + std::to_string(trace.units.size()) +
             (named ? " could not be started: " : " is unsupported: ") + end.what;
    }
    none_started = none_started && end.kind == EndKind::kNotStarted;
  }
  if (!none_started || trace.host.kind != EndKind::kThrew) return "";
  return std::to_string(trace.units.size()) + " units could not be started: " + trace.host.what;
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

}  // namespace

Program program_of(std::size_t units) {
  Program program;
  program.units.resize(units);
  return program;
}

std::uint32_t append(Program& program, std::size_t unit, const Step& step) {
  program.units[unit].push_back(step);
  return static_cast<std::uint32_t>(program.units[unit].size() - 1);
}

void add_barrier(Program& program) {
  const std::uint32_t gather = program.channels++;
  const std::uint32_t release = program.channels++;
  for (std::size_t unit = 1; unit < program.units.size(); ++unit) {
    append(program, 0, receive(gather));
  }
  for (std::size_t unit = 1; unit < program.units.size(); ++unit) {
    append(program, 0, send(release, 1));
    append(program, unit, send(gather, static_cast<std::int64_t>(unit)));
    append(program, unit, receive(release));
  }
}

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
      units_(options.units.empty() ? default_units(options.effort) : options.units),
      random_(options.seed) {
  observation.allowed = ValueSet::all(*trait_);
  const bool given = options.duration.count() > 0;
  deadline_ = Clock::now() + (given ? options.duration : default_duration(options.effort));
}

std::size_t ProgramRounds::most_units() const {
  const auto most = std::max_element(seen_units_.begin(), seen_units_.end());
  return most != seen_units_.end() ? static_cast<std::size_t>(*most) : 0;
}

bool ProgramRounds::go_on() const { return failure_.empty() && Clock::now() < deadline_; }

std::optional<Trace> ProgramRounds::run(const Program& program) {
  const std::size_t units = program.units.size();
  if (options_->progress) {
    options_->progress(std::string(trait_->slug) + " with " + std::to_string(units) + " units");
  }
  Trace trace;
  try {
    trace = runtime_->run(program);
  } catch (const std::system_error& error) {
    limit_ = error.what();
    return std::nullopt;
  }
  if (trace.completed() && trace.units.size() == units) {
    note_units(units);
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
  }
  return std::nullopt;
}

void ProgramRounds::note_units(std::size_t units) {
  // Not the counts of shrunk programs: those are no claim to have looked there.
  if (std::find(units_.begin(), units_.end(), units) == units_.end()) return;
  const auto count = static_cast<double>(units);
  const bool known = std::find(seen_units_.begin(), seen_units_.end(), count) != seen_units_.end();
  if (!known) seen_units_.push_back(count);
}

void ProgramRounds::exclude_value(std::uint8_t value, const Program& program,
                                  const std::string& why) {
  if (!observation.allowed.contains(value)) return;
  observation.allowed.erase(value);
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
  std::sort(seen_units_.begin(), seen_units_.end());
  observation.evidence.set("unit_counts", seen_units_);
  observation.evidence.set("seed", options_->seed);
  if (!limit_.empty()) observation.evidence.set("limit", limit_);
  return observation;
}

}  // namespace assay
