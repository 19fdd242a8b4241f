// The reference runtimes must conform to what they declare.
#include "properties/conformance.h"

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"

ASSAY_CONFORMANCE(assay::fork_runtime());
ASSAY_CONFORMANCE(assay::std_thread());
ASSAY_CONFORMANCE(assay::coroutine());
