/// Explanations for a terminal.
///
/// Guarantee: no line is wider than 100 columns but for names and paths, which are never cut where
/// they stand alone; without colour the text is plain ASCII but for what the report contains.
#pragma once

#include <string>

#include "sanitizers/reports/explanation.h"
#include "sanitizers/reports/source.h"

namespace assay {

struct TextOptions {
  bool colour = false;
  bool all_frames = false;  ///< Also the frames of the libraries, which are counted otherwise.
};

/// `number` is the report's place in the stream; `times` how often it was seen (--group).
std::string explanation_text(const Report& report, const Explanation& explanation,
                             std::size_t number, std::size_t times, SourceReader& sources,
                             const TextOptions& options);

}  // namespace assay
