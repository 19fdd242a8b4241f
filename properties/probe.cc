#include "properties/probe.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "models/trait_table.h"
#include "properties/hang.h"
#include "properties/low_limit.h"

namespace assay {
namespace {

using Table = std::array<ProbeFunction, kTraits.size()>;

/// A function's own, so that it is there before the first registration.
Table& table() {
  static Table functions{};
  return functions;
}

Observation observe_or_say_why_not(const Probe& probe, Runtime& runtime,
                                   const ProbeOptions& options) {
  try {
    return probe.observe(runtime, options);
  } catch (const std::exception& error) {
    return not_measured(trait(probe.trait), std::string("the probe failed: ") + error.what());
  } catch (...) {
    return not_measured(trait(probe.trait), "the probe failed with an exception of unknown kind");
  }
}

/// Nothing is excluded, and nothing is left that could have been.
Observation only_witnessed(Observation seen, const Trait& of, std::string_view what,
                           const std::string& why) {
  if (seen.witnessed.empty()) seen.measured = false;
  seen.allowed = ValueSet::all(of);
  seen.tries = 0;
  seen.reason = why + (seen.reason.empty() ? "" : "; seen: " + seen.reason);
  seen.evidence.set(what, why);
  return seen;
}

/// A runtime that hung once gets no more than this for a program, which refutes nothing any more.
constexpr std::chrono::seconds kPatience{2};

/// What runtimes that hung in this process hung at, by their names.
std::map<std::string, std::string>& hung() {
  static std::map<std::string, std::string> traits;
  return traits;
}

/// Runs programs for as long as one may wait for a runtime that hung before, and none after one
/// that took longer.
class Impatient : public Runtime {
 public:
  explicit Impatient(Runtime& runtime) : runtime_(&runtime) {}

  [[nodiscard]] bool gave_up() const { return gave_up_; }

  [[nodiscard]] const RuntimeInfo& info() const override { return runtime_->info(); }
  NativeCosts* native_costs() override { return runtime_->native_costs(); }
  Trace run(const Program& program) override {
    if (gave_up_) return not_run(program);
    Program shorter = program;
    const std::int64_t patience = std::chrono::nanoseconds(kPatience).count();
    shorter.bound_ns = std::min(program.bound_ns, patience);
    Trace trace = runtime_->run(shorter);
    gave_up_ = shorter.bound_ns < program.bound_ns && was_given_up(trace);
    return trace;
  }

 private:
  static Trace not_run(const Program& program) {
    Trace trace;
    trace.units.resize(program.units.size());
    for (UnitTrace& unit : trace.units) unit.end = {EndKind::kNotStarted, 0, "it hung before"};
    return trace;
  }

  Runtime* runtime_;
  bool gave_up_ = false;
};

Observation observe_impatiently(const Probe& probe, Runtime& runtime, const ProbeOptions& options,
                                const std::string& hung_at) {
  Impatient impatient(runtime);
  Observation seen = observe_or_say_why_not(probe, impatient, options);
  const std::string before = runtime.info().name + " hung before, at " + hung_at;
  if (impatient.gave_up()) {
    return only_witnessed(std::move(seen), trait(probe.trait), kHung,
                          before + ", and was given up after 2 s here");
  }
  if (!seen.measured) seen.reason = before + ", so only its programs are run: " + seen.reason;
  return seen;
}

Observation observe_patiently(const Probe& probe, Runtime& runtime, const ProbeOptions& options) {
  Observation seen = observe_or_say_why_not(probe, runtime, options);
  if (seen.evidence.find(kHung) != nullptr) {
    hung().emplace(runtime.info().name, trait(probe.trait).slug);
  }
  return seen;
}

}  // namespace

Observation observe(const Probe& probe, Runtime& runtime, const ProbeOptions& options) {
  const auto before = hung().find(runtime.info().name);
  Observation seen = before == hung().end()
                         ? observe_patiently(probe, runtime, options)
                         : observe_impatiently(probe, runtime, options, before->second);
  if (!seen.measured) return seen;
  const std::string limit = low_limit(kUnitsOfProbes);
  if (limit.empty()) return seen;
  return only_witnessed(std::move(seen), trait(probe.trait), "low_limit", limit);
}

ProbeRegistration::ProbeRegistration(TraitId trait, ProbeFunction observe) {
  ProbeFunction& place = table().at(static_cast<std::size_t>(trait));
  if (place != nullptr) {
    throw std::logic_error("two probes of the trait " + std::string(assay::trait(trait).slug));
  }
  place = observe;
}

std::vector<Probe> probes() {
  std::vector<Probe> linked;
  for (const Trait& trait : traits()) {
    const ProbeFunction observe = table().at(static_cast<std::size_t>(trait.id));
    if (observe != nullptr) linked.push_back({trait.id, observe});
  }
  return linked;
}

Probe probe_of(TraitId trait) {
  const ProbeFunction observe = table().at(static_cast<std::size_t>(trait));
  if (observe == nullptr) {
    throw std::logic_error("no probe of the trait " + std::string(assay::trait(trait).slug) +
                           " is linked; add its library to the deps (//properties:probes has all)");
  }
  return {trait, observe};
}

}  // namespace assay
