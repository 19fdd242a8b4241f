/// Live units: n units of a runtime that are all alive at once, each suspended at least once, and
/// the memory that they take.
///
/// Unit 0 waits until all others have arrived, measures, and releases them. Units that block wait
/// for a message, others yield until they are released. Nothing is left behind: the units run in a
/// host (models/host.h).
#pragma once

#include <cstdint>
#include <string>

#include "models/runtime.h"
#include "properties/memory_use.h"

namespace assay {

struct LiveUnits {
  std::size_t units = 0;
  bool complete = false;    ///< All were alive at once, and all ended.
  std::uint64_t alive = 0;  ///< How many were alive at once.
  TreeMemory tree;
  KernelMemory kernel;  ///< What the kernel's figures grew by, of the whole machine.
  double seconds = 0;   ///< From the call to its end.
  std::string refusal;  ///< The machine's words when it refused a unit, or its low limit; or empty.
  std::string failure;  ///< What else went wrong, or empty.

  /// Of the tree of processes and of the kernel for it.
  [[nodiscard]] double bytes() const {
    return static_cast<double>(tree.pss_bytes + tree.page_tables_bytes + kernel.stacks_bytes +
                               kernel.slab_bytes);
  }
};

/// Runs `units` units. With `pid_max` above 0 the pid namespace of their host gets that limit of
/// its own; see `namespaces_have_pid_max`.
LiveUnits run_live_units(BodyRuntime& runtime, std::size_t units, std::uint64_t pid_max = 0);

/// True where a host can lower kernel.pid_max for itself alone: it runs in a pid namespace, and the
/// kernel (6.14 and later) keeps the limit for each namespace. Elsewhere the whole machine's would
/// be lowered.
bool namespaces_have_pid_max();

}  // namespace assay
