/// Use case isolation, security: a confined worker parses hostile input, attacks its parent, fails,
/// and is killed, while its parent survives with its memory intact.
///
/// Three runs, each in a host of its own: the attacks unconfined, because an attack that does not
/// work anywhere proves nothing; the same attacks confined, with SIGKILL for the signal, and at the
/// end a system call that the filter kills for; and a parser with the classic mistakes, confined,
/// on input that makes it crash, loop for ever and allocate without end, beside a sound one that
/// must complete. The parent is the process that starts the units; it is attacked through its own
/// addresses.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "models/runtime.h"
#include "stress/use_cases/attack.h"
#include "stress/use_cases/outcome.h"

namespace assay {

struct SandboxOptions {
  std::uint64_t seed = 1;
  int inputs = 200;           ///< Generated inputs for the sound parser.
  std::int64_t loop_ms = 50;  ///< CPU time that an endless loop is given.
  std::chrono::nanoseconds bound = std::chrono::seconds(20);  ///< For giving up a run.
};

/// One attack, unconfined and confined.
struct AttackTry {
  bool worked_unconfined = false;
  bool worked_confined = false;
  bool seen_confined = false;  ///< False when the parent did not live to look.
  int error_unconfined = 0;    ///< errno, 0 when the system call succeeded.
  int error_confined = 0;
};

struct SandboxResult {
  UseCaseOutcome outcome = UseCaseOutcome::kUndecided;
  std::string reason;  ///< One clause.
  std::array<AttackTry, kAttacks> attacks{};
  int refused = 0;                        ///< Attacks that worked unconfined, and failed confined.
  int undecided = 0;                      ///< Attacks that fail here even unconfined.
  std::string worker_end;                 ///< "was killed by SIGSYS".
  std::vector<std::string> hostile_ends;  ///< How the workers of the vulnerable parser ended.
};

SandboxResult run_sandboxed_worker(BodyRuntime& runtime, const SandboxOptions& options);

/// "process_vm_writev: worked, EACCES confined", one line an attack.
std::vector<std::string> to_lines(const SandboxResult& result);

}  // namespace assay
