/// For tests of the report: a runtime that declares and does nothing of itself.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "models/runtime.h"

namespace assay {

class FakeRuntime : public Runtime {
 public:
  FakeRuntime(std::string name, std::vector<Claim> claims, Model model = Model::kThread)
      : info_{std::move(name), model, "C++", "for a test", std::move(claims)} {}

  [[nodiscard]] const RuntimeInfo& info() const override { return info_; }
  Trace run(const Program& /*program*/) override { return {}; }

 private:
  RuntimeInfo info_;
};

}  // namespace assay
