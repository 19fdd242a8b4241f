#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "models/host.h"
#include "models/interpreter.h"
#include "models/large_pages.h"
#include "models/report_log.h"
#include "models/run_memory.h"
#include "models/runtime.h"

namespace assay {

const Claim* Runtime::claim_of(TraitId trait) const {
  const auto& claims = info().claims;
  const auto found = std::find_if(claims.begin(), claims.end(),
                                  [&](const Claim& claim) { return claim.trait == trait; });
  return found != claims.end() ? &*found : nullptr;
}

std::vector<Trace> Runtime::run_each(std::span<const Program> programs) {
  std::vector<Trace> traces;
  traces.reserve(programs.size());
  for (const Program& program : programs) traces.push_back(run(program));
  return traces;
}

bool BodyResult::completed() const { return host.ok() && ends.all_completed(); }

std::string BodyResult::failure() const {
  Trace trace;
  for (const End& end : ends) trace.units.push_back({{}, end});
  trace.host = host;
  return trace.failure();
}

namespace {

std::size_t aligned(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

}  // namespace

/// The memory of one run, which outlives its units: locks, reports, shared state, ends.
class BodyRuntime::Memory {
 public:
  /// `alone`: no other process will see it.
  Memory(const Bodies& bodies, bool alone)
      : count_(bodies.count),
        locks_count_(bodies.locks),
        log_at_(aligned(kLocksAt + bodies.locks * sizeof(std::atomic<std::uint32_t>))),
        shared_at_(aligned(log_at_ + ReportLog::bytes_for(bodies.reports))),
        ends_at_(aligned(shared_at_ + bodies.shared_bytes)),
        memory_(ends_at_ + EndRecords::bytes_for(bodies.count), alone) {
    log().capacity = bodies.reports;
  }

  std::atomic<std::uint64_t>& finished() { return *at<std::atomic<std::uint64_t>>(0); }
  std::span<std::atomic<std::uint32_t>> locks() {
    return {at<std::atomic<std::uint32_t>>(kLocksAt), locks_count_};
  }
  ReportLog& log() { return *at<ReportLog>(log_at_); }
  std::byte* shared() { return memory_.data() + shared_at_; }
  EndRecords ends() { return {memory_.data() + ends_at_, count_}; }

  /// True when every unit did.
  bool completed() {
    const EndRecords units = ends();
    std::size_t unit = 0;
    while (unit < units.size() && units.kind(unit) == EndKind::kCompleted) ++unit;
    return unit == units.size();
  }

  BodyResult collect(const End& host) {
    BodyResult result;
    result.host = host;
    result.ends = ends().results(host);
    result.reports = log().by_unit(count_);
    // Nothing was written behind the kinds then.
    if (result.ends.all_completed()) memory_.keep(ends_at_ + count_);
    return result;
  }

 private:
  static constexpr std::size_t kLocksAt = 64;

  template <typename T>
  T* at(std::size_t offset) {
    return reinterpret_cast<T*>(memory_.data() + offset);
  }

  std::size_t count_;
  std::size_t locks_count_;
  std::size_t log_at_;
  std::size_t shared_at_;
  std::size_t ends_at_;
  RunMemory memory_;
};

std::unique_ptr<Channel> BodyRuntime::make_channel() { return std::make_unique<QueueChannel>(); }

std::optional<std::string> BodyRuntime::refuses(const Bodies& bodies) const {
  if (bodies.count == 0) return "a run needs at least one unit";
  if (!bodies.task == !bodies.blocking) return "a run needs one body, in one of the two forms";
  return std::nullopt;
}

namespace {

/// In the place of the one that a runtime forgot to set.
class NoSwitching : public Switching {
 public:
  explicit NoSwitching(Run& run) : run_(&run) {}
  [[nodiscard]] bool blocks() const override { missing(); }
  void sent(Channel&) override { missing(); }

 private:
  [[noreturn]] void missing() const {
    const std::string why =
        "run_units set no `run.switching`, by which its units give way and wait";
    // Some of the callers may not throw.
    if (!run_->hosted) throw std::logic_error(why);
    for (std::size_t unit = 0; unit < run_->ends.size(); ++unit) {
      if (run_->ends.kind(unit) == EndKind::kRunning) {
        run_->set_end(unit, {EndKind::kThrew, 0, why});
      }
    }
    std::_Exit(EXIT_FAILURE);
  }

  Run* run_;
};

}  // namespace

void BodyRuntime::launch(const Bodies& bodies, Memory& memory, bool hosted) {
  Run run;
  NoSwitching none(run);
  run.switching = &none;
  run.hosted = hosted;
  run.task = bodies.task ? &bodies.task : nullptr;
  run.blocking = bodies.blocking ? &bodies.blocking : nullptr;
  run.finished = &memory.finished();
  run.ends = memory.ends();
  run.shared = memory.shared();
  run.locks = memory.locks();
  run.log = &memory.log();
  for (std::uint32_t i = 0; i < bodies.channels; ++i) run.channels.push_back(make_channel());
  std::vector<Unit, LargePages<Unit>> units(bodies.count, Unit(run));
  run.units = units.data();
  if (bodies.before) bodies.before(run.shared);
  run_units(run, units, bodies.bound);
  if (bodies.after) bodies.after(run.shared);
}

namespace {

/// A runtime that can give up a unit by itself does so at the bound; its host lives a little
/// longer, but not many times as long as a short bound.
std::chrono::nanoseconds bound_of_host(std::chrono::nanoseconds bound) {
  return bound + bound / 4 + std::min<std::chrono::nanoseconds>(bound, std::chrono::seconds(1));
}

}  // namespace

BodyResult BodyRuntime::run_bodies(const Bodies& bodies, bool hosted) {
  if (const auto why = refuses(bodies)) throw std::invalid_argument(info().name + ": " + *why);
  Memory memory(bodies, !hosted && stays_in_process());
  if (!hosted) {
    launch(bodies, memory, false);
    return memory.collect({EndKind::kCompleted, 0, ""});
  }
  HostOptions options;
  options.bound = bound_of_host(bodies.bound);
  const HostResult host = run_in_host(options, [&] { launch(bodies, memory, true); });
  BodyResult result = memory.collect(host.end);
  result.output = host.output;
  return result;
}

BodyResult BodyRuntime::run_here(const Bodies& bodies) { return run_bodies(bodies, false); }

BodyResult BodyRuntime::run_hosted(const Bodies& bodies) { return run_bodies(bodies, true); }

namespace {

/// User and system time of this process and of the children that it waited for.
std::int64_t cpu_ns() {
  const auto ns = [](const timeval& t) { return (t.tv_sec * 1'000'000LL + t.tv_usec) * 1'000; };
  std::int64_t sum = 0;
  for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    getrusage(who, &usage);
    sum += ns(usage.ru_utime) + ns(usage.ru_stime);
  }
  return sum;
}

std::int64_t monotonic_ns() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

struct Clocks {
  std::int64_t wall_ns;
  std::int64_t cpu_ns;
  bool complete;
};

}  // namespace

/// A program, as bodies that interpret it, with the memory that outlives its host.
class BodyRuntime::Prepared {
 public:
  /// `alone`: no other process will see its memory.
  Prepared(const Program& program, Regions& regions, bool alone)
      : layout_(program), bodies_(bodies_of(program, regions)), memory_(bodies_, alone) {}
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;

  /// Returns true when every unit completed.
  bool run(BodyRuntime& runtime, bool hosted) {
    runtime.launch(bodies_, memory_, hosted);
    return memory_.completed();
  }

  Trace trace(const End& host) {
    BodyResult result = memory_.collect(host);
    Trace trace;
    if (const auto& clocks = *reinterpret_cast<Clocks*>(memory_.shared()); clocks.complete) {
      trace.wall_ns = clocks.wall_ns;
      trace.cpu_ns = clocks.cpu_ns;
    }
    trace.host = host;
    trace.units.reserve(bodies_.count);
    for (std::size_t i = 0; i < bodies_.count; ++i) {
      trace.units.push_back({layout_.events(memory_.shared() + sizeof(Clocks), i), result.ends[i]});
    }
    return trace;
  }

 private:
  Bodies bodies_of(const Program& program, Regions& regions) {
    Bodies bodies;
    bodies.count = program.units.size();
    bodies.channels = program.channels;
    bodies.locks = program.locks;
    bodies.shared_bytes = sizeof(Clocks) + layout_.bytes();
    bodies.bound = std::chrono::nanoseconds(program.bound_ns);
    bodies.task = [&](Unit& unit) { return interpret(unit, program, regions, layout_); };
    bodies.before = [&](std::byte* shared) {
      regions.prepare(program, shared + sizeof(Clocks));
      *reinterpret_cast<Clocks*>(shared) = {monotonic_ns(), cpu_ns(), false};
    };
    bodies.after = [](std::byte* shared) {
      auto& clocks = *reinterpret_cast<Clocks*>(shared);
      clocks = {monotonic_ns() - clocks.wall_ns, cpu_ns() - clocks.cpu_ns, true};
    };
    return bodies;
  }

  TraceLayout layout_;
  Bodies bodies_;
  Memory memory_;
};

namespace {

/// How far a host has come, in memory that outlives it.
struct Progress {
  std::atomic<std::int64_t> began_ns;   ///< When the program that runs now began.
  std::atomic<std::uint64_t> finished;  ///< Programs whose units all completed.
};

/// Puts back the cores that this process may use, which a program may cut down to one.
class KeepsCores {
 public:
  KeepsCores() { known_ = sched_getaffinity(0, sizeof(cores_), &cores_) == 0; }
  KeepsCores(const KeepsCores&) = delete;
  KeepsCores& operator=(const KeepsCores&) = delete;
  ~KeepsCores() {
    if (known_) sched_setaffinity(0, sizeof(cores_), &cores_);
  }

 private:
  cpu_set_t cores_{};
  bool known_ = false;
};

bool raises_fault(const Program& program) {
  const auto is_fault = [](const Step& step) { return step.op == Op::kFault; };
  return std::any_of(program.units.begin(), program.units.end(), [&](const auto& steps) {
    return std::any_of(steps.begin(), steps.end(), is_fault);
  });
}

/// How many of the programs, at least one, can have one host: none that harms it, all given up
/// after the same time.
std::size_t common_host(std::span<const Program> programs) {
  constexpr std::size_t kMost = 64;
  std::size_t count = 0;
  while (count < std::min(kMost, programs.size()) && !raises_fault(programs[count]) &&
         programs[count].bound_ns == programs[0].bound_ns) {
    ++count;
  }
  return std::max<std::size_t>(1, count);
}

}  // namespace

void BodyRuntime::run_in_one_host(std::span<const Program> programs, std::vector<Trace>& traces) {
  // A local variable: one of the regions is the stack of the function that starts the units.
  Regions regions;
  std::vector<std::unique_ptr<Prepared>> prepared;
  for (const Program& program : programs) {
    validate(program);
    prepared.push_back(std::make_unique<Prepared>(program, regions, false));
  }
  const SharedMapping memory(sizeof(Progress));
  auto& progress = *memory.at<Progress>(0);
  HostOptions options;
  options.bound = bound_of_host(std::chrono::nanoseconds(programs[0].bound_ns));
  options.bound_from_ns = &progress.began_ns;
  const HostResult host = run_in_host(options, [&] {
    for (const auto& each : prepared) {
      const KeepsCores keeps_cores;
      progress.began_ns = monotonic_ns();
      // A host in which a unit failed is not used again.
      if (!each->run(*this, true)) return;
      ++progress.finished;
    }
  });
  const std::size_t last = std::min<std::size_t>(progress.finished, programs.size() - 1);
  for (std::size_t i = 0; i < last; ++i) {
    traces.push_back(prepared[i]->trace({EndKind::kCompleted, 0, ""}));
  }
  traces.push_back(prepared[last]->trace(host.end));
  traces.back().output = host.output;
}

std::vector<Trace> BodyRuntime::run_each(std::span<const Program> programs) {
  std::vector<Trace> traces;
  traces.reserve(programs.size());
  while (traces.size() < programs.size()) {
    const auto rest = programs.subspan(traces.size());
    run_in_one_host(rest.first(leaves_host_fresh() ? common_host(rest) : 1), traces);
  }
  return traces;
}

Trace BodyRuntime::run(const Program& program) {
  std::vector<Trace> traces;
  run_in_one_host(std::span(&program, 1), traces);
  return std::move(traces.front());
}

Trace BodyRuntime::run_program_here(const Program& program) {
  validate(program);
  Regions regions;
  Prepared prepared(program, regions, stays_in_process());
  prepared.run(*this, false);
  return prepared.trace({EndKind::kCompleted, 0, ""});
}

}  // namespace assay
