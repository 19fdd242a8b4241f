/// The lines of source around a place of a report.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sanitizers/reports/report.h"

namespace assay {

struct SourceLine {
  std::uint32_t number = 0;
  std::string text;  ///< Tabs are expanded; bytes that are no text are shown as '?'.
};

/// Reads files once, and at most kMaxFiles of them at a time, so that memory is bounded.
class SourceReader {
 public:
  static constexpr std::size_t kMaxFiles = 64;
  static constexpr std::size_t kMaxBytes = 8 << 20;

  /// Relative names are looked for under each root; "" is the working directory.
  explicit SourceReader(std::vector<std::string> roots = {""});

  /// The text of a file that the program has in itself, or nothing; looked for after the roots.
  std::string_view (*embedded)(std::string_view file) = nullptr;

  /// The line of the frame and up to `around` lines before and after it; nullopt if the file cannot
  /// be read (or is no regular file, or larger than kMaxBytes) or does not have the line.
  std::optional<std::vector<SourceLine>> around(const Frame& frame, std::uint32_t around);

 private:
  const std::vector<std::string>& lines(const std::string& file);

  std::vector<std::string> roots_;
  std::map<std::string, std::vector<std::string>> files_;
};

}  // namespace assay
