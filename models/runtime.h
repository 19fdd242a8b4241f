/// Runtime: one implementation of an execution model, which runs programs and declares claims.
///
/// `BodyRuntime` implements `run` once, with an interpreter, for every runtime that lives in C++:
/// an adapter derives from it and starts units in `run_units`. A runtime of another language
/// implements `run` alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/claim.h"
#include "models/program.h"
#include "models/trace.h"
#include "models/unit.h"

namespace assay {

struct RuntimeInfo {
  std::string name;      ///< "std_thread"; letters, digits and underscores.
  Model model;           ///< The column of the table.
  std::string language;  ///< "C++". Costs are compared within one language.
  std::string summary;   ///< One line for `assay list`.
  std::vector<Claim> claims;
};

/// Another idiom of a runtime than the one that it is judged by; shown beside it as evidence.
struct CostVariant {
  std::string name;  ///< "vfork".
  bool creates;      ///< True when an operation is a creation and a join, false when a switch.
  /// Carries out `operations` of them on `core` and returns how many were seen.
  std::function<std::uint64_t(std::uint64_t operations, int core)> run;
};

/// Native cost hooks: n operations in the runtime's own idiom, without Assay's layers. Each returns
/// what a counter of its own saw, so that a hook that does nothing is found out.
class NativeCosts {
 public:
  virtual ~NativeCosts() = default;
  /// Creates and joins `batch` units at once, `rounds` times. Returns the units that ran.
  virtual std::uint64_t create_and_join(std::uint64_t rounds, std::uint64_t batch) = 0;
  /// Two units hand the turn back and forth. Returns the switches that were seen, at least
  /// `switches`. The units are pinned to `core_a` and `core_b` where each can have its own.
  virtual std::uint64_t ping_pong(std::uint64_t switches, int core_a, int core_b) = 0;
  /// True where two units can be pinned to a core each.
  [[nodiscard]] virtual bool runs_across_cores() const { return true; }
  [[nodiscard]] virtual std::vector<CostVariant> variants() { return {}; }
  /// What the operations of the last call took by a clock of the runtime's own, where the call
  /// holds more than them, such as a request to a driver; nothing where the caller's clock counts.
  [[nodiscard]] virtual std::optional<std::chrono::nanoseconds> own_time() const {
    return std::nullopt;
  }
  /// The CPU time of the same operations, of all units together; nothing where own_time() is
  /// nothing, or where the runtime does not know.
  [[nodiscard]] virtual std::optional<std::chrono::nanoseconds> own_cpu_time() const {
    return std::nullopt;
  }
};

class Runtime {
 public:
  Runtime() = default;
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  virtual ~Runtime() = default;

  [[nodiscard]] virtual const RuntimeInfo& info() const = 0;

  /// Runs the program, in a host process, and returns what happened. A unit that fails, hangs or
  /// takes its host with it is a result. Throws std::invalid_argument for a malformed program and
  /// std::system_error when no process can be started.
  virtual Trace run(const Program& program) = 0;

  /// Runs the programs one after the other and returns a trace each, as `run` does; quicker where
  /// programs that do no harm to their host may have one in common.
  virtual std::vector<Trace> run_each(std::span<const Program> programs);

  /// Null where costs are measured through bodies only.
  virtual NativeCosts* native_costs() { return nullptr; }

  /// The same object as a BodyRuntime, or null for runtimes of other languages and fresh images.
  virtual class BodyRuntime* bodies() { return nullptr; }

  /// The claim about a trait, or null when the runtime declares nothing of it.
  [[nodiscard]] const Claim* claim_of(TraitId trait) const;
};

/// Bodies to run: one function, `count` units. Exactly one of the two forms is set.
struct Bodies {
  std::size_t count = 1;
  TaskBody task;
  BlockingBody blocking;
  std::size_t shared_bytes = 0;  ///< Size of `unit.shared<T>()`.
  std::uint32_t channels = 0;
  std::uint32_t locks = 0;
  std::size_t reports = 0;  ///< How many `unit.report` there may be in all.
  std::chrono::nanoseconds bound = std::chrono::seconds(20);  ///< For giving up.
  /// Called with the shared state before units start, and after all ended (only if they did).
  std::function<void(std::byte*)> before;
  std::function<void(std::byte*)> after;
};

struct BodyResult {
  Ends ends;  ///< One a unit.
  std::vector<std::vector<std::uint64_t>>
      reports;  ///< One list a unit; empty when none was reported.
  End host;
  std::string output;  ///< What a host printed.

  [[nodiscard]] bool completed() const;
  [[nodiscard]] std::string failure() const;
};

class BodyRuntime : public Runtime {
 public:
  Trace run(const Program& program) override;
  std::vector<Trace> run_each(std::span<const Program> programs) override;
  BodyRuntime* bodies() override { return this; }

  /// Runs the bodies in this process. A unit that takes its process with it takes the caller.
  BodyResult run_here(const Bodies& bodies);
  /// Runs the bodies in a host process.
  BodyResult run_hosted(const Bodies& bodies);
  /// Why bodies of this form cannot be run, or nothing.
  [[nodiscard]] virtual std::optional<std::string> refuses(const Bodies& bodies) const;

  /// Runs the program's units in this process, without a host, for whom a crash is not to be
  /// feared.
  Trace run_program_here(const Program& program);

 protected:
  /// What an adapter implements: starts one unit of its own kind for each of `units`, runs each to
  /// its end, and returns when all have ended. Sets `run.switching` (and what else it has) before.
  virtual void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds bound) = 0;

  /// The kind of channel that its units use.
  virtual std::unique_ptr<Channel> make_channel();

  /// True where no unit ever leaves the process that calls `run_units`: a run without a host then
  /// needs no memory that processes share, and keeps what it has for the next run.
  [[nodiscard]] virtual bool stays_in_process() const { return false; }
  /// True where every unit is a fresh one of the kernel or of the language, so that a run whose
  /// units completed leaves nothing of them in its process, and the next program may run there. A
  /// pool that keeps its threads, and their thread-local storage with them, leaves it false.
  [[nodiscard]] virtual bool leaves_host_fresh() const { return false; }

 private:
  class Memory;
  class Prepared;
  void launch(const Bodies& bodies, Memory& memory, bool hosted);
  BodyResult run_bodies(const Bodies& bodies, bool hosted);
  /// Runs programs in one host, up to the first that does not complete, and appends their traces.
  void run_in_one_host(std::span<const Program> programs, std::vector<Trace>& traces);
};

}  // namespace assay
