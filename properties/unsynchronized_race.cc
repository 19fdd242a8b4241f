// A helper program built with ThreadSanitizer runs the units of a runtime, which share the heap
// without a lock, with a mutex and with a semaphore. This reads what ThreadSanitizer reports.
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <map>
#include <sstream>

#include "models/host.h"
#include "properties/kernel_rounds.h"
#include "properties/symbolize.h"

namespace assay {
namespace {

constexpr int kRaceExit = 66;
constexpr int kUsageExit = 2;
constexpr int kNoProgramExit = 127;
constexpr const char* kWarning = "WARNING: ThreadSanitizer: data race";
constexpr const char* kSymbolizer = "/usr/lib/llvm-19/bin/llvm-symbolizer";

std::string sanitizer_options() {
  std::string options = "halt_on_error=0:exitcode=" + std::to_string(kRaceExit);
  if (access(kSymbolizer, X_OK) == 0) {
    options += std::string(":external_symbolizer_path=") + kSymbolizer;
  }
  return options;
}

struct HelperRun {
  std::string lock;
  std::size_t units = 0;
  HostResult result;
  [[nodiscard]] bool warned() const { return result.output.find(kWarning) != std::string::npos; }
  [[nodiscard]] std::string text() const {
    return std::to_string(units) + " units, lock " + lock + ": " +
           (warned() ? "data race reported" : "silent");
  }
};

HelperRun run_helper(const std::string& helper, const std::string& runtime, const std::string& lock,
                     std::size_t units) {
  const std::array<std::string, 4> words{helper, "--runtime=" + runtime, "--lock=" + lock,
                                         "--units=" + std::to_string(units)};
  const std::string sanitizer = sanitizer_options();
  const HostOptions options{.bound = std::chrono::seconds(30), .linger = {}, .linger_bound = {}};
  HelperRun run{lock, units, {}};
  run.result = run_in_host(options, [&] {
    setenv("TSAN_OPTIONS", sanitizer.c_str(), 1);
    std::array<char*, 5> arguments{};
    for (std::size_t i = 0; i < words.size(); ++i) {
      arguments.at(i) = const_cast<char*>(words.at(i).c_str());
    }
    execv(helper.c_str(), arguments.data());
    _exit(kNoProgramExit);
  });
  run.result.output = symbolized(run.result.output, helper, kSymbolizer);
  return run;
}

/// The rest of the line of `text` that starts with `start`.
std::string after(const std::string& text, const std::string& start) {
  const std::size_t at = text.find(start);
  if (at == std::string::npos) return "";
  const std::size_t from = at + start.size();
  return text.substr(from, text.find('\n', from) - from);
}

/// The lines of a report that name `place`: the two accesses.
std::vector<std::string> lines_with(const std::string& text, const std::string& place) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (line.find(place) == std::string::npos || line.find("#0") == std::string::npos) continue;
    lines.push_back(line.substr(line.find('#')));
  }
  return lines;
}

/// Why the run says nothing about races, or an empty text.
std::string hindrance(const HelperRun& run, const std::string& helper) {
  const End& end = run.result.end;
  const std::string& output = run.result.output;
  if (output.find("unexpected memory mapping") != std::string::npos) {
    return "ThreadSanitizer cannot lay out its memory here; lower the entropy of addresses with "
           "`sysctl vm.mmap_rnd_bits=28`";
  }
  if (end.kind == EndKind::kExited && end.code == kNoProgramExit) {
    return "cannot run " + helper + "; build //properties:race_helper_tsan";
  }
  if (end.kind == EndKind::kExited && end.code == kUsageExit) {
    return "the helper program knows the reference runtimes and some mutants, not this runtime";
  }
  const bool ended = end.ok() || (end.kind == EndKind::kExited && end.code == kRaceExit);
  if (!ended) return "the helper program " + to_string(end) + ": " + output;
  if (!run.warned()) return "";
  // With a symbolizer some frame of the helper's own source is named.
  if (output.find("race_helper.cc:", output.find(kWarning)) == std::string::npos) {
    return "ThreadSanitizer reported a race, but no source line; install llvm-19 for " +
           std::string(kSymbolizer);
  }
  return "";
}

/// What the runs showed.
struct Seen {
  std::uint64_t runs = 0;
  std::uint64_t unlocked = 0;
  std::uint64_t reported = 0;  ///< Unlocked runs in which the increment was reported.
  std::vector<std::string> texts;
  std::vector<std::string> accesses;
  std::string false_alarm;

  void add(const HelperRun& run) {
    ++runs;
    texts.push_back(run.text());
    if (run.lock == "none") ++unlocked;
    if (!run.warned()) return;
    const auto lines = lines_with(run.result.output, after(run.result.output, "increment at "));
    if (run.lock == "none" && !lines.empty()) {
      ++reported;
      accesses = lines;
      accesses.resize(std::min<std::size_t>(accesses.size(), 2));
    } else {
      false_alarm = run.text() + (run.lock == "none" ? ", elsewhere than at the increment" : "");
    }
  }
};

Observation conclude(const Seen& seen) {
  Observation observation;
  observation.tries = seen.runs;
  observation.evidence.set("runs", seen.texts).set("accesses", seen.accesses);
  const std::string counts =
      std::to_string(seen.reported) + "/" + std::to_string(seen.unlocked) + " unlocked runs";
  observation.counterexample =
      "units increment a variable on the heap one after the other, without a lock\n";
  if (!seen.false_alarm.empty()) {
    observation.figure = "false alarm";
    observation.reason =
        "expected no report of a program without a race, found: " + seen.false_alarm;
  } else if (seen.reported > 0) {
    observation.allowed = observation.witnessed = {UnsynchronizedRace::kReported};
    observation.figure = "reported, locked silent";
    observation.reason = "ThreadSanitizer reported " + counts +
                         " and was silent with a mutex and "
                         "with a semaphore";
  } else {
    observation.allowed = {UnsynchronizedRace::kSilent};
    observation.figure = "silent in " + std::to_string(seen.runs) + " runs";
    observation.reason = "ThreadSanitizer reported " + counts;
  }
  return observation;
}

}  // namespace

static Observation observe_unsynchronized_race(Runtime& runtime, const ProbeOptions& options) {
  const Trait& of = trait(TraitId::kUnsynchronizedRace);
  if (options.race_helper.empty()) {
    return not_measured(of, "the helper program built with ThreadSanitizer is not at hand");
  }
  Seen seen;
  for (const std::size_t units :
       rungs_of(options, is_quick(options) ? std::vector<std::size_t>{2}
                                           : std::vector<std::size_t>{2, 64})) {
    for (const char* lock : {"none", "mutex", "semaphore"}) {
      const HelperRun run = run_helper(options.race_helper, runtime.info().name, lock,
                                       std::min<std::size_t>(units, 64));
      const std::string why = hindrance(run, options.race_helper);
      if (!why.empty()) return not_measured(of, why);
      seen.add(run);
    }
  }
  return conclude(seen);
}

static const ProbeRegistration kRegistered(TraitId::kUnsynchronizedRace,
                                           &observe_unsynchronized_race);

}  // namespace assay
