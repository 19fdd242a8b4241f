// How fast the reader goes through a long log: 100 MB of reports of every detector among other
// output. A wrong count of reports fails it, and so does memory that grows with the input.
//
//     bazel run --config=opt //sanitizers/reports:reader_benchmark
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <string>

#include "sanitizers/reports/testing_reports.h"

namespace assay {
namespace {

constexpr std::size_t kPiece = 1 << 18;
constexpr std::int64_t kMegabyte = 1 << 20;

struct Mixed {
  std::string text;
  std::size_t reports = 0;
};

// About `size` bytes: four fifths are ordinary lines.
Mixed mixed(std::size_t size) {
  const std::vector<RecordedRun> runs = recorded_runs();
  Mixed made;
  for (std::size_t i = 0; made.text.size() < size; ++i) {
    const RecordedRun& run = runs[i % runs.size()];
    for (std::size_t n = 0; n < run.text.size() * 4; n += 64) {
      made.text += "[12:00:00.123] worker 7: handled request 4711, 200 OK, 1832 bytes\n";
    }
    made.text += run.text;
    made.reports += read_reports(run.text).reports.size();
  }
  return made;
}

std::int64_t peak_kib() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

void read_mixed_output(benchmark::State& state) {
  const auto repeats = static_cast<std::size_t>(state.range(0)) / 10;
  const Mixed input = mixed(10 * kMegabyte);
  std::size_t found = 0;
  {
    // What is needed at all is allocated once, before memory is looked at.
    ReportReader warm({[&](const Report&) { ++found; }, [](const Problem&) {}});
    warm.feed(input.text);
    warm.finish();
  }
  const std::int64_t before = peak_kib();
  for (auto _ : state) {
    found = 0;
    ReportReader reader({[&](const Report&) { ++found; }, [](const Problem&) {}});
    for (std::size_t i = 0; i < repeats; ++i) {
      for (std::size_t at = 0; at < input.text.size(); at += kPiece) {
        reader.feed(std::string_view(input.text).substr(at, kPiece));
      }
    }
    reader.finish();
    if (found != input.reports * repeats) {
      const std::string wrong = "read " + std::to_string(found) + " reports, expected " +
                                std::to_string(input.reports * repeats);
      state.SkipWithError(wrong.c_str());
      return;
    }
  }
  const std::int64_t grown = peak_kib() - before;
  if (grown > 4096) {
    state.SkipWithError(("memory grew by " + std::to_string(grown) + " KiB").c_str());
    return;
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(repeats * input.text.size()));
  state.counters["reports"] = static_cast<double>(found);
  state.counters["grown_KiB"] = static_cast<double>(grown);
}
BENCHMARK(read_mixed_output)->ArgName("MB")->Arg(100)->Arg(400)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace assay

BENCHMARK_MAIN();
