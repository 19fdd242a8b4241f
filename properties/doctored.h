/// A doctored runtime: runs a program as another runtime does, and tells the trace otherwise.
///
/// For tests of probes: a wrong runtime in one line. It has no bodies and no native costs, so it
/// also stands for a runtime of another language.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "models/runtime.h"

namespace assay {

class Doctored : public Runtime {
 public:
  /// Changes the trace of a program.
  using Doctor = std::function<void(const Program&, Trace&)>;

  /// `honest` outlives the runtime.
  Doctored(Runtime& honest, Doctor doctor)
      : honest_(&honest), info_(honest.info()), doctor_(std::move(doctor)) {
    info_.name += "_doctored";
  }

  [[nodiscard]] const RuntimeInfo& info() const override { return info_; }
  Trace run(const Program& program) override {
    Trace trace = honest_->run(program);
    doctor_(program, trace);
    return trace;
  }

 private:
  Runtime* honest_;
  RuntimeInfo info_;
  Doctor doctor_;
};

/// A doctor that changes the events of steps of one kind.
inline Doctored::Doctor each_event(
    Op op, std::function<void(std::size_t unit, const Step&, Event&)> change) {
  return [op, change = std::move(change)](const Program& program, Trace& trace) {
    for (std::size_t unit = 0; unit < trace.units.size(); ++unit) {
      for (Event& event : trace.units[unit].events) {
        const Step& step = program.units[unit][event.step];
        if (step.op == op) change(unit, step, event);
      }
    }
  };
}

}  // namespace assay
