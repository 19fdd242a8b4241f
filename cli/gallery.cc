#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "cli/command.h"
#include "cli/open_results.h"
#include "cli/quantities.h"
#include "cli/say.h"
#include "report/held_signals.h"
#include "sanitizers/gallery/recording.h"
#include "sanitizers/gallery/survey_text.h"

namespace assay {
namespace {

constexpr int kNotAsLabelled = 1;

struct Choice {
  int runs = 3;
  std::vector<std::string> defects;
  std::vector<std::string> detectors;
  std::string json;
  std::string record;
  std::string programs;
  std::string sources;
};

/// Beside the program, where Bazel puts what it depends on.
std::string runfiles() {
  return std::filesystem::read_symlink("/proc/self/exe").string() +
         ".runfiles/assay/sanitizers/gallery/programs";
}

Gallery gallery_of(const Choice& choice) {
  Gallery gallery;
  gallery.programs = choice.programs.empty() ? runfiles() : choice.programs;
  gallery.sources =
      choice.sources.empty() ? gallery.programs : std::filesystem::path(choice.sources);
  for (const auto& [folder, flag] : {std::pair(gallery.programs / "plain", "--programs"),
                                     std::pair(gallery.sources, "--sources")}) {
    if (!std::filesystem::is_directory(folder)) {
      throw UsageError(
          fmt::format("expected the programs of the gallery in {}, found no such folder. "
                      "'ci/assay gallery' builds them, {} names another folder",
                      folder.string(), flag));
    }
  }
  return gallery;
}

std::vector<Label> chosen(std::vector<Label> labels, const std::vector<std::string>& names) {
  if (names.empty()) return labels;
  for (const std::string& name : names) {
    if (std::ranges::find(labels, name, &Label::name) == labels.end()) {
      throw UsageError(
          fmt::format("--defect: there is no defect '{}'; the names are those of the files of "
                      "sanitizers/gallery/programs",
                      name));
    }
  }
  std::erase_if(labels, [&](const Label& label) {
    return std::ranges::find(names, label.name) == names.end();
  });
  return labels;
}

std::vector<const GalleryDetector*> chosen(const std::vector<std::string>& names) {
  std::vector<const GalleryDetector*> detectors;
  for (const GalleryDetector& detector : gallery_detectors()) {
    if (names.empty() || std::ranges::find(names, detector.name) != names.end()) {
      detectors.push_back(&detector);
    }
  }
  // Before anything is measured that would be lost.
  for (const GalleryDetector* detector : detectors) {
    const std::string lack = what_it_lacks(*detector);
    if (lack.empty()) continue;
    throw UsageError(lack + "; ci/setup installs it, --detector=NAME,... chooses others");
  }
  return detectors;
}

int run(const Choice& choice) {
  const Gallery gallery = gallery_of(choice);
  const std::vector<Label> labels = chosen(read_labels(gallery), choice.defects);
  const auto file = open_results(choice.json);
  SurveyListener listener;
  listener.begins = [](const Label& label) { say("assay gallery: {}\n", label.name); };
  std::optional<Recording> recording;
  if (!choice.record.empty()) {
    recording.emplace(choice.record, gallery);
    listener.ran = [&](const Label& label, const GalleryDetector& detector, const ProgramRun& run) {
      recording->add(label.name, detector, run);
    };
  }
  const HeldSignals signals;
  int signal = 0;
  listener.goes_on = [&] { return (signal = signals.take()) == 0; };
  const Survey result = survey(gallery, labels, chosen(choice.detectors), choice.runs, listener);
  tell("{}", to_text(result));
  if (file) file->write(dump(to_json(result), 2) + "\n");
  if (signal != 0) {
    say("assay: interrupted; {} of {} defects have runs\n", result.rows.size(), labels.size());
    return 128 + signal;
  }
  return is_as_labelled(result) ? 0 : kNotAsLabelled;
}

CommandRun set_up(CLI::App& app) {
  auto choice = std::make_shared<Choice>();
  std::vector<std::string> names;
  for (const GalleryDetector& detector : gallery_detectors()) names.emplace_back(detector.name);
  app.add_option("--runs", choice->runs, "Runs of each defect and twin a detector (default 3)")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--defect", choice->defects, "Defects, by the names of their files (default all)")
      ->delimiter(',');
  app.add_option("--detector", choice->detectors, "Detectors (default all)")
      ->delimiter(',')
      ->check(CLI::IsMember(names));
  app.add_option("--json", choice->json, "Write the result to this file as well");
  app.add_option("--record", choice->record,
                 "Keep one output of each shape of report in this folder");
  app.add_option("--programs", choice->programs, "The folder with the built programs");
  app.add_option("--sources", choice->sources, "The folder with their sources (default the same)");
  app.footer(
      "Exit status: 0 all as labelled, 1 something not, 2 wrong usage, 3 not measured, 130 or 143\n"
      "interrupted.");
  return [choice](const Words&) { return run(*choice); };
}

const CommandRegistration kGallery(
    "gallery", "Run the gallery of defects: what each detector finds, how often, at what cost",
    &set_up);

}  // namespace
}  // namespace assay
