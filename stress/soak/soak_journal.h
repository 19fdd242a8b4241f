/// The file of a soak: a line of JSON for what is the same in all of it, one for each round as it
/// ends, and one for each call that came to its end. A soak that was killed keeps what it measured.
///
/// The file survives SIGKILL at any moment (report/line_journal.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "report/line_journal.h"
#include "stress/soak/soak.h"

namespace assay {

class SoakJournal {
 public:
  /// Opens the file or begins it; throws as LineJournal does.
  SoakJournal(std::string path, const SoakPlan& plan);

  void append(const RoundRecord& record);
  /// How a call of `soak` ended.
  void append(const SoakResult& result);

  // Of the rounds that were there already.
  [[nodiscard]] std::chrono::nanoseconds spent() const { return spent_; }
  [[nodiscard]] std::uint64_t next_round() const { return next_round_; }
  [[nodiscard]] const SoakCounts& counts() const { return counts_; }

 private:
  LineJournal lines_;
  SoakCounts counts_;
  std::chrono::nanoseconds spent_{0};
  std::uint64_t next_round_ = 0;
};

}  // namespace assay
