/// The worker of a soak: a process that carries out one round, watched from outside.
#pragma once

#include <functional>

#include "stress/soak/soak.h"

namespace assay {

struct Watched {
  RoundRecord record;
  int signal = 0;  ///< The caller was asked to end; the record says nothing then.
};

/// Runs the round to its end and disturbs it. `asked_to_end` is called often and returns a signal,
/// or 0. Whatever the worker has left is not removed: that is for the audit to see.
Watched run_watched(const Round& round, const RoundChoice& choice,
                    const std::function<int()>& asked_to_end);

}  // namespace assay
