/// Programs as plain data: for each unit a list of steps.
///
/// A probe makes programs, a runtime runs them (`Runtime::run`) and returns a trace
/// (models/trace.h), JSON carries them to drivers of other languages (models/program_json.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

/// What a step does. `Step` says how its operands are read.
enum class Op : std::uint8_t {
  kWrite,      ///< region[cell] = value.
  kRead,       ///< Records region[cell].
  kAdd,        ///< `count` times: region[cell] = region[cell] + value, a load and then a store.
  kAddAcross,  ///< `count` times: loads region[cell], yields, stores the sum.
  kYield,      ///< Gives way `count` times.
  kSpin,  ///< Burns `value` ns of CPU time of its kernel task without yielding. Records the ns.
  kSpinUntil,  ///< Spins without yielding until region[cell] >= value, at most `count` us of its
               ///< kernel task's CPU time. Records 1 when it was reached and 0 when not, aux: ns.
  kSleep,      ///< Sleeps `value` ns. Records the monotonic time in ns when it starts, aux: ends.
  kSend,       ///< Sends a message of `count` bytes that carry `value` to channel `cell`. Fewer
               ///< than 8 bytes carry a value below 256^count, no byte carries 0.
  kReceive,    ///< Receives from channel `cell`. Records the value carried; aux: bytes, and the top
               ///< bit is set when the filling bytes were damaged.
  kLock,       ///< Takes lock `cell`.
  kUnlock,     ///< Releases lock `cell`.
  kFault,      ///< Raises `fault`.
  kRecord,     ///< Records `identity`.
  kRecurse,    ///< `count` nested frames that each hold a pattern made of `value`; yields `cell`
               ///< times at the bottom where units block. Records the lowest address of its frames,
               ///< aux: the highest; the top bit of aux is set when a pattern was damaged.
  kRegisters,  ///< Loads callee-saved registers and the floating-point environment with a pattern
               ///< made of `value`, yields `count` times, compares. Records a mask of what changed:
               ///< bit 0 general registers, 1 rounding mode, 2 vector control word, 3 x87 control.
  kAwaitEnd,   ///< Gives way until unit `cell` has ended, in whatever way.
};

enum class Region : std::uint8_t {
  kHeap,            ///< Allocated by the program before its units start.
  kGlobal,          ///< A variable of namespace scope.
  kStack,           ///< A local variable of the function that starts the units.
  kThreadLocal,     ///< A thread_local variable, reached by its name.
  kPrivateMapping,  ///< mmap, MAP_PRIVATE.
  kSharedMapping,   ///< mmap, MAP_SHARED.
};
inline constexpr int kRegions = 6;
/// Cells of a region: indices 0 to 63. Every cell is 0 when a program starts.
inline constexpr std::uint32_t kCells = 64;

/// Faults, with DESIGN's list in its order. The ambient ones change state around the unit and go
/// on.
enum class Fault : std::uint8_t {
  kUncaughtException,
  kAbort,
  kNullDereference,
  kExit,         ///< _exit(7)
  kKillOwnTask,  ///< SIGKILL of the unit's own kernel task.
  kEndlessLoop,
  kStackOverflow,
  kMemoryExhaustion,      ///< Allocates until refused, under a limit of its own making; keeps it.
  kDescriptorExhaustion,  ///< Opens until refused, under a limit of its own making; keeps them.
  kDeadlock,              ///< Waits in the kernel for a lock that nobody releases.
  kErrno,
  kRoundingMode,
  kLocale,
  kWorkingDirectory,
  kUmask,
  kSignalDisposition,
  kEnvironment,
};
inline constexpr int kFaults = 17;

/// What kRecord records. Numbers identify; they mean nothing else.
enum class Identity : std::uint8_t {
  kProcess,        ///< getpid().
  kKernelTask,     ///< gettid().
  kCpu,            ///< sched_getcpu().
  kTimeNs,         ///< CLOCK_MONOTONIC.
  kTaskCpuTimeNs,  ///< CLOCK_THREAD_CPUTIME_ID.
  kStackAddress,   ///< Address of a local variable of a plain function that the step calls.
  kThreadLocalAddress,
  kHeapAddress,          ///< Address of cell 0 of the region.
  kVoluntarySwitches,    ///< Of the kernel task, getrusage(RUSAGE_THREAD).
  kInvoluntarySwitches,  ///< Likewise.
  kErrno,
  kRoundingMode,
  kLocale,  ///< 0 for the locale "C", which a program starts with, else 1.
  kWorkingDirectory,
  kUmask,
  kSignalDisposition,  ///< Of SIGUSR2: 1 when kSignalDisposition was raised.
  kEnvironment,        ///< 1 when ASSAY_PROBE is set.
  kCanAllocate,        ///< 1 if 16 MiB can be had and touched, else 0.
  kCanOpen,            ///< 1 if a descriptor can be opened, else 0.
};
inline constexpr int kIdentities = 19;

std::string_view to_string(Op op);
std::string_view to_string(Region region);
std::string_view to_string(Fault fault);
std::string_view to_string(Identity identity);

struct Step {
  Op op = Op::kYield;
  Region region = Region::kHeap;
  Fault fault = Fault::kErrno;
  Identity identity = Identity::kProcess;
  std::uint32_t cell = 0;  ///< Cell, channel, lock or unit.
  std::uint32_t count = 1;
  std::int64_t value = 0;

  friend bool operator==(const Step&, const Step&) = default;
};

// One maker a kind of step; they read as the program does.
Step write(Region region, std::uint32_t cell, std::int64_t value);
Step read(Region region, std::uint32_t cell);
Step add(Region region, std::uint32_t cell, std::uint32_t count);
Step add_across(Region region, std::uint32_t cell, std::uint32_t count);
Step yield(std::uint32_t count = 1);
Step spin(std::int64_t cpu_ns);
Step spin_until(Region region, std::uint32_t cell, std::int64_t value, std::uint32_t bound_us);
Step sleep(std::int64_t ns);
Step send(std::uint32_t channel, std::int64_t value, std::uint32_t bytes = sizeof(std::int64_t));
Step receive(std::uint32_t channel);
Step lock(std::uint32_t index);
Step unlock(std::uint32_t index);
Step fault(Fault fault);
Step record(Identity identity);
Step recurse(std::uint32_t frames, std::int64_t pattern, std::uint32_t yields);
Step await_end(std::uint32_t unit);
Step check_registers(std::int64_t pattern, std::uint32_t yields);

struct Program {
  std::vector<std::vector<Step>> units;  ///< One list of steps a unit; unit i runs units[i].
  std::uint32_t channels = 0;
  std::uint32_t locks = 0;
  /// Pins the program to one core, so that two units cannot run at once.
  bool one_core = false;
  /// Giving up: how long the units may take, in ns of wall time. Nothing is judged by it.
  std::int64_t bound_ns = 20'000'000'000;

  friend bool operator==(const Program&, const Program&) = default;
};

/// "write heap[3] = 7".
std::string to_string(const Step& step);

/// A table with one column a unit and one row a step; units after the eighth are counted only.
std::string to_table(const Program& program);

}  // namespace assay
