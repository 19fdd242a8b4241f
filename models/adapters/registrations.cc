// One line an adapter: `assay list` shows it, `assay --runtime=NAME` runs it.
#include "models/adapters/adapters.h"
#include "models/registry.h"

namespace assay {
namespace {

const RuntimeRegistration kAsio(asio_awaitable());
const RuntimeRegistration kBoostContext(boost_context());
const RuntimeRegistration kBoostFiber(boost_fiber());
const RuntimeRegistration kLibuv(libuv_pool());
const RuntimeRegistration kOpenmp(openmp_tasks());
const RuntimeRegistration kTbb(tbb_tasks());
const RuntimeRegistration kUcontext(posix_ucontext());

}  // namespace
}  // namespace assay
