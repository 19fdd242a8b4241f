/// The label of a defect: what its source says is wrong with it and which detectors see that.
///
/// A program of the gallery opens with a comment in two parts: a description for a person, an empty
/// comment line, and the label, one field a line (a deeper indented line goes on with the field
/// above):
///
///     // kind: data-race                    what is wrong: a slug of ReportKind, or other words
///     // variable: g_counter                or heap, stack, tls, descriptor
///     // places: first access, second access    names of markers; these two need not be said
///     // also: data written, data read      other places where the same defect shows; "nowhere":
///     in
///                                            no line of this program
///     // shows: an addition was lost        what the plain program prints, and its twin does not
///     // seen by: clang_tsan, drd as data-race at second access of g_counter
///     // missed by: asan because it asks whether an address may be used, not when
///
///     // stopped by: drd because a check of its own fails    the detector itself fails, without a
///     report
///     // found by: explorer as lost_update, outcome     where every detector is silent: what does
///     show it, a scenario of the explorer (assay explore lost_update) or what the program prints
///
/// `as`, `at` and `of` are said where a detector's report differs from the label; "of nothing": it
/// names no variable. A correct program (kind: correct) has "false alarm by" and "silent under".
/// Markers are comments at the end of a line, `// <- first access`.
///
/// Guarantee: every detector is named exactly once, every place has its marker, every kind is
/// known, and a defect that all detectors miss is found by something; LabelError says where it is
/// not.
#pragma once

#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "sanitizers/reports/report_kind.h"

namespace assay {

/// Lines of the program's source, counted from 1.
using Lines = std::set<int>;

/// What one detector makes of one defect.
struct Sighting {
  bool seen = false;
  bool stops = false;             ///< The detector fails itself, and reports nothing.
  std::vector<ReportKind> kinds;  ///< Any of them. Empty when missed.
  Lines lines;                    ///< All of them, in one report.
  std::string variable;           ///< Empty: not named.
  std::string reason;             ///< Why it is missed, or that a report is a false alarm.
};

struct Label {
  std::string name;
  std::string description;
  std::string kind;
  std::string shows;
  bool correct = false;           ///< A report about it is a false alarm.
  std::string scenario;           ///< In which the explorer finds the defect; empty: none is named.
  bool found_by_outcome = false;  ///< What it `shows` is what finds it.
  Lines lines;                    ///< Of the places.
  std::vector<Lines> also;
  std::map<std::string, Sighting, std::less<>> sightings;  ///< By the name of the detector.
};

struct LabelError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Reads the label of the program `name` from its source. Throws LabelError.
Label parse_label(const std::string& name, std::string_view source);

}  // namespace assay
