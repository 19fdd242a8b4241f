// `assay report`: results as a page for people, or as Markdown for a pull request.
#include <cstdio>
#include <memory>

#include "cli/exploration.h"
#include "cli/measure.h"
#include "cli/open_results.h"
#include "cli/say.h"
#include "report/input.h"
#include "report/markdown.h"
#include "report/page.h"

namespace assay {
namespace {

/// What a browser opens without a thought.
constexpr std::size_t kLargest = 2'000'000;

struct Typed {
  std::vector<std::string> from;
  std::string out, runtimes, traits, seed = "1";
  bool markdown = false;
};

/// ExploredScenario in the report of a machine: they take milliseconds.
constexpr const char* kLessons[] = {"lost_update", "lock_order_inversion", "lost_wakeup",
                                    "store_buffering", "unsafe_publication"};

/// What this machine comes to, with little effort.
std::vector<ReportFile> measured(const Typed& typed, const Words& words) {
  Options options;
  options.runtimes = parse_runtimes(typed.runtimes);
  options.traits = parse_traits(typed.traits);
  options.seed = parse_seed(typed.seed);
  options.effort = Effort::kQuick;
  say("assay: no --from, so this machine is measured, with little effort\n");
  std::vector<ReportFile> files;
  files.push_back(parse_report_file("this machine", measured_document(options, words)));
  for (const char* scenario : kLessons) {
    files.push_back(parse_report_file(scenario, exploration_document(scenario)));
  }
  return files;
}

std::vector<ReportFile> files_of(const Typed& typed, const Words& words) {
  if (typed.from.empty()) return measured(typed, words);
  try {
    return read_report_files(typed.from);
  } catch (const InputError& error) {
    throw UsageError(std::string("--from: ") + error.what());
  }
}

int report(const Typed& typed, const Words& words) {
  const bool page = !typed.markdown || !typed.out.empty();
  const std::string path = typed.out.empty() ? "assay.html" : typed.out;
  const std::unique_ptr<ResultsFile> file = page ? open_results(path) : nullptr;
  const std::vector<ReportFile> files = files_of(typed, words);
  if (typed.markdown) tell("{}", to_markdown(files));
  if (!page) return 0;
  const std::string text = to_page(files);
  file->write(text);
  say("assay: wrote {} ({:.2f} MB); a browser opens it from disk\n", path,
      static_cast<double>(text.size()) / 1e6);
  if (text.size() > kLargest) {
    say("assay: that is more than {} MB, which opens slowly: give it fewer files\n",
        kLargest / 1'000'000);
  }
  return 0;
}

CommandRun set_up(CLI::App& app) {
  const auto typed = std::make_shared<Typed>();
  app.add_option(
         "--from", typed->from,
         "A file that --json wrote; may be given often. Without it, this machine is measured")
      ->expected(1)
      ->take_all();
  app.add_option("--out", typed->out, "The page (default assay.html)");
  app.add_flag("--markdown", typed->markdown,
               "Print the table as Markdown; the page is written where --out names it");
  app.add_option("--runtime", typed->runtimes, "Without --from: as in `assay`");
  app.add_option("--trait", typed->traits, "Without --from: as in `assay`");
  app.add_option("--seed", typed->seed, "Without --from: as in `assay` (default 1)");
  return [typed](const Words& words) { return report(*typed, words); };
}

const CommandRegistration kReport("report", "Make a page of results, with all evidence", &set_up);

}  // namespace
}  // namespace assay
