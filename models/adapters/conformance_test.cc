// Every adapter conforms to what it declares. In builds with a sanitizer as adapters_test.cc says.
#include "properties/conformance.h"

#include "models/adapters/adapters.h"

ASSAY_CONFORMANCE(assay::asio_awaitable());
ASSAY_CONFORMANCE(assay::boost_context());
ASSAY_CONFORMANCE(assay::boost_fiber());
ASSAY_CONFORMANCE(assay::libuv_pool());
ASSAY_CONFORMANCE(assay::openmp_tasks());
ASSAY_CONFORMANCE(assay::posix_ucontext());
ASSAY_CONFORMANCE(assay::tbb_tasks());
