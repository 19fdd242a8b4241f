#include "properties/rounds.h"

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

Rounds::Rounds(TraitId trait, Runtime& runtime, const ProbeOptions& options)
    : trait_(&assay::trait(trait)),
      runtime_(&runtime),
      options_(&options),
      units_(options.units.empty() ? default_units(options.effort) : options.units),
      random_(options.seed) {
  observation.allowed = ValueSet::all(*trait_);
  const bool given = options.duration.count() > 0;
  deadline_ = Clock::now() + (given ? options.duration : default_duration(options.effort));
}

bool Rounds::go_on() const { return failure_.empty() && Clock::now() < deadline_; }

std::optional<Trace> Rounds::run(const Program& program) {
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
    const auto count = static_cast<double>(units);
    if (std::find(seen_units_.begin(), seen_units_.end(), count) == seen_units_.end()) {
      seen_units_.push_back(count);
    }
    return trace;
  }
  if (const std::string limit = limit_of(trace); !limit.empty()) {
    limit_ = limit;
    return std::nullopt;
  }
  if (failure_.empty()) {
    failure_ = "a program that should complete with " + std::to_string(units) +
               " units did not: " + trace.failure();
    observation.counterexample = to_table(program) + trace.failure() + "\n" + trace.output;
  }
  return std::nullopt;
}

void Rounds::exclude_value(std::uint8_t value, const Program& program, const std::string& why) {
  if (!observation.allowed.contains(value)) return;
  observation.allowed.erase(value);
  const std::string slug(trait_->values[value].slug);
  observation.counterexample += "excludes " + slug + ": " + why + "\n" + to_table(program);
}

Observation Rounds::finish(const std::string& reason) {
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
