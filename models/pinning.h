/// Pinning: which cores a kernel task may run on.
///
/// Placement dominates the cost of a switch, so whatever is measured is pinned. Threads and
/// processes inherit the pinning of the task that starts them.
#pragma once

#include <sched.h>

#include <vector>

namespace assay {

/// The cores on which the calling task may run, in ascending order.
std::vector<int> allowed_cores();

/// Pins the calling task to one core. Throws std::system_error when the core is not to be had.
void pin_to(int core);

/// Lets the calling task run on these cores and no others. Throws std::system_error as `pin_to`.
void pin_to(const std::vector<int>& cores);

/// Pins the calling task to one core, and goes back to the cores before when it dies.
class Pinned {
 public:
  explicit Pinned(int core);
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;
  ~Pinned();

 private:
  cpu_set_t before_{};
};

}  // namespace assay
