// The text of ci/preflight, so that a program can show the same preflight as set-up does.
//
// The script stands alone: `sh -s -- --all` with this text on its standard input works in any
// folder.
#ifndef ASSAY_CI_PREFLIGHT_TEXT_H_
#define ASSAY_CI_PREFLIGHT_TEXT_H_

#include <string_view>

namespace assay {

/// Returns the whole script, as it stands in ci/preflight.
std::string_view preflight_script();

}  // namespace assay

#endif  // ASSAY_CI_PREFLIGHT_TEXT_H_
