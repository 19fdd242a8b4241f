/// Runs probes and turns evidence into verdicts, cell after cell.
///
/// Probes run in a worker: a forked, single-threaded process that observes one cell at a time and
/// sends each observation as it is made. So every verdict that was reached is kept, whatever
/// happens to a probe: one that throws, crashes or hangs makes its cell inconclusive with the
/// reason, and a new worker goes on with the next cell.
///
/// Guarantee: when `run` returns, the worker and all that it started are gone; when the caller
/// dies, by SIGKILL too, they go with it. Hazards: call it from a process with one thread. It makes
/// the caller a subreaper, waits for all children of the caller, and blocks SIGINT and SIGTERM
/// while it runs.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "models/runtime.h"
#include "properties/probe.h"
#include "report/result.h"

namespace assay {

struct Cell {
  Runtime* runtime;
  TraitId trait;
  /// About how long its probe may take (ProbeOptions::duration); 0: as the plan says.
  std::chrono::nanoseconds duration{0};
};

/// All cells of these runtimes and traits, trait by trait, so that the runtimes take turns. Traits
/// that take long (costs, scalability, use cases) come last: when time is short, few verdicts wait
/// for it, and they share what is left.
std::vector<Cell> cells_of(std::span<Runtime* const> runtimes, std::span<const TraitId> traits);

struct Progress {
  std::size_t cell = 0;              ///< Index of the cell that is being observed.
  std::size_t cells = 0;             ///< How many there are.
  std::string text;                  ///< What the probe says of its round; often empty.
  std::chrono::nanoseconds left{0};  ///< An estimate of the time to the end of the run.
};

struct RunPlan {
  std::vector<Cell> cells;
  /// Observe every trait, whatever is declared of it: results hold no claim and no verdict.
  bool ignores_claims = false;
  /// The flags that choose a runtime on the command line, by its name, where they are not
  /// --runtime=NAME.
  std::map<std::string, std::string> flags;
  ProbeOptions options;       ///< `rivals` and `progress` are set by `run`.
  std::vector<Probe> probes;  ///< Usually all of them: `assay::probes()`.
  /// The whole run ends by then; cells that were not reached are inconclusive and say so. Zero: no
  /// such end. Cells that come late are observed with less effort before that.
  std::chrono::nanoseconds budget{0};
  /// A cell that takes longer is given up, and its worker is removed. Nothing is judged by it.
  std::chrono::nanoseconds cell_bound = std::chrono::minutes(2);
  std::function<void(const Progress&)> progress;  ///< Called about ten times a second.
  std::function<void(const Result&)> reached;     ///< Called with each verdict as it is reached.
};

struct RunResult {
  std::vector<Result> results;  ///< In the order of the cells; up to the signal if there was one.
  int signal = 0;               ///< SIGINT or SIGTERM that ended the run early, or 0.
  std::chrono::nanoseconds wall{0};
};

/// Observes and judges every cell of the plan. Throws std::system_error, with what to do, when not
/// even one worker can be started.
RunResult run(const RunPlan& plan);

}  // namespace assay
