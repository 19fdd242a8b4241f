/// What a command prints: `tell` what was asked for, on standard output, and `say` the rest, on
/// standard error.
///
/// Neither throws: where a stream cannot be written the words are lost, and nothing that was
/// measured. That standard output was not written is known at the end, and is the exit status.
#pragma once

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <utility>

namespace assay {

/// errno of the first words that standard output did not take; 0 when it took all so far.
inline int& output_error() {
  static int error = 0;
  return error;
}

inline void note_output_error(bool failed) {
  if (failed && output_error() == 0) output_error() = errno;
}

template <typename... Values>
void tell(fmt::format_string<Values...> format, Values&&... values) {
  const std::string words = fmt::format(format, std::forward<Values>(values)...);
  note_output_error(std::fputs(words.c_str(), stdout) < 0);
}

/// Shows at once what was told so far.
inline void show_told() { note_output_error(std::fflush(stdout) != 0); }

template <typename... Values>
void say(fmt::format_string<Values...> format, Values&&... values) {
  std::fputs(fmt::format(format, std::forward<Values>(values)...).c_str(), stderr);
}

}  // namespace assay
