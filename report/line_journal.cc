#include "report/line_journal.h"

#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace assay {
namespace {

/// The whole lines of a file; none where there is no file.
std::vector<std::string> whole_lines(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line) && !file.eof();) lines.push_back(line);
  return lines;
}

}  // namespace

LineJournal::LineJournal(std::string path, const JournalHead& head, const std::string& what)
    : path_(std::move(path)) {
  known_ = whole_lines(path_);
  const bool begun = !known_.empty();
  if (begun && known_.front() != head.text && known_.front() != head.older) {
    throw std::invalid_argument("'" + path_ + "' is of another " + what + ": expected '" +
                                head.text + "', found '" + known_.front().substr(0, 200) + "'");
  }
  std::uintmax_t bytes = 0;
  for (const std::string& line : known_) bytes += line.size() + 1;
  file_.open(path_, std::ios::binary | std::ios::app);
  if (file_) std::filesystem::resize_file(path_, bytes);
  if (begun) {
    known_.erase(known_.begin());
  } else {
    append(head.text);
  }
}

void LineJournal::append(const std::string& line) {
  if (file_) file_ << line << std::endl;
  if (!file_) {
    throw std::system_error(errno, std::generic_category(), "cannot write to '" + path_ + "'");
  }
}

}  // namespace assay
