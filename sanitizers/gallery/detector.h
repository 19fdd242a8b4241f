/// The detectors of the gallery: how each is built, run and read.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

struct GalleryDetector {
  std::string_view name;             ///< As in labels: "clang_tsan".
  std::string_view title;            ///< As in tables.
  std::string_view variant;          ///< Of sanitizers/variants.bzl: the folder of its programs.
  std::vector<std::string> command;  ///< What the program is an argument of; empty: nothing.
  std::vector<std::string> environment;  ///< "NAME=value".
  std::vector<std::string> needs;  ///< Programs without which it reports nothing, or no lines.
  std::string_view suppressions;   ///< The option that takes a file of them; empty: none does.
  /// It gives one place of a race, the later, and for the other a stretch of the thread's time.
  bool names_one_place = false;
  bool names_globals = true;  ///< And other variables; false: only that they are in the heap.
};

/// In the order of tables.
std::span<const GalleryDetector> gallery_detectors();

/// nullptr: there is none of that name.
const GalleryDetector* find_gallery_detector(std::string_view name);

/// "drd needs /usr/bin/valgrind: No such file or directory"; empty: all that it needs is there.
std::string what_it_lacks(const GalleryDetector& detector);

}  // namespace assay
