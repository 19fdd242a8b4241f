/// Text of strangers (an exception's, a driver's), made fit for a terminal, a report and a line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace assay {

/// The text with "\xNN" for every byte that is no printable UTF-8, lines and tabs apart, and with
/// "..." for what comes after `most` bytes. Printable text that is no longer stays as it is.
std::string printable(std::string_view text, std::size_t most);

}  // namespace assay
