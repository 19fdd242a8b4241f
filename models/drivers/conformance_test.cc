// Drivers and fresh images conform to what they declare. One seed, plain: what a sanitizer would
// see of them is seen by the other tests here.
#include "properties/conformance.h"

#include "models/drivers/posix_spawn.h"
#include "models/drivers/python.h"

ASSAY_CONFORMANCE(assay::spawn_runtime());
ASSAY_CONFORMANCE(assay::python_asyncio());
ASSAY_CONFORMANCE(assay::python_multiprocessing());
ASSAY_CONFORMANCE(assay::python_threading());
