/// Native costs of a driver: it stays alive between the calls, and times itself.
///
/// The first call starts the driver as a child of the calling process; it ends with that process,
/// or with the object. What it does wrong is a std::runtime_error that names it.
#pragma once

#include <memory>

#include "models/runtime.h"

namespace assay {

struct DriverSpec;

/// `spec` must outlive the result.
std::unique_ptr<NativeCosts> make_driver_costs(const DriverSpec& spec);

}  // namespace assay
