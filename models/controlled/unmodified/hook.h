/// What every function that explored code calls begins with.
#pragma once

#include "models/controlled/unmodified/program.h"

#define ASSAY_HOOK extern "C" __attribute__((visibility("default")))

namespace assay::unmodified {

/// Assay's own code is not observed.
class Hook {
 public:
  Hook() : program(*Program::mine()) { observing = false; }
  Hook(const Hook&) = delete;
  Hook& operator=(const Hook&) = delete;
  ~Hook() { observing = true; }

  Program& program;
};

}  // namespace assay::unmodified
