/// The flags that make a runtime of a driver (docs/driver_protocol.md) without compiling anything.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "models/runtime.h"

namespace assay {

struct DriverFlags {
  std::string command;    ///< As for a shell: "python3 my_driver.py".
  std::string model;      ///< Whose claims it is held against; empty: it declares nothing.
  std::string language;   ///< Of the rivals in orders of costs; empty: there are none.
  bool costs = false;     ///< It answers requests for costs.
  bool resident = false;  ///< It answers many programs one after the other.

  [[nodiscard]] bool given() const {
    return !command.empty() || !model.empty() || !language.empty() || costs || resident;
  }
};

void add_driver_flags(CLI::App& app, DriverFlags& flags);

/// Makes the runtime, named after the last word of its command, and adds it to the registry.
/// Throws UsageError with what to do.
Runtime& driver_runtime(const DriverFlags& flags);

/// The flags as they can be typed again.
std::string to_string(const DriverFlags& flags);

}  // namespace assay
