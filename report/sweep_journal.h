/// The journal of a sweep: each verdict is kept from the moment on at which it is reached, in a
/// file that survives SIGKILL (report/line_journal.h).
#pragma once

#include <string>
#include <vector>

#include "report/line_journal.h"
#include "report/sweep.h"

namespace assay {

class SweepJournal {
 public:
  /// Reads what the file holds, or begins it. `head` says what must be the same for verdicts to be
  /// counted together. Throws std::invalid_argument when the file is of another sweep, and
  /// std::system_error when it cannot be written.
  SweepJournal(std::string path, const JournalHead& head);

  [[nodiscard]] const std::vector<SweepRecord>& known() const { return known_; }

  /// Appends a verdict. Throws std::system_error.
  void append(const SweepRecord& record);

 private:
  LineJournal lines_;
  std::vector<SweepRecord> known_;
};

}  // namespace assay
