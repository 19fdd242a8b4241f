/// The journal of a sweep: a file that holds each verdict from the moment on at which it is
/// reached.
///
/// Guarantee: SIGKILL loses no verdict that was reached, but for a line that was half written,
/// which the next sweep removes. One sweep at a time may use it.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "report/sweep.h"

namespace assay {

class SweepJournal {
 public:
  /// Reads what the file holds, or begins it. `head` says, in one line, what must be the same for
  /// verdicts to be counted together. Throws std::invalid_argument when the file is of another
  /// sweep, and std::system_error when it cannot be written.
  SweepJournal(std::string path, const std::string& head);

  [[nodiscard]] const std::vector<SweepRecord>& known() const { return known_; }

  /// Appends a verdict. Throws std::system_error.
  void append(const SweepRecord& record);

 private:
  void write(const std::string& line);

  std::string path_;
  std::vector<SweepRecord> known_;
  std::ofstream file_;
};

}  // namespace assay
