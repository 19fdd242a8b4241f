/// A child process that tells its parent lines of text through a pipe.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace assay {

class LineChild {
 public:
  /// Forks; the child calls `be(fd)`, writes lines to `fd` by `write_line`, and must not return. It
  /// dies with its parent. Throws std::system_error when no process can be started.
  explicit LineChild(const std::function<void(int fd)>& be);
  LineChild(const LineChild&) = delete;
  LineChild& operator=(const LineChild&) = delete;
  /// Kills the child if `wait` was not called.
  ~LineChild();

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Readable when `receive` has something to return.
  [[nodiscard]] int fd() const { return fd_; }

  /// The whole lines that have come, without waiting. Sets `ended` when no more will come.
  std::vector<std::string> receive(bool& ended);

  /// Waits for the child's end and returns its status, as waitpid(2) does.
  int wait();

 private:
  pid_t pid_ = -1;
  int fd_ = -1;
  std::string buffer_;
};

/// Writes `line` and its end, whole. Ends the process where nobody is left to read it.
void write_line(int fd, std::string line);

}  // namespace assay
