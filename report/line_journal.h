/// A journal: a file of lines that holds each result from the moment on at which it is reached.
///
/// Guarantee: SIGKILL loses no line that was appended, but for one that was half written, which the
/// next to open the journal removes. One process at a time may use it.
#pragma once

#include <fstream>
#include <string>
#include <vector>

namespace assay {

/// The first line of a journal.
struct JournalHead {
  std::string text;   ///< What must be the same for its lines to belong together.
  std::string older;  ///< What older versions wrote for the same; it is read as well.
};

class LineJournal {
 public:
  /// Reads what the file holds, or begins it; `what` names it in messages: "sweep". Throws
  /// std::invalid_argument when the file has another head, and std::system_error when it cannot be
  /// written.
  LineJournal(std::string path, const JournalHead& head, const std::string& what);

  /// The lines behind the head that were there already.
  [[nodiscard]] const std::vector<std::string>& known() const { return known_; }

  /// Appends a line, which has no end of its own. Throws std::system_error.
  void append(const std::string& line);

 private:
  std::string path_;
  std::vector<std::string> known_;
  std::ofstream file_;
};

}  // namespace assay
