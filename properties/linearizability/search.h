/// The search for a history that is not linearizable: RapidCheck makes what units call, somebody
/// runs it, and a failure is shrunk.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "properties/linearizability/history.h"
#include "properties/linearizability/specification.h"

namespace assay::linearizability {

/// What to generate.
struct Shape {
  std::size_t units = 2;
  std::size_t most_calls = 3;  ///< Of a unit; below 1000.
  std::size_t keys = 2;        ///< 0 to `keys` - 1.
  std::size_t values = 3;      ///< Values that need not be unique are 1 to `values`.
  std::size_t programs = 100;
  std::uint64_t seed = 1;
  /// True: calls that failed fail again, as in an exhaustive search, and are shrunk by running
  /// fewer.
  bool repeats = true;
};

/// What is wrong, told: the history drawn, and how to see it again where that is possible.
struct Fault {
  Calls calls;
  History history;   ///< Minimal; empty where the fault is of another kind.
  std::string text;  ///< Ends with a newline.
  /// What is too dear to be told of every fault on the way to the smallest; find_fault adds it.
  std::function<std::string()> tell = nullptr;
};

/// Runs the calls and says whether the object is wrong.
using RunCalls = std::function<std::optional<Fault>(const Calls&)>;

/// The first fault, of the smallest calls that RapidCheck shrinks it to, or nothing after
/// `shape.programs` of them. The same seed makes the same calls on every machine.
std::optional<Fault> find_fault(const Specification& specification, const Shape& shape,
                                const RunCalls& run);

/// The calls as text, a line a unit.
std::string text_of(const Calls& calls, const Specification& specification);

}  // namespace assay::linearizability
