/// The trace of a program: what every unit recorded, how it ended, and what became of its host.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace assay {

/// What one step recorded. Steps that record nothing leave an event too, with value 0: it was done.
struct Event {
  std::uint32_t step = 0;
  std::int64_t value = 0;
  std::uint64_t aux = 0;
};

/// In `aux` of what was received or of an extent of the stack: it is not as it was written.
inline constexpr std::uint64_t kDamaged = std::uint64_t{1} << 63;

/// How a unit, or a host, ended.
enum class EndKind : std::uint8_t {
  kNotStarted,
  kRunning,  ///< It had not ended when its host was removed or died: its work is lost.
  kCompleted,
  kExited,       ///< With `code` as exit status.
  kSignalled,    ///< Killed by signal `code`.
  kThrew,        ///< An exception left the body; `what` is its text.
  kGaveUp,       ///< It was still running at the bound, and was removed.
  kUnsupported,  ///< The runtime cannot run this; `what` says why.
};

struct End {
  EndKind kind = EndKind::kNotStarted;
  int code = 0;
  std::string what;

  [[nodiscard]] bool ok() const { return kind == EndKind::kCompleted; }
};

/// "completed", "killed by SIGSEGV", "exited with 7", "threw: ...", "given up after 2 s, removed".
std::string to_string(const End& end);

struct UnitTrace {
  std::vector<Event> events;  ///< In the order of the steps; shorter than them if it ended early.
  End end;

  /// The event of step `step`, or null when it was not reached.
  [[nodiscard]] const Event* at(std::size_t step) const;
};

struct Trace {
  std::vector<UnitTrace> units;
  /// The process that hosted the units. Its end is kCompleted also when units failed on their own.
  End host;
  std::string output;  ///< The last of what the host and its units printed.
  std::int64_t wall_ns =
      0;  ///< From the start of the units to their end; 0 if the host did not end.
  std::int64_t cpu_ns = 0;  ///< User and system time of the host and of all that it waited for.

  /// True when every unit completed and so did the host.
  [[nodiscard]] bool completed() const;
  /// Names the first units that did not complete: "unit 1 killed by SIGSEGV; host completed".
  [[nodiscard]] std::string failure() const;
};

}  // namespace assay
