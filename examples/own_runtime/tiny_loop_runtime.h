/// The adapter: TinyLoop as a runtime of Assay.
#pragma once

#include "models/runtime.h"

/// One object for the whole program.
assay::BodyRuntime& tiny_loop_runtime();
