// Samples one scenario and prints what it came to, for scripts that run it in several variants:
//
//   sample_scenario SCENARIO RUNTIME MILLISECONDS [LEAST_BATCHES]
//
// One line: "samples N seconds S broken B stuck K". Exit status 1 when sampling failed.
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"
#include "scenarios/scenario.h"
#include "stress/outcomes.h"

namespace assay {
namespace {

BodyRuntime& runtime_of(const std::string& name) {
  for (BodyRuntime* runtime : {&std_thread(), &fork_runtime(), &coroutine()}) {
    if (runtime->info().name == name) return *runtime;
  }
  throw std::invalid_argument("expected std_thread, fork or coroutine, found '" + name + "'");
}

int print_samples(const char* name, const char* runtime, int milliseconds, int least_batches) {
  const Scenario* scenario = find_scenario(name);
  if (scenario == nullptr) throw std::invalid_argument(std::string("no scenario ") + name);
  SampleOptions options;
  options.runtime = &runtime_of(runtime);
  options.duration = std::chrono::milliseconds(milliseconds);
  options.least_batches = static_cast<std::size_t>(least_batches);
  const Histogram histogram = sample(*scenario, options);
  std::printf("samples %llu seconds %.3f broken %llu stuck %llu\n",
              static_cast<unsigned long long>(histogram.samples), histogram.seconds,
              static_cast<unsigned long long>(histogram.broken()),
              static_cast<unsigned long long>(histogram.stuck));
  if (!histogram.failure.empty()) std::fprintf(stderr, "%s\n", histogram.failure.c_str());
  return histogram.failure.empty() ? 0 : 1;
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  if (argc != 4 && argc != 5) {
    std::fprintf(stderr, "usage: %s SCENARIO RUNTIME MILLISECONDS [LEAST_BATCHES]\n", argv[0]);
    return 2;
  }
  try {
    return assay::print_samples(argv[1], argv[2], std::atoi(argv[3]),
                                argc == 5 ? std::atoi(argv[4]) : 1);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
