#include "stress/lesson/witness_run.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "models/host.h"
#include "properties/symbolize.h"
#include "sanitizers/reports/explainer.h"
#include "sanitizers/reports/source.h"
#include "stress/lesson/embedded.h"

namespace assay {
namespace {

constexpr int kReportedExit = 66;
constexpr int kNoProgramExit = 127;
// Where Bazel's compilers saw the sources.
constexpr const char* kWorkspace = "/proc/self/cwd";
constexpr const char* kSymbolizer = "/usr/lib/llvm-19/bin/llvm-symbolizer";

std::string sanitizer_options() {
  std::string options =
      "halt_on_error=0:second_deadlock_stack=1:exitcode=" + std::to_string(kReportedExit);
  if (access(kSymbolizer, X_OK) == 0)
    options += std::string(":external_symbolizer_path=") + kSymbolizer;
  return options;
}

/// The program in memory by its name alone, as frames have those of files.
std::string with_plain_names(std::string output) {
  constexpr std::string_view kInMemory = "(memfd:witness (deleted)+";
  constexpr std::string_view kPlain = "(witness+";
  for (std::size_t at = output.find(kInMemory); at != std::string::npos;
       at = output.find(kInMemory, at))
    output.replace(at, kInMemory.size(), kPlain);
  return output;
}

HostResult run_witness(const std::vector<std::string>& words) {
  const std::string options = sanitizer_options();
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  HostOptions host;
  host.bound = std::chrono::seconds(60);
  HostResult result = run_in_host(host, [&] {
    setenv("TSAN_OPTIONS", options.c_str(), 1);
    execv(arguments.front(), arguments.data());
    _exit(kNoProgramExit);
  });
  result.output = with_plain_names(symbolized(result.output, words.front(), kSymbolizer));
  return result;
}

/// The innermost frame of a scenario: a lock is taken in the engine, for the body.
const Frame& scenario_frame(const ExplainedPlace& place) {
  const auto found = std::ranges::find_if(
      place.stack, [](const Frame& frame) { return !embedded_source(frame.file).empty(); });
  return found == place.stack.end() ? place.frame : *found;
}

Sanitized::Place shown_place(const ExplainedPlace& place, SourceReader& sources) {
  constexpr std::uint32_t kAround = 3;
  const Frame& frame = scenario_frame(place);
  Sanitized::Place shown{place.what, place.where, frame.file, frame.line, {}};
  const auto lines = sources.around(frame, kAround);
  if (!lines) return shown;
  for (const SourceLine& line : *lines) shown.source.push_back({line.number, line.text});
  return shown;
}

Sanitized::Explained explained(const Explanation& explanation, SourceReader& sources) {
  Sanitized::Explained shown{
      explanation.headline, explanation.meaning, explanation.missing, explanation.fixes, {}};
  for (const ExplainedPlace& place : explanation.places)
    shown.places.push_back(shown_place(place, sources));
  return shown;
}

}  // namespace

Sanitized judge_witness(const Sanitizing& what, const End& end, const std::string& output) {
  Sanitized said;
  said.schedules = what.schedule.empty()
                       ? "up to " + std::to_string(what.random) + " random schedules"
                       : "the schedule above";
  if (output.find("unexpected memory mapping") != std::string::npos) {
    said.reason =
        "ThreadSanitizer cannot lay out its memory here; lower the entropy of addresses with "
        "`sysctl vm.mmap_rnd_bits=28`";
    return said;
  }
  const bool ended = end.ok() || (end.kind == EndKind::kExited && end.code == kReportedExit);
  if (!ended) {
    said.reason = "the witness program " + to_string(end) + ": " + output;
    return said;
  }
  Explainer explainer(
      {.group = true, .command = "assay race " + what.scenario, .root = kWorkspace});
  ReportReader reader(explainer.sink());
  reader.feed(output);
  reader.finish();
  // The text that was compiled, and no other.
  SourceReader sources(std::vector<std::string>{});
  sources.embedded = &embedded_source;
  for (const ExplainedReport& report : explainer.reports())
    said.reports.push_back(explained(report.explanation, sources));
  if (end.ok() != said.reports.empty()) {
    said.reason = "the witness program " + to_string(end) + ", and " +
                  std::to_string(said.reports.size()) + " reports could be read of: " + output;
    return said;
  }
  said.verdict = said.reports.empty() ? Sanitized::Verdict::kSilent : Sanitized::Verdict::kReported;
  return said;
}

Sanitized sanitize(const Sanitizing& what) {
  if (embedded_witness().empty()) {
    Sanitized none;
    none.reason =
        "there is no room for the witness program; free memory, or raise RLIMIT_FSIZE (ulimit -f)";
    return none;
  }
  const HostResult result =
      run_witness({embedded_witness(), "--scenario=" + what.scenario,
                   "--units=" + std::to_string(what.units), "--memory-model=" + what.memory_model,
                   what.schedule.empty() ? "--random=" + std::to_string(what.random)
                                         : "--schedule=" + what.schedule});
  return judge_witness(what, result.end, result.output);
}

}  // namespace assay
