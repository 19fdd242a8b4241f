/// The process in which probes run; the only user is report/run.cc.
///
/// It observes the cells of a plan one after another, from a given one on, and writes one line of
/// JSON to a pipe when it starts a cell, for progress within it, and for what it observed.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "report/line_child.h"
#include "report/run.h"

namespace assay {

/// One line that the worker wrote.
struct WorkerLine {
  std::size_t cell = 0;
  std::string progress;                    ///< What the probe says of its round; may be empty.
  std::optional<Observation> observation;  ///< Set when the cell is done.
  ProbeOptions options;                    ///< With which it was observed: effort and duration.
  double seconds = 0;
};

class Worker {
 public:
  using Clock = std::chrono::steady_clock;

  /// Forks. Cells are observed with less effort when they would not end by `deadline`. Throws
  /// std::system_error when no process can be started.
  Worker(const RunPlan& plan, std::size_t first_cell, std::optional<Clock::time_point> deadline);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  /// Removes the worker and all that it started.
  ~Worker();

  /// Readable when `receive` has something to return.
  [[nodiscard]] int fd() const { return child_.fd(); }

  /// The lines that have arrived. Sets `ended` when no more will come.
  std::vector<WorkerLine> receive(bool& ended);

  /// Removes the worker and says how it ended: "was killed by SIGSEGV". When it ended itself, that
  /// is told; otherwise SIGKILL is.
  std::string remove();

 private:
  const RunPlan* plan_;
  LineChild child_;
};

}  // namespace assay
