#include "models/controlled/watching.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>

// NOLINTNEXTLINE(readability-identifier-naming): the interface of the sanitizers' runtimes.
extern "C" [[gnu::weak]] void __sanitizer_set_report_fd(void* fd);

namespace assay::controlled {
namespace {

void report_to(int fd) {
  if (__sanitizer_set_report_fd == nullptr) return;
  __sanitizer_set_report_fd(reinterpret_cast<void*>(static_cast<std::uintptr_t>(fd)));
}

bool is_plain(const Event& event) {
  return event.op.kind == OpKind::kRead || event.op.kind == OpKind::kWrite;
}

/// A buffered store is an access when it is made, and none when it is flushed.
bool race_when_unordered(const Event& a, const Event& b) {
  return a.op.object == b.op.object && !is_buffer(a.proc) && !is_buffer(b.proc) &&
         (a.did_write || b.did_write) && (is_plain(a) || is_plain(b));
}

}  // namespace

const Sighting* Verdicts::race() const {
  const auto found = std::find_if(tsan.begin(), tsan.end(), [](const Sighting& sighting) {
    return sighting.kind == Sighting::Kind::kDataRace;
  });
  return found == tsan.end() ? nullptr : &*found;
}

bool Verdicts::may_be_first(Access access) const {
  return std::find(first_accesses.begin(), first_accesses.end(), access) != first_accesses.end();
}

Watching::Watching() : silence_(open("/dev/null", O_WRONLY | O_CLOEXEC)) {
  report_to(silence_);
  execution_.set_recording(true);
}

Watching::~Watching() {
  report_to(STDERR_FILENO);
  close(silence_);
}

Verdicts Watching::replay(Subject& subject, const ExecutionOptions& options,
                          const std::vector<Proc>& schedule) {
  return run(subject, options, [&](const Execution& now, std::uint64_t) {
    return now.steps() < schedule.size() ? schedule[now.steps()] : kNobody;
  });
}

void Watching::keep_clock() {
  const std::uint32_t steps = execution_.steps();
  if (steps == clocks_.size()) return;
  clocks_.push_back(execution_.clock(unit_of(execution_.schedule()[steps - 1])));
}

/// What a unit knows after its step includes what the access itself acquired.
std::vector<Verdicts::Access> Watching::first_accesses(const Race& race) const {
  const std::vector<Event>& events = execution_.events();
  std::size_t taken = 0;
  std::array<std::uint32_t, kProcs> steps{};
  std::vector<std::uint32_t> step_of;  // The number of its unit's step that each event is part of.
  std::vector<Verdicts::Access> first;
  for (std::size_t second = 0; second < events.size() && first.empty(); ++second) {
    const Event& event = events[second];
    if (!event.op.has(Op::kInline)) {
      ++taken;
      ++steps.at(event.proc);
    }
    step_of.push_back(steps.at(event.proc));
    if (event.proc != race.second_unit || step_of.back() != race.second_step) continue;
    if (event.op.object != race.object) continue;
    const Clock& known = clocks_.at(taken - 1);
    for (std::size_t i = 0; i < second; ++i) {
      if (step_of[i] > known.of(unit_of(events[i].proc)) && race_when_unordered(events[i], event))
        first.push_back({events[i].proc, events[i].did_write});
    }
  }
  return first;
}

Verdicts Watching::verdicts() const {
  const auto sightings = execution_.sightings();
  Verdicts verdicts{execution_.race(),
                    {sightings.begin(), sightings.end()},
                    {execution_.schedule(), execution_.schedule() + execution_.steps()},
                    {}};
  if (verdicts.explorer) verdicts.first_accesses = first_accesses(*verdicts.explorer);
  return verdicts;
}

}  // namespace assay::controlled
