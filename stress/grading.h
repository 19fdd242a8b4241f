/// grade: holds a histogram against what is said of the scenario's outcomes, and against the set
/// that the explorer has for the machine's memory model.
///
/// Guarantee: an outcome that is forbidden, not described, or in no execution of the explorer is a
/// failure however rare it is. Zero hits is a bound and never a proof: only an outcome that must be
/// observed fails by being absent, and only where the machine could have shown it. Hazard: one that
/// was observed and not explored says that the explorer, the scenario's tight loop or the compiler
/// is wrong, not which.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "properties/statistics.h"
#include "scenarios/scenario.h"
#include "stress/outcomes.h"

namespace assay {

enum class Grade : std::uint8_t { kForbidden, kAcceptable, kInteresting, kMustBeObserved };
enum class Standing : std::uint8_t { kFine, kInconclusive, kFailed };

/// "forbidden", "acceptable", "interesting", "must be observed".
const char* name_of(Grade grade);

/// What the units of a histogram share.
enum class World : std::uint8_t {
  kParallel,   ///< Memory, and they run at once: the memory model of the machine.
  kOneThread,  ///< Memory and a kernel thread: they take turns.
  kPrivate,    ///< Nothing.
};

/// The outcomes that there can be, and who says so.
struct Oracle {
  std::string name;       ///< "explorer, tso: 4 outcomes in 12 executions".
  bool complete = false;  ///< False: outcomes may be missing, and none is held against it.
  std::map<std::string, std::uint64_t> outcomes;
  bool breaks_requirement = false;
  bool hangs = false;
};

/// The memory model of this machine; nothing where the explorer has no model of it.
std::optional<controlled::MemoryModel> machine_memory();

/// For kParallel and kOneThread by the explorer, for kPrivate by running each unit alone.
Oracle oracle_of(const Scenario& scenario, std::size_t units, World world);

/// In the place of an outcome's numbers: units hung.
inline constexpr const char* kNoEnd = "no end";

struct GradedOutcome {
  std::string numbers;  ///< Or kNoEnd.
  std::string broken;
  std::uint64_t count = 0;
  Grade grade = Grade::kAcceptable;
  std::string reason;
  Standing standing = Standing::kFine;
  std::string remark;  ///< What is wrong or not decided, or empty.
};

struct GradedHistogram {
  World world = World::kParallel;
  Oracle oracle;
  std::vector<GradedOutcome> outcomes;  ///< The most frequent first.
  std::vector<std::string> remarks;     ///< On the whole.
  Standing standing = Standing::kFine;
};

GradedHistogram grade(const Scenario& scenario, const Histogram& histogram, World world,
                      Oracle oracle);

/// The world that the units of a runtime live in.
World world_of(const BodyRuntime& runtime, bool private_memory);

/// So many samples on two cores must show what must be observed.
inline constexpr std::uint64_t kEnoughSamples = 1'000'000;

/// How many samples show an outcome of this frequency with a probability of 99 %, at least once.
double samples_for_99_percent(double frequency);

}  // namespace assay
