/// What a detector reported, as data: one `Report` for each report of ThreadSanitizer (TSan),
/// AddressSanitizer (ASan), LeakSanitizer (LSan), UndefinedBehaviorSanitizer (UBSan), Helgrind or
/// DRD.
///
/// Everything is copied out of the text that was read, so a report outlives its reader. What the
/// detector did not say is empty, zero or unknown, never guessed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sanitizers/reports/report_kind.h"

namespace assay {

enum class Detector : std::uint8_t {
  kThreadSanitizer,
  kAddressSanitizer,
  kLeakSanitizer,
  kUndefinedBehaviorSanitizer,
  kHelgrind,
  kDrd,
  kOther,  ///< A relative of them, such as MemorySanitizer or Valgrind's memcheck.
};

/// "ThreadSanitizer", "Helgrind", ...
std::string_view to_string(Detector detector);

/// One line of a stack, innermost first.
struct Frame {
  std::string function;      ///< Demangled; empty when unknown.
  std::string file;          ///< As it was printed; empty when not symbolized.
  std::uint32_t line = 0;    ///< 0: unknown.
  std::uint32_t column = 0;  ///< 0: unknown (gcc's runtimes and Valgrind print none).
  std::string module;        ///< Program or library.
  std::uint64_t offset = 0;  ///< In the module.
  std::uint64_t address = 0;

  bool operator==(const Frame&) const = default;
};

using Stack = std::vector<Frame>;

enum class AccessKind : std::uint8_t { kUnknown, kRead, kWrite, kFree };

/// A lock that was held during an access.
struct HeldMutex {
  std::string name;   ///< A name of `Report::mutexes`.
  bool write = true;  ///< false: held for reading.

  bool operator==(const HeldMutex&) const = default;
};

/// Threads are named "main", or as the detector counts them: "T2" (sanitizers), "#2" (Valgrind).
struct Access {
  AccessKind kind = AccessKind::kUnknown;
  bool atomic = false;
  bool previous = false;   ///< The earlier of the two of a data race, from the detector's history.
  std::uint64_t size = 0;  ///< In bytes; 0: unknown.
  std::uint64_t address = 0;
  std::string thread;
  std::vector<HeldMutex> mutexes;
  Stack stack;
  /// DRD names no second place but the stretch that contains it: it begins at `stack` and ends
  /// here.
  Stack until;

  bool operator==(const Access&) const = default;
};

enum class LocationKind : std::uint8_t {
  kUnknown,
  kHeap,
  kGlobal,
  kStack,
  kThreadLocal,
  kFileDescriptor,
  kMapping,
};

/// What the address belongs to.
struct Location {
  LocationKind kind = LocationKind::kUnknown;
  std::string name;  ///< Of the variable, where the detector knows it.
  std::uint64_t address = 0;
  std::uint64_t size = 0;  ///< In bytes; 0: unknown.
  std::string thread;      ///< Owner of the stack, or who allocated or created it.
  int descriptor = -1;     ///< The file descriptor.
  Stack stack;             ///< Of the allocation, or of what created it; else its frame.
  std::string freed_by;    ///< The thread; empty: not freed.
  Stack freed;             ///< Where it was freed.
  std::string file;        ///< Where the variable is defined.
  std::uint32_t line = 0;
  std::string text;  ///< As it was printed, without its stacks.

  bool operator==(const Location&) const = default;
};

struct ReportThread {
  std::string name;        ///< "main", "T2", "#2".
  std::string label;       ///< The name that the program gave it (pthread_setname_np(3)).
  std::uint64_t tid = 0;   ///< The kernel's number; 0: unknown.
  std::string state;       ///< "running" or "finished", at the time of the report.
  std::string created_by;  ///< The name of a thread.
  Stack creation;

  bool operator==(const ReportThread&) const = default;
};

struct ReportMutex {
  std::string name;  ///< "M0"; for Valgrind its address.
  std::uint64_t address = 0;
  bool destroyed = false;
  std::string variable;  ///< Where the detector knows it.
  Stack creation;        ///< Where it was first seen, which may be its first use.

  bool operator==(const ReportMutex&) const = default;
};

/// One edge of a cycle: `acquired` was locked while `held` was.
struct LockEdge {
  std::string held;
  std::string acquired;
  std::string thread;
  Stack held_at;  ///< Empty unless the detector kept it (TSan: second_deadlock_stack=1).
  Stack acquired_at;

  bool operator==(const LockEdge&) const = default;
};

struct Leak {
  std::uint64_t bytes = 0;
  std::uint64_t objects = 0;
  bool indirect = false;  ///< Reachable from another leaked block only.
  Stack allocation;

  bool operator==(const Leak&) const = default;
};

/// A stack that the detector printed under a title of its own, or (without one) as the place.
struct TitledStack {
  std::string title;
  Stack stack;

  bool operator==(const TitledStack&) const = default;
};

struct Report {
  Detector detector = Detector::kOther;
  ReportKind kind = ReportKind::kUnknown;
  std::string text;       ///< What the detector called it, as it was printed.
  std::uint64_t pid = 0;  ///< 0: not said.
  std::vector<Access> accesses;
  Location location;
  std::vector<ReportThread> threads;
  std::vector<ReportMutex> mutexes;
  std::vector<LockEdge> cycle;
  std::vector<Leak> leaks;
  std::vector<TitledStack> stacks;
  std::string summary;  ///< The detector's summary line, without "SUMMARY: ...Sanitizer: ".
  std::uint64_t first_line = 0;  ///< In the stream, counted from 1.
  std::uint64_t last_line = 0;
  /// The stream ended, or another report began, before this one was at its end.
  bool truncated = false;

  bool operator==(const Report&) const = default;
};

/// The thread or mutex of that name; nullptr if the report does not describe it.
const ReportThread* find_thread(const Report& report, std::string_view name);
const ReportMutex* find_mutex(const Report& report, std::string_view name);

/// The stacks that say where it happened: those of the accesses, else the first of the others.
std::vector<const Stack*> places(const Report& report);

}  // namespace assay
