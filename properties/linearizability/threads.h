/// Histories of real threads.
///
/// Time is one shared counter that every unit raises before a call and after it. So an operation
/// that returned before another was invoked happens before it in the sense of C++: what is found is
/// wrong by any reading. The price: the counter orders what the object may have left unordered, so
/// that what is wrong only without that order is not found.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "properties/linearizability/history.h"
#include "properties/linearizability/search.h"
#include "properties/linearizability/specification.h"

namespace assay::linearizability {

/// An object whose methods several threads call at once.
class ConcurrentObject {
 public:
  virtual ~ConcurrentObject() = default;
  /// Returns the result, kNothing where there is none, 0 where it says nothing.
  virtual std::int64_t call(std::size_t unit, const Call& call) = 0;
};

using MakeObject = std::function<std::unique_ptr<ConcurrentObject>()>;

/// `rounds` runs of the calls, each with a new object and one thread a unit. `drain`: at the end of
/// each round unit 0 takes (ContainerMethod::kTake) until nothing is left, so that what was lost is
/// missed. Returns the first history that is not linearizable, made minimal.
std::optional<Fault> run_on_threads(const Calls& calls, const Specification& specification,
                                    const MakeObject& make, std::size_t rounds, bool drain);

/// One round: its history.
class Threads {
 public:
  explicit Threads(std::size_t units);
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  ~Threads();
  History run(const Calls& calls, ConcurrentObject& object);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace assay::linearizability
