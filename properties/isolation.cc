// A matrix of injected faults against who survives: one unit has the fault, its siblings work
// before, during and after it. The rank is by the number of contained faults against the rivals',
// which are observed in the same way; what lets a fault through is not high, whatever the rivals
// do. Who contains them all is shown every other signal that ends a process, too.
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <map>
#include <tuple>
#include <utility>

#include "models/shared_mapping.h"
#include "properties/isolation_signals.h"
#include "properties/kernel_rounds.h"
#include "properties/least_effort.h"
#include "properties/low_limit.h"

namespace assay {
namespace {

using isolation::Fate;
using isolation::Outcome;

constexpr std::uint32_t kReady = 0;  // Channels.
constexpr std::uint32_t kFault = 1;
constexpr std::uint32_t kWork = 100;

/// One more than the interpreter has, of ordinary steps: a store into what a sibling works on.
constexpr auto kStrayWrite = static_cast<Fault>(kFaults);
constexpr int kInjections = kFaults + 1;

std::string name_of(Fault fault) {
  return fault == kStrayWrite ? "stray_write" : std::string(to_string(fault));
}

/// What a sibling looks at, before and after.
Identity ambient_of(Fault fault) {
  switch (fault) {
    case Fault::kErrno:
      return Identity::kErrno;
    case Fault::kRoundingMode:
      return Identity::kRoundingMode;
    case Fault::kLocale:
      return Identity::kLocale;
    case Fault::kWorkingDirectory:
      return Identity::kWorkingDirectory;
    case Fault::kUmask:
      return Identity::kUmask;
    case Fault::kSignalDisposition:
      return Identity::kSignalDisposition;
    case Fault::kEnvironment:
      return Identity::kEnvironment;
    case Fault::kMemoryExhaustion:
      return Identity::kCanAllocate;
    default:
      return Identity::kCanOpen;
  }
}

bool hangs(Fault fault) { return fault == Fault::kEndlessLoop || fault == Fault::kDeadlock; }

/// The unit goes on after the fault, and can say what it did.
bool goes_on(Fault fault) {
  return fault >= Fault::kErrno || fault == Fault::kMemoryExhaustion ||
         fault == Fault::kDescriptorExhaustion;
}

/// Where many units are started for each fault, that takes long: of the faults that a larger number
/// could make a difference to, one of each kind.
constexpr std::size_t kMany = 1'000;
bool is_tried_on_many(Fault fault) {
  return fault == Fault::kAbort || fault == Fault::kUmask || fault == kStrayWrite;
}

// Steps of a sibling. It works on a cell of the heap of its own, while there are cells.
constexpr std::size_t kMostWorkers = kCells;
constexpr std::size_t kTask = 0;  // Of every unit.
constexpr std::size_t kLookBefore = 1;
constexpr std::size_t kReadWork = 8;
constexpr std::size_t kLookAfter = 9;

std::vector<Step> sibling_steps(Fault fault, std::uint32_t unit) {
  const bool works = unit < kMostWorkers;
  const std::uint32_t cell = works ? unit : 0;
  const Step work = works ? add(Region::kHeap, cell, kWork) : yield(1);
  return {record(Identity::kKernelTask),
          record(ambient_of(fault)),
          work,
          send(kReady, 1),
          receive(kFault),
          work,
          sleep(1'000'000),  // A fault that ends all has done so by now.
          work,
          read(Region::kHeap, cell),
          record(ambient_of(fault))};
}

/// The steps that inject a fault.
std::vector<Step> injection(Fault kind, std::size_t siblings) {
  if (kind != kStrayWrite) return {fault(kind)};
  std::vector<Step> steps;
  for (std::uint32_t u = 1; u <= siblings && u < kMostWorkers; ++u) {
    steps.push_back(write(Region::kHeap, u, -1));
  }
  return steps;
}

std::vector<Step> faulty_steps(Fault kind, std::size_t siblings) {
  const Step look = kind == kStrayWrite ? read(Region::kHeap, 1) : record(ambient_of(kind));
  const std::vector<Step> injected = injection(kind, siblings);
  std::vector<Step> steps{record(Identity::kKernelTask), look};
  steps.insert(steps.end(), siblings, receive(kReady));
  // Who goes on tells the siblings when it is done; who does not, before.
  if (goes_on(kind)) {
    steps.insert(steps.end(), injected.begin(), injected.end());
    steps.push_back(look);
  }
  steps.insert(steps.end(), siblings, send(kFault, 1));
  if (!goes_on(kind)) steps.insert(steps.end(), injected.begin(), injected.end());
  return steps;
}

Program make_program(Fault kind, std::size_t units, bool one_core, std::int64_t bound_ns) {
  Program program;
  program.channels = 2;
  program.one_core = one_core;
  program.bound_ns = bound_ns;
  program.units.push_back(faulty_steps(kind, units - 1));
  for (std::uint32_t u = 1; u < units; ++u) {
    program.units.push_back(sibling_steps(kind, u));
  }
  return program;
}

/// Siblings of a unit that hangs did not end, but might in more time: they had not all begun, or
/// they have a kernel task of their own, which on a busy machine waits for its turn.
bool was_cut_short(const Trace& trace) {
  const UnitTrace& faulty = trace.units.front();
  const std::size_t announced = 2 * (trace.units.size() - 1) + 1;
  bool all_ended = true;
  bool own_tasks = false;
  for (std::size_t u = 1; u < trace.units.size(); ++u) {
    const UnitTrace& sibling = trace.units[u];
    all_ended = all_ended && sibling.end.ok();
    const Event* task = sibling.at(kTask);
    own_tasks = own_tasks || (task != nullptr && faulty.at(kTask) != nullptr &&
                              task->value != faulty.at(kTask)->value);
  }
  return !all_ended && (faulty.at(announced) == nullptr || own_tasks);
}

std::string damage_of_sibling(const Trace& trace, std::size_t unit, Fault fault,
                              std::int64_t faulty_look) {
  const UnitTrace& sibling = trace.units[unit];
  const std::string name = "unit " + std::to_string(unit) + " ";
  if (!sibling.end.ok()) return name + to_string(sibling.end);
  const Event* after = sibling.at(kLookAfter);
  if (after == nullptr) return name + "did not do all of its work";
  if (unit < kMostWorkers && sibling.at(kReadWork)->value != std::int64_t{3} * kWork) {
    return name + "lost work";
  }
  const std::string_view ambient = to_string(ambient_of(fault));
  const std::int64_t before = sibling.at(kLookBefore)->value;
  // A system call of the sibling itself may set errno, but not to what the faulty unit set.
  const bool changed = fault == Fault::kErrno ? after->value == faulty_look && before != faulty_look
                                              : after->value != before;
  return changed ? name + "found " + std::string(ambient) + " changed from " +
                       std::to_string(before) + " to " + std::to_string(after->value)
                 : "";
}

bool was_not_started(const Trace& trace) {
  for (const UnitTrace& unit : trace.units) {
    if (unit.end.kind == EndKind::kNotStarted || unit.end.kind == EndKind::kUnsupported)
      return true;
  }
  return false;
}

/// A busy machine may take longer for many units than anybody waits.
bool was_too_slow(const Trace& trace) {
  return trace.units.size() >= kMany && trace.host.kind == EndKind::kGaveUp;
}

Outcome judge_trace(const Trace& trace, Fault fault) {
  if (was_not_started(trace) || was_too_slow(trace)) return {Fate::kNotStarted, trace.failure()};
  if (const std::string limit = low_limit(trace.units.size()); !limit.empty()) {
    return {Fate::kNotStarted, limit};
  }
  const UnitTrace& faulty = trace.units.front();
  const bool host_lives = trace.host.ok() || (hangs(fault) && trace.host.kind == EndKind::kGaveUp);
  if (!host_lives)
    return {Fate::kSpread, "the program that started the units " + to_string(trace.host)};
  const std::size_t siblings = trace.units.size() - 1;
  std::int64_t look = 0;
  if (goes_on(fault)) {
    const Event* before = faulty.at(kLookBefore);
    const Event* after = faulty.at(2 + siblings + injection(fault, siblings).size());
    if (after == nullptr) return {Fate::kSpread, "unit 0 " + to_string(faulty.end)};
    look = after->value;
    if (before->value == look) return {Fate::kNotInjected, "the fault changed nothing"};
  } else if (faulty.end.ok()) {
    return {Fate::kNotInjected, "the faulty unit completed"};
  }
  for (std::size_t unit = 1; unit < trace.units.size(); ++unit) {
    const std::string damage = damage_of_sibling(trace, unit, fault, look);
    if (!damage.empty()) return {Fate::kSpread, damage};
  }
  return {Fate::kContained, "unit 0 " + to_string(faulty.end)};
}

/// What became of every fault on one runtime.
struct Matrix {
  int contained = 0;
  int injected = 0;
  std::string let_through;  ///< The first fault that spread, those apart that take their time.
  std::uint64_t programs = 0;
  std::vector<std::string> rows;  ///< One a fault: "abort: contained (unit 0 was killed by ...)".
  std::string first_spread;       ///< The program of the first fault that was not contained.
  std::string not_started;
  std::string limit;  ///< Why a larger number of units could not be had.
};

class MatrixMaker {
 public:
  MatrixMaker(Runtime& runtime, const ProbeOptions& options, std::vector<std::size_t> counts)
      : runtime_(&runtime), counts_(std::move(counts)) {
    const std::int64_t ms = is_quick(options) ? 80 : 150;
    hang_bound_ns_ = ms * 1'000'000 * (kSanitized ? 3 : 1);
    if (least_effort(options)) longest_hang_ns_ = 1'000'000'000;
  }

  Matrix make() {
    for (int f = 0; f < kInjections; ++f) add(static_cast<Fault>(f));
    if (matrix_.let_through.empty() && runtime_->bodies() != nullptr) {
      add_signals(*runtime_->bodies());
    }
    return std::move(matrix_);
  }

 private:
  void add(Fault fault) {
    const Outcome outcome = worst_of(fault);
    if (outcome.fate == Fate::kContained) ++matrix_.contained;
    if (outcome.fate == Fate::kContained || outcome.fate == Fate::kSpread) ++matrix_.injected;
    if (outcome.fate == Fate::kNotStarted) matrix_.not_started = outcome.what;
    if (outcome.fate == Fate::kSpread && !hangs(fault) && matrix_.let_through.empty()) {
      matrix_.let_through = name_of(fault) + " (" + outcome.what + ")";
    }
    matrix_.rows.push_back(name_of(fault) + ": " + to_string(outcome));
  }

  void add_signals(BodyRuntime& runtime) {
    const isolation::Signals seen = isolation::raise_signals(runtime);
    matrix_.programs += seen.programs;
    if (!seen.let_through.empty()) {
      matrix_.let_through = seen.let_through;
      matrix_.first_spread = seen.program;
    }
    matrix_.rows.push_back("signals: " + to_string(seen.outcome));
  }

  /// Of several unit counts, and of the endless loop on one core and on all.
  Outcome worst_of(Fault fault) {
    Outcome first{Fate::kNotStarted, "no program was run"};
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      // A hang takes its bound every time; one unit count is enough of that.
      if (i > 0 && hangs(fault)) break;
      if (i > 0 && counts_[i] >= kMany && !is_tried_on_many(fault)) break;
      Outcome outcome = run(fault, counts_[i], false);
      if (outcome.fate == Fate::kContained && fault == Fault::kEndlessLoop) {
        outcome = run(fault, counts_[i], true);
      }
      if (i == 0) first = outcome;
      // A larger count that could not be started says nothing about the fault.
      if (outcome.fate == Fate::kNotStarted) {
        if (i > 0) matrix_.limit = "at " + std::to_string(counts_[i]) + " units: " + outcome.what;
        break;
      }
      if (outcome.fate != Fate::kContained) return outcome;
    }
    return first;
  }

  Outcome run(Fault fault, std::size_t units, bool one_core) {
    try {
      const Program program = make_program(fault, units, one_core, bound_of(fault, units));
      const Trace trace = run_long_enough(program, fault);
      const Outcome outcome = judge_trace(trace, fault);
      if (outcome.fate == Fate::kSpread && matrix_.first_spread.empty()) {
        matrix_.first_spread = to_table(program) + outcome.what + "\n";
      }
      return outcome;
    } catch (const std::system_error& error) {
      return {Fate::kNotStarted, error.what()};
    }
  }

  [[nodiscard]] std::int64_t bound_of(Fault fault, std::size_t units) const {
    if (hangs(fault)) return hang_bound_ns_;
    if (units >= kMany) return 20'000'000'000;
    // ThreadSanitizer hangs on its own when the stack that it wants to unwind is full.
    return kSanitized && fault == Fault::kStackOverflow ? 2'000'000'000 : 5'000'000'000;
  }

  /// A hang takes its bound every time, so the bound is short, and longer where that was too short.
  Trace run_long_enough(Program program, Fault fault) {
    for (;;) {
      ++matrix_.programs;
      Trace trace = runtime_->run(program);
      program.bound_ns *= 4;
      if (!hangs(fault) || !was_cut_short(trace) || program.bound_ns > longest_hang_ns_)
        return trace;
    }
  }

  Runtime* runtime_;
  std::vector<std::size_t> counts_;
  std::int64_t hang_bound_ns_;
  std::int64_t longest_hang_ns_ = 3'000'000'000;
  Matrix matrix_;
};

std::vector<std::size_t> counts_of(const ProbeOptions& options) {
  const bool brief = is_quick(options) || kSanitized;
  return rungs_of(options,
                  brief ? std::vector<std::size_t>{2} : std::vector<std::size_t>{2, 64, kMany});
}

/// The matrix of a runtime is made once and serves its rivals as well.
const Matrix& matrix_of(Runtime& runtime, const ProbeOptions& options) {
  using Key = std::tuple<std::string, Effort, std::uint64_t, std::vector<std::size_t>>;
  static std::map<Key, Matrix> made;
  const std::vector<std::size_t> counts = counts_of(options);
  const Key key{runtime.info().name, options.effort, options.seed, counts};
  const auto found = made.find(key);
  if (found != made.end()) return found->second;
  if (options.progress) options.progress("isolation: faults on " + runtime.info().name);
  return made.emplace(key, MatrixMaker(runtime, options, counts).make()).first->second;
}

// "Separate memory" means ordinary accesses. This one is not ordinary: a process of the same user
// may write to another, unless something confines it.
constexpr std::int64_t kOverwritten = 42;
std::int64_t g_target = 0;

/// In memory of its own that all processes share.
struct Attack {
  std::atomic<int> starter;
  std::atomic<int> victim;  ///< Process of unit 0.
  std::atomic<bool> done;
  int own;  ///< Process of the attacker.
  int error_starter;
  int error_sibling;
  std::int64_t seen_by_starter;
  std::int64_t seen_by_sibling;
};

int overwrite(int process) {
  std::int64_t value = kOverwritten;
  const iovec from{&value, sizeof(value)};
  const iovec to{&g_target, sizeof(g_target)};
  return process_vm_writev(process, &from, 1, &to, 1, 0) == sizeof(value) ? 0 : errno;
}

Task attack_or_wait(Unit& unit, Attack& attack) {
  if (unit.index() == 0) {
    attack.victim = getpid();
    while (!attack.done) co_await unit.yield();
    attack.seen_by_sibling = g_target;
    co_return;
  }
  while (attack.victim == 0) co_await unit.yield();
  attack.own = getpid();
  if (attack.own != attack.starter) {
    attack.error_starter = overwrite(attack.starter);
    attack.error_sibling = overwrite(attack.victim);
  }
  attack.done = true;
}

std::string attack_text(int error, std::int64_t seen) {
  if (error != 0) return std::string("refused: ") + std::strerror(error);
  return seen == kOverwritten ? "succeeded" : "reported success, but nothing was written";
}

void show_attack(BodyRuntime& runtime, Evidence& evidence) {
  const SharedMapping memory(sizeof(Attack));
  Attack& attack = *memory.at<Attack>(0);
  Bodies bodies;
  bodies.count = 2;
  bodies.bound = std::chrono::seconds(2);
  bodies.before = [&](std::byte*) {
    g_target = 0;
    attack.starter = getpid();
  };
  bodies.task = [&](Unit& unit) { return attack_or_wait(unit, attack); };
  bodies.after = [&](std::byte*) { attack.seen_by_starter = g_target; };
  const BodyResult result = runtime.run_hosted(bodies);
  std::string starter = "not tried: the units " + result.failure();
  std::string sibling = starter;
  if (result.completed() && attack.own == attack.starter) {
    starter = sibling = "not needed: one process";
  } else if (result.completed()) {
    starter = attack_text(attack.error_starter, attack.seen_by_starter);
    sibling = attack_text(attack.error_sibling, attack.seen_by_sibling);
  }
  evidence.set("process_vm_writev_into_starter", starter)
      .set("process_vm_writev_into_sibling", sibling);
}

/// Places of an order: `above` rivals are better, `ties` cannot be told apart.
ValueSet ranks_of(std::size_t above, std::size_t ties, std::size_t rivals) {
  ValueSet ranks;
  for (std::size_t place = above; place <= above + ties; ++place) {
    const Rank rank = place == 0 ? Rank::kHigh : place == rivals ? Rank::kLow : Rank::kMedium;
    ranks.insert(static_cast<std::uint8_t>(rank));
  }
  return ranks;
}

/// "High" lets nothing through. How soon siblings of a unit that hangs go on is left out: on a busy
/// machine that is no witness.
ValueSet without_high(ValueSet ranks, const Matrix& own) {
  const auto high = static_cast<std::uint8_t>(Rank::kHigh);
  if (!ranks.contains(high) || own.let_through.empty()) return ranks;
  ranks.erase(high);
  ranks.insert(static_cast<std::uint8_t>(Rank::kMedium));
  return ranks;
}

struct Comparison {
  std::size_t above = 0;
  std::size_t ties = 0;
  std::size_t rivals = 0;
  std::vector<std::string> counts;  ///< "std_thread: 4".
};

Comparison compare(Runtime& runtime, const Matrix& own, const ProbeOptions& options) {
  Comparison result;
  for (Runtime* rival : options.rivals) {
    if (rival->info().name == runtime.info().name) continue;
    const int contained = matrix_of(*rival, options).contained;
    if (contained > own.contained) ++result.above;
    if (contained == own.contained) ++result.ties;
    ++result.rivals;
    result.counts.push_back(rival->info().name + ": " + std::to_string(contained));
  }
  return result;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

}  // namespace

static Observation observe_isolation(Runtime& runtime, const ProbeOptions& options) {
  const Trait& of = trait(TraitId::kIsolation);
  const Matrix& own = matrix_of(runtime, options);
  const Comparison comparison = compare(runtime, own, options);
  Observation observation;
  if (own.injected == 0) {
    observation = not_measured(
        of, "no fault could be injected" + (own.not_started.empty() ? "" : ": " + own.not_started));
  } else if (comparison.rivals == 0) {
    observation = not_measured(of, "no rivals to compare with");
  } else {
    observation.allowed =
        without_high(ranks_of(comparison.above, comparison.ties, comparison.rivals), own);
    if (comparison.ties == 0) observation.witnessed = observation.allowed;
    observation.reason = "contains " + std::to_string(own.contained) + " of " +
                         std::to_string(kInjections) +
                         " injected faults; rivals: " + joined(comparison.counts);
    if (!own.let_through.empty()) {
      observation.reason += "; the first that spread is " + own.let_through;
    }
  }
  observation.tries = own.programs;
  observation.figure =
      std::to_string(own.contained) + "/" + std::to_string(kInjections) + " contained";
  observation.counterexample = own.first_spread;
  observation.evidence.set("units", list_text(counts_of(options)))
      .set("contained", own.contained)
      .set("injected", own.injected)
      .set("faults", own.rows)
      .set("rivals", comparison.counts);
  if (!own.limit.empty()) observation.evidence.set("limit", own.limit);
  if (runtime.bodies() != nullptr) show_attack(*runtime.bodies(), observation.evidence);
  return observation;
}

static const ProbeRegistration kRegistered(TraitId::kIsolation, &observe_isolation);

}  // namespace assay
