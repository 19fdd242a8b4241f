/// The file that `--json` names.
///
/// Guarantee: whether it can be written is known before the run, and it appears whole or not at
/// all. Where the file system has O_TMPFILE there is no temporary name, so that SIGKILL leaves no
/// file; only the instant in which an existing file is replaced, and file systems without
/// O_TMPFILE, need a name beside it (`FILE.PID.part`).
#pragma once

#include <string>

namespace assay {

class ResultsFile {
 public:
  /// Throws std::system_error, with what to do, when nothing can be written to `path`. A path of a
  /// device or a pipe (/dev/stdout) is written as it is.
  explicit ResultsFile(std::string path);
  ResultsFile(const ResultsFile&) = delete;
  ResultsFile& operator=(const ResultsFile&) = delete;
  ~ResultsFile();

  /// Writes the text and gives it its name. Called once. Throws std::system_error.
  void write(const std::string& text);

 private:
  [[noreturn]] void refuse(const std::string& what) const;
  void give_name();

  std::string path_;    ///< As named by the user, for messages.
  std::string target_;  ///< With links followed.
  std::string part_;    ///< The temporary name; empty where there is none.
  int fd_ = -1;
  bool device_ = false;
};

}  // namespace assay
