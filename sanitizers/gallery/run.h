/// Runs a program of the gallery under a detector and returns what became of it.
///
/// Guarantee: the program has ended, by itself or (after a bound that is far beyond any healthy
/// run) by SIGKILL, which is said; its standard output and error are complete and in their order.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "sanitizers/gallery/detector.h"
#include "sanitizers/gallery/label.h"

namespace assay {

struct ProgramRun {
  std::string command;   ///< For a shell: it shows the run again.
  std::string output;    ///< Standard output and standard error.
  int exit_status = 0;   ///< That of the program, or 128 + the signal that ended it.
  bool gave_up = false;  ///< The bound was reached, and the program killed.
  double seconds = 0;    ///< Of the processor's time, used by the program and what watches it.
  long peak_kib = 0;     ///< The most memory that was resident.
};

/// Where the programs are: VARIANT/LABEL, VARIANT/LABEL_fixed and LABEL.cc.
struct Gallery {
  std::filesystem::path programs;  ///< The folder of variants.
  std::filesystem::path sources;   ///< The folder of sources.
};

/// The labels of all sources, by name. Throws LabelError, or std::system_error if there is no
/// folder.
std::vector<Label> read_labels(const Gallery& gallery);

inline constexpr std::chrono::seconds kRunBound{120};

/// Runs a defect, or its twin, under a detector. `suppressions` is a file for it, or empty. Throws
/// std::system_error when the program cannot be started.
ProgramRun run_under(const Gallery& gallery, const std::string& label, bool twin,
                     const GalleryDetector& detector,
                     const std::filesystem::path& suppressions = {},
                     std::chrono::seconds bound = kRunBound);

/// The same without a detector.
ProgramRun run_plain(const Gallery& gallery, const std::string& label, bool twin,
                     std::chrono::seconds bound = kRunBound);

}  // namespace assay
