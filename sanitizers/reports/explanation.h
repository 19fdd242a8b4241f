/// A report in plain words: what happened, where, what is missing, what to do.
///
/// Everything that is said stands in the report, in the source files that it names or in the tables
/// of advice.h; nothing is guessed. Words that follow from the kind alone are marked as usual.
#pragma once

#include <string>
#include <vector>

#include "sanitizers/reports/report.h"

namespace assay {

/// One of the places of a report (two for a race).
struct ExplainedPlace {
  std::string what;   ///< "T2 writes 4 bytes"
  std::string where;  ///< "a.cc:12:3 in f()"; says so if it is unknown.
  Frame frame;        ///< Of the program's own code; empty if unknown.
  Stack stack;        ///< All of it.
};

struct Explanation {
  std::string headline;
  std::string meaning;  ///< Of the kind, for who meets it for the first time.
  std::vector<ExplainedPlace> places;
  std::vector<std::string> missing;  ///< What is missing between the places, or was broken.
  std::vector<std::string> locks;    ///< Which they are, and since when they were held.
  std::vector<std::string> memory;   ///< What the address belongs to.
  std::vector<std::string> threads;  ///< Who created them, and where.
  std::vector<std::string> fixes;    ///< The smallest first.
  std::string gallery;               ///< A program of the gallery that shows the like, or empty.
  std::string reproduce;             ///< How to see it again.
};

/// `command` is what was run, for `reproduce`; empty if it is not known.
Explanation explain(const Report& report, const std::string& command = "");

}  // namespace assay
