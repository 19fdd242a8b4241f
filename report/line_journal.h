/// A journal: a file of lines that holds each result from the moment on at which it is reached.
///
/// Guarantee: SIGKILL loses no line that was appended, but for one that was half written, which the
/// next to open the journal removes. One process at a time may use it.
#pragma once

#include <fstream>
#include <string>
#include <vector>

namespace assay {

class LineJournal {
 public:
  /// Reads what the file holds, or begins it. `head` says, in one line, what must be the same for
  /// its lines to belong together; `what` names them in messages: "sweep". Throws
  /// std::invalid_argument when the file is of another one, and std::system_error when it cannot be
  /// written.
  LineJournal(std::string path, const std::string& head, const std::string& what);

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
