#include "report/sweep_journal.h"

namespace assay {

SweepJournal::SweepJournal(std::string path, const JournalHead& head)
    : lines_(std::move(path), head, "sweep") {
  for (const std::string& line : lines_.known()) known_.push_back(sweep_record(line));
}

void SweepJournal::append(const SweepRecord& record) { lines_.append(to_line(record)); }

}  // namespace assay
