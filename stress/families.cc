#include "stress/families.h"

#include <memory>
#include <ostream>
#include <set>
#include <utility>

namespace assay {
namespace {

int wrong = 0;
bool trying = false;

/// Of a family that is tried.
struct Trial {
  benchmark::internal::Benchmark* registered = nullptr;
  std::set<std::int64_t> selected;  ///< Rungs; each is run as often as repetitions are asked for.
  bool works = false;
};

std::vector<std::shared_ptr<Trial>>& trials() {
  static std::vector<std::shared_ptr<Trial>> all;
  return all;
}

class Silent : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& /*context*/) override { return true; }
  void ReportRuns(const std::vector<Run>& /*runs*/) override {}
};

void run_or_try(benchmark::State& state, const BenchmarkFamily& family, Trial& trial) {
  if (!trying) return family.run(state);
  const bool is_first = trial.selected.empty();
  trial.selected.insert(state.range(0));
  if (!is_first) return state.SkipWithError("one run is enough of a trial");
  family.run(state);
  trial.works = !state.error_occurred();
}

}  // namespace

void fail(benchmark::State& state, const std::string& why) {
  if (!trying) ++wrong;
  state.SkipWithError(why.c_str());
}

int wrong_results() { return wrong; }

void add_family(BenchmarkFamily family) {
  const auto trial = std::make_shared<Trial>();
  benchmark::internal::Benchmark* added = benchmark::RegisterBenchmark(
      family.name.c_str(),
      [family, trial](benchmark::State& state) { run_or_try(state, family, *trial); });
  for (const std::int64_t rung : family.rungs) added->Arg(rung);
  added->ArgName(family.argument)->Iterations(family.iterations)->UseManualTime();
  trial->registered = added;
  trials().push_back(trial);
}

void fit_families() {
  Silent silent;
  std::ostream nowhere(nullptr);
  silent.SetOutputStream(&nowhere);
  silent.SetErrorStream(&nowhere);
  trying = true;
  benchmark::RunSpecifiedBenchmarks(&silent);
  trying = false;
  for (const auto& trial : trials()) {
    if (trial->works && trial->selected.size() > 1) trial->registered->Complexity(benchmark::oAuto);
  }
}

}  // namespace assay
