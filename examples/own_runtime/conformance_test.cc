// Every claim of the runtime as a test: Conformance/tiny_loop.MemorySpace and so on.
#include "properties/conformance.h"

#include "tiny_loop_runtime.h"

ASSAY_CONFORMANCE(tiny_loop_runtime());
