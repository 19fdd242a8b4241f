#include "report/sweep_journal.h"

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

SweepJournal::SweepJournal(std::string path, const std::string& head) : path_(std::move(path)) {
  const std::vector<std::string> lines = whole_lines(path_);
  std::uintmax_t bytes = 0;
  for (const std::string& line : lines) {
    if (bytes == 0 && line != head) {
      throw std::invalid_argument("'" + path_ + "' is of another sweep: expected '" + head +
                                  "', found '" + line.substr(0, 200) + "'");
    }
    if (bytes > 0) known_.push_back(sweep_record(line));
    bytes += line.size() + 1;
  }
  file_.open(path_, std::ios::binary | std::ios::app);
  if (file_) std::filesystem::resize_file(path_, bytes);
  if (lines.empty()) write(head);
}

void SweepJournal::append(const SweepRecord& record) { write(to_line(record)); }

void SweepJournal::write(const std::string& line) {
  if (file_) file_ << line << std::endl;
  if (!file_) {
    throw std::system_error(errno, std::generic_category(), "cannot write to '" + path_ + "'");
  }
}

}  // namespace assay
