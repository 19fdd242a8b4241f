// A runtime for the benchmarks to find out: its last unit never runs, and is said to have
// completed.
#include "models/registry.h"
#include "stress/use_cases/wrong_runtimes.h"

namespace assay {
namespace {

ForgetfulThreads& forgetful() {
  static ForgetfulThreads runtime;
  return runtime;
}

const RuntimeRegistration kForgetful(forgetful());

}  // namespace
}  // namespace assay
