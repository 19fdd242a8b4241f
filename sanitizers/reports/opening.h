/// Where a report of a sanitizer begins.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "sanitizers/reports/parser.h"

namespace assay {

/// Without a parser: no report begins.
struct Opening {
  std::unique_ptr<ReportParser> parser;
  std::size_t prefix = 0;  ///< Bytes before the report's own text, as a log puts there.
  std::string_view note = {};
};

Opening open_report(std::string_view line);

/// Of a line that begins a report of a relative which is not read here: why. Said, so that nobody
/// takes it for none. Empty for all others.
std::string_view unreadable(std::string_view line);

/// Does a line that the end of the stream cut off look like the beginning of a report's first line?
bool may_begin_report(std::string_view line);

}  // namespace assay
