/// An impostor: a runtime that behaves as one runtime and declares what another one declares.
///
/// The simplest mutant. A probe that finds nothing wrong with it is broken.
#pragma once

#include "models/runtime.h"

namespace assay {

class Impostor : public Runtime {
 public:
  /// Both outlive the impostor.
  Impostor(Runtime& behaves_as, Runtime& declares_as)
      : behaviour_(&behaves_as), info_(declares_as.info()) {
    info_.name = behaves_as.info().name + "_as_" + declares_as.info().name;
  }

  [[nodiscard]] const RuntimeInfo& info() const override { return info_; }
  Trace run(const Program& program) override { return behaviour_->run(program); }
  std::vector<Trace> run_each(std::span<const Program> programs) override {
    return behaviour_->run_each(programs);
  }
  NativeCosts* native_costs() override { return behaviour_->native_costs(); }
  BodyRuntime* bodies() override { return behaviour_->bodies(); }

 private:
  Runtime* behaviour_;
  RuntimeInfo info_;
};

}  // namespace assay
