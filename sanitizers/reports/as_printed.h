/// A line as the program printed it, before a log or a page changed it.
#pragma once

#include <string>
#include <string_view>

namespace assay {

/// Without ESC [ ... and a letter: colours, and what logs of CI erase a line with.
std::string without_colours(std::string_view line);

/// Before it became part of an XML file: "'x'" of "&apos;x&apos;". No report has such words of its
/// own.
std::string without_entities(std::string_view line);

/// How a line begins of which Docker's log driver json-file made
/// {"log":"...\n","stream":"stderr",...}.
inline constexpr std::string_view kJsonLog = "{\"log\":\"";

/// Before that; its end may be cut off.
std::string without_json(std::string_view line);

}  // namespace assay
