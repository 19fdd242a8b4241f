/// DriverRuntime: a runtime of another language, spoken to by the driver protocol
/// (docs/driver_protocol.md): a program in, a trace out, one line of JSON each.
///
/// Guarantee: whatever the driver does (rubbish, a hang, a death, a late answer, too much) is a
/// trace that did not complete and that names the driver and what was wrong. The driver runs inside
/// a host (models/host.h), so that nothing of it is left behind, its own children included. A
/// driver that stays is removed, and another started, after any program that did not complete.
///
/// Hazard: `native_costs()`, and `run` of a driver that stays, keep a driver running in the process
/// that calls it, until that process or this object ends.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "models/runtime.h"

namespace assay {

struct DriverSpec {
  RuntimeInfo info;
  /// The driver's executable, as a path, and its arguments.
  std::vector<std::string> command;
  /// True when it answers any number of programs one after the other, each from the state in which
  /// it started, so that one driver serves for many. What stays the same from one program to the
  /// next is what it had when it started: loaded modules, seeds of hashes, addresses.
  bool resident = false;
  /// True when it answers requests for costs.
  bool has_costs = false;
  bool runs_across_cores = true;
  /// What there is to do when the executable is missing: "install python3".
  std::string remedy;
  /// Wall time that a driver may take beside the program: to start, to read and to answer.
  std::chrono::nanoseconds own_time = std::chrono::seconds(10);
};

class DriverRuntime : public Runtime {
 public:
  explicit DriverRuntime(DriverSpec spec);
  ~DriverRuntime() override;

  [[nodiscard]] const RuntimeInfo& info() const override { return spec_.info; }
  Trace run(const Program& program) override;
  NativeCosts* native_costs() override { return costs_.get(); }

 private:
  [[nodiscard]] std::chrono::nanoseconds patience(const Program& program) const;
  [[nodiscard]] Trace refused(const Program& program, int error) const;
  [[nodiscard]] Trace run_once(const Program& program) const;
  Trace ask_resident(const Program& program);

  DriverSpec spec_;
  std::string name_;  ///< For messages.
  std::unique_ptr<class DriverSession> session_;
  std::unique_ptr<NativeCosts> costs_;
};

}  // namespace assay
