/// The runtimes that are known by name: the three reference runtimes, and those that others add.
///
/// Order is stable: reference runtimes in the order of the table's columns, then the added ones in
/// the order in which they were registered. Not thread-safe: register before `main` or at its
/// start.
#pragma once

#include <string_view>
#include <vector>

#include "models/runtime.h"

namespace assay {

/// All known runtimes.
std::vector<Runtime*> runtimes();

/// The runtime of this name, or null.
Runtime* find_runtime(std::string_view name);

/// The runtime that stands for its model; costs and other orders are compared with it.
Runtime& reference(Model model);

/// The first known runtime of each other model in the same language: the rivals of `runtime` in
/// orders. In C++ these are the references.
std::vector<Runtime*> rivals_of(const Runtime& runtime);

/// Adds a runtime, which must outlive every use of the registry. Throws std::invalid_argument when
/// its name is taken, or is not made of letters, digits and underscores.
void register_runtime(Runtime& runtime);

/// Registers at start-up: `const RuntimeRegistration kMine(my_runtime());` at namespace scope, in a
/// library with `alwayslink`.
struct RuntimeRegistration {
  explicit RuntimeRegistration(Runtime& runtime) { register_runtime(runtime); }
};

}  // namespace assay
