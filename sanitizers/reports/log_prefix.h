/// Of the reader's own: what a log puts before each line of a report ("12:00:01.250 ", "[ERROR] ",
/// "app_1  | ").
#pragma once

#include <cstddef>
#include <string_view>

namespace assay {

/// The length of what stands before the line's own text, if that is like `prefix`, which stood
/// before an earlier line: the same but for words and numbers, of whatever length. 0: it is not.
std::size_t length_of_prefix(std::string_view line, std::string_view prefix);

/// Where the path begins in "12:00:01.250 /a dir/b.cc:3:4" and in "[ERROR] b.cc:3:4".
std::size_t start_of_path(std::string_view place);

}  // namespace assay
