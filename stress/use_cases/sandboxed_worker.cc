#include "stress/use_cases/sandboxed_worker.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <memory>
#include <random>

#include "models/shared_mapping.h"
#include "stress/use_cases/confinement.h"
#include "stress/use_cases/message_parser.h"

namespace assay {
namespace {

std::size_t index_of(Attack attack) { return static_cast<std::size_t>(attack); }

/// What a run leaves in memory that outlives its processes. Each field has one writer.
struct Traces {
  std::array<int, kAttacks> errors;
  std::array<bool, kAttacks> tried;
  std::array<bool, kAttacks> hit;  ///< Seen by the parent.
  bool parent_looked;
  bool outlived_forbidden_call;
  std::array<char, 32> failed_step;  ///< Of the confinement; empty when it is in force.
  int confinement_error;
  bool stays_root;  ///< Without a capability (Confined::stays_root).
  std::uint64_t parsed_checksum;
};

/// One run of workers, and what became of it.
struct WorkersRun {
  BodyResult result;
  Traces traces{};
};

using Work = std::function<void(std::size_t index, Victim&, Traces&)>;

/// Runs `count` units of `work` with this process's host as their parent and victim.
WorkersRun run_workers(BodyRuntime& runtime, std::size_t count, std::chrono::nanoseconds bound,
                       const Work& work) {
  const SharedMapping memory(sizeof(Traces));
  auto& traces = *memory.at<Traces>(0);
  // On the heap: private memory of the host, which a forked child has a copy of.
  const auto victim = std::make_unique<Victim>();
  Bodies bodies;
  bodies.count = count;
  bodies.bound = bound;
  bodies.before = [&](std::byte*) { victim->be_calling_process(); };
  bodies.task = [&](Unit& unit) -> Task {
    work(unit.index(), *victim, traces);
    co_return;
  };
  bodies.after = [&](std::byte*) {
    for (int i = 0; i < kAttacks; ++i) {
      traces.hit.at(static_cast<std::size_t>(i)) = victim->was_hit_by(static_cast<Attack>(i));
    }
    traces.parent_looked = true;
  };
  BodyResult result = runtime.run_hosted(bodies);
  return {std::move(result), traces};
}

void attack_with_everything(const Victim& victim, int signal, Traces& traces) {
  for (int i = 0; i < kAttacks; ++i) {
    const auto at = static_cast<std::size_t>(i);
    traces.errors.at(at) = attack(static_cast<Attack>(i), victim, signal);
    traces.tried.at(at) = true;
  }
}

bool confined(const ConfinementLimits& limits, Traces& traces) {
  const Confined done = confine(limits);
  traces.stays_root = done.stays_root;
  if (done.ok()) return true;
  strncpy(traces.failed_step.data(), done.failed_step, traces.failed_step.size() - 1);
  traces.confinement_error = done.error;
  return false;
}

std::uint64_t parse_all(std::uint64_t seed, int inputs) {
  std::uint64_t checksum = 0;
  for (int i = 0; i < inputs; ++i) {
    const auto input = generated_input(seed + static_cast<std::uint64_t>(i));
    const Parsed parsed = parse_messages(input);
    checksum = checksum * 31 + parsed.checksum + parsed.messages +
               static_cast<std::uint64_t>(parsed.status);
  }
  return checksum;
}

/// The worker that was taken over: confined, it attacks, and then phones home.
void be_attacker(const Victim& victim, Traces& traces) {
  if (!confined({}, traces)) return;
  attack_with_everything(victim, SIGKILL, traces);
  socket(AF_INET, SOCK_STREAM, 0);
  traces.outlived_forbidden_call = true;
}

/// Units 0 to 2 have the vulnerable parser and a message each; the last one is sound.
void be_parser(std::size_t index, const SandboxOptions& options, Traces& traces) {
  ConfinementLimits limits;
  if (index < kHostileKinds) limits.cpu_ms = options.loop_ms;
  if (!confined(limits, traces)) return;
  if (index < kHostileKinds) {
    parse_vulnerably(hostile_message(static_cast<Hostile>(index)));
  } else {
    traces.parsed_checksum = parse_all(options.seed, options.inputs);
  }
}

std::string error_name(int error) {
  const char* name = strerrorname_np(error);
  return name != nullptr ? name : "errno " + std::to_string(error);
}

/// Each stage looks at one run, and says whether there is nothing left to look at.
class Sandbox {
 public:
  Sandbox(BodyRuntime& runtime, const SandboxOptions& options)
      : runtime_(&runtime), options_(&options) {}

  SandboxResult run() {
    if (!decided_unconfined() && !decided_confined() && !decided_hostile()) {
      result_.outcome = UseCaseOutcome::kWorked;
      result_.reason = std::to_string(result_.refused) +
                       " attacks that work unconfined were refused, the worker " +
                       result_.worker_end + ", its parent is intact" +
                       (stays_root_ ? " (the worker had no capability, but stayed user 0: no other "
                                      "is mapped in this user namespace)"
                                    : "");
    }
    return result_;
  }

 private:
  bool decide(UseCaseOutcome outcome, std::string reason) {
    result_.outcome = outcome;
    result_.reason = std::move(reason);
    return true;
  }

  bool decided_unconfined() {
    const WorkersRun run =
        run_workers(*runtime_, 1, options_->bound, [](std::size_t, Victim& victim, Traces& traces) {
          attack_with_everything(victim, SIGUSR1, traces);
        });
    for (std::size_t i = 0; i < kAttacks; ++i) {
      result_.attacks.at(i).worked_unconfined = run.traces.hit.at(i);
      result_.attacks.at(i).error_unconfined = run.traces.errors.at(i);
      if (!run.traces.hit.at(i) && i != index_of(Attack::kStore)) ++result_.undecided;
    }
    if (run.result.ends.at(0).kind == EndKind::kNotStarted) {
      return decide(UseCaseOutcome::kUndecided, "the worker " + to_string(run.result.ends.at(0)));
    }
    if (!run.traces.parent_looked) {
      return decide(UseCaseOutcome::kFailed,
                    "an unconfined worker did not end: " + run.result.failure());
    }
    return false;
  }

  bool decided_confined() {
    const WorkersRun run = run_workers(
        *runtime_, 1, options_->bound,
        [](std::size_t, Victim& victim, Traces& traces) { be_attacker(victim, traces); });
    const Traces& traces = run.traces;
    stays_root_ = traces.stays_root;
    result_.worker_end = to_string(run.result.ends.at(0));
    // A store needs no system call, so that no confinement refuses it.
    AttackTry& store = result_.attacks.at(index_of(Attack::kStore));
    if (traces.failed_step[0] == '\0') read_confined(traces);
    if (store.worked_unconfined || store.worked_confined) {
      std::string reason = "an ordinary store of the worker changed its parent's memory";
      if (!traces.parent_looked) {
        reason +=
            ", and killing the worker removed its parent (" + to_string(run.result.host) + ")";
      }
      return decide(UseCaseOutcome::kFailed, reason);
    }
    if (traces.failed_step[0] != '\0') {
      return decide(UseCaseOutcome::kUndecided, std::string(traces.failed_step.data()) +
                                                    " was refused here with " +
                                                    error_name(traces.confinement_error));
    }
    return decided_by_attacks(run);
  }

  void read_confined(const Traces& traces) {
    for (std::size_t i = 0; i < kAttacks; ++i) {
      AttackTry& tried = result_.attacks.at(i);
      tried.worked_confined = traces.hit.at(i);
      tried.seen_confined = traces.parent_looked;
      tried.error_confined = traces.errors.at(i);
      const bool failed = traces.tried.at(i) && !traces.hit.at(i) && traces.errors.at(i) != 0;
      if (tried.worked_unconfined && failed) ++result_.refused;
    }
  }

  bool decided_by_attacks(const WorkersRun& run) {
    const End& end = run.result.ends.at(0);
    if (end.kind == EndKind::kNotStarted) {
      return decide(UseCaseOutcome::kUndecided, "the confined worker " + to_string(end));
    }
    if (!run.traces.parent_looked) {
      return decide(UseCaseOutcome::kFailed,
                    "the parent of the confined worker did not survive: " + run.result.failure());
    }
    for (int i = 0; i < kAttacks; ++i) {
      if (result_.attacks.at(static_cast<std::size_t>(i)).worked_confined) {
        return decide(UseCaseOutcome::kFailed, "the confined worker reached its parent by " +
                                                   std::string(to_string(static_cast<Attack>(i))));
      }
    }
    if (run.traces.outlived_forbidden_call || end.kind != EndKind::kSignalled ||
        end.code != SIGSYS) {
      return decide(UseCaseOutcome::kFailed,
                    "expected the worker to be killed by SIGSYS, but it " + to_string(end));
    }
    if (result_.refused + result_.undecided < kAttacks - 1) {
      return decide(UseCaseOutcome::kFailed, "an attack of the confined worker was not refused");
    }
    if (result_.refused == 0) {
      return decide(UseCaseOutcome::kUndecided,
                    "no attack works here even unconfined (see kernel.yama.ptrace_scope)");
    }
    return false;
  }

  bool decided_hostile() {
    const WorkersRun run = run_workers(*runtime_, kHostileKinds + 1, options_->bound,
                                       [this](std::size_t index, Victim&, Traces& traces) {
                                         be_parser(index, *options_, traces);
                                       });
    for (const End& end : run.result.ends) result_.hostile_ends.push_back(to_string(end));
    const auto& ends = run.result.ends;
    if (std::any_of(ends.begin(), ends.end(),
                    [](const End& end) { return end.kind == EndKind::kNotStarted; })) {
      return decide(UseCaseOutcome::kUndecided, "not all workers could be started");
    }
    if (!run.traces.parent_looked || run.traces.hit != std::array<bool, kAttacks>{}) {
      return decide(UseCaseOutcome::kFailed,
                    "hostile input reached the parent of its parser: " + run.result.failure());
    }
    const auto sound = std::prev(ends.end());
    if (!sound->ok() || run.traces.parsed_checksum != parse_all(options_->seed, options_->inputs)) {
      return decide(UseCaseOutcome::kFailed, "the sound parser beside crashing ones " +
                                                 to_string(*sound) + " or parsed wrongly");
    }
    const bool all_died = std::all_of(ends.begin(), sound, [](const End& end) {
      return end.kind == EndKind::kSignalled || end.kind == EndKind::kExited;
    });
    if (!all_died) {
      return decide(UseCaseOutcome::kFailed,
                    "a hostile message was not contained: " + run.result.failure());
    }
    return false;
  }

  BodyRuntime* runtime_;
  const SandboxOptions* options_;
  SandboxResult result_;
  bool stays_root_ = false;
};

}  // namespace

SandboxResult run_sandboxed_worker(BodyRuntime& runtime, const SandboxOptions& options) {
  return Sandbox(runtime, options).run();
}

std::vector<std::string> to_lines(const SandboxResult& result) {
  std::vector<std::string> lines;
  const auto said = [](bool worked, int error) {
    if (worked) return std::string("worked");
    return error == 0 ? std::string("no effect") : error_name(error);
  };
  for (int i = 0; i < kAttacks; ++i) {
    const AttackTry& tried = result.attacks.at(static_cast<std::size_t>(i));
    lines.push_back(std::string(to_string(static_cast<Attack>(i))) + ": unconfined " +
                    said(tried.worked_unconfined, tried.error_unconfined) + ", confined " +
                    (tried.error_confined == 0 && !tried.seen_confined
                         ? "nobody left to see it"
                         : said(tried.worked_confined, tried.error_confined)));
  }
  return lines;
}

}  // namespace assay
