/// Native costs of the runtime `posix_spawn`: posix_spawn(3) of this program and waitpid(2); two
/// processes that hand a turn back and forth through two pipes.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "models/runtime.h"

namespace assay {

/// The first argument of a fresh image that is to be a unit, and the second of one that runs steps.
inline constexpr const char* kSpawnedName = "assay-unit";
inline constexpr const char* kSpawnedUnit = "run";

/// Starts a fresh image of this program, with no signal blocked. Returns 0 or an error number.
int spawn_self(pid_t& pid, std::vector<std::string> arguments);

/// The life of an image that was started by the costs.
[[noreturn]] void be_spawned_for_costs(int argc, char** argv);

NativeCosts& spawn_costs();

}  // namespace assay
