/// The runtime `posix_spawn`: a fresh image of this program a unit, in a process of its own.
///
/// A unit starts with nothing but what it inherits: an anonymous file with its steps, its trace,
/// the locks and the shared mapping, and the pipes of the channels. The image is /proc/self/exe: a
/// function that runs before `main` sees by the first argument that it is a unit. So no helper has
/// to be found, and the cost of a creation includes loading the program that Assay is part of.
///
/// Hazard: what other objects initialize before `main` is not initialized in a unit.
#pragma once

#include "models/runtime.h"

namespace assay {

/// One object for the whole program.
Runtime& spawn_runtime();

}  // namespace assay
