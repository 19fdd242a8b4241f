/// What every function that explored code calls begins with.
#pragma once

#include <string>

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

/// The explored program called what is not modelled.
[[noreturn]] inline void refuse(const char* name) {
  const Hook hook;
  hook.program.end_here(std::string(": ") + name + " was called, which is not modelled");
}

}  // namespace assay::unmodified
