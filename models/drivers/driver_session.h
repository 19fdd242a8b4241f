/// A driver that stays: one process that answers one request after the other.
///
/// It lives in a host (models/host.h) from its first request to the end of this object: whatever it
/// started goes with it, and when the caller is killed as well. Hazard: it must not be used in a
/// process that was forked from the one that started it; `is_own` tells.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "models/host.h"
#include "models/shared_mapping.h"

namespace assay {

class DriverSession {
 public:
  /// Starts the command. Throws std::system_error when no process can be started.
  explicit DriverSession(const std::vector<std::string>& command);
  DriverSession(const DriverSession&) = delete;
  DriverSession& operator=(const DriverSession&) = delete;
  ~DriverSession();

  [[nodiscard]] bool is_own() const;

  struct Answer {
    std::string text;      ///< What it wrote: one line without its end where `whole`.
    bool whole = false;    ///< It answered.
    bool ended = false;    ///< It is gone, before it answered.
    bool unasked = false;  ///< It had written `text` before it was asked; then it was not asked.
  };

  /// Sends a line and waits for one that is not blank, at most for `patience`, and for `most_bytes`
  /// of it.
  Answer ask(const std::string& request, std::chrono::nanoseconds patience, std::size_t most_bytes);

  /// How many requests it answered.
  [[nodiscard]] std::uint64_t answered() const { return answered_; }

  /// Removes the driver, and says how it ended where `answer` saw its end; gave_up otherwise.
  HostResult end(const Answer& answer, std::chrono::nanoseconds patience);

  /// The last of what it printed on standard error.
  [[nodiscard]] std::string errors() const;

  /// The error number of a command that could not be started, or 0.
  [[nodiscard]] int refusal() const;

 private:
  struct Ending;

  [[nodiscard]] Ending& ending() const;
  void keep(const std::vector<std::string>& command, int requests) const;

  SharedMapping memory_;
  pid_t owner_;
  pid_t guard_ = -1;  ///< The process that called run_in_host.
  std::uint64_t answered_ = 0;
  int fd_ = -1;      ///< Requests and answers.
  int errors_ = -1;  ///< A file without a name: its standard error.
};

}  // namespace assay
