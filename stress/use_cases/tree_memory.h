/// What /proc shows of processes, for programs whose pid namespace may not be that of the mounted
/// proc: processes are named by their number there.
#pragma once

#include <cstdint>
#include <string>

namespace assay {

/// The number of the calling process in the proc that is mounted; "self" when it cannot be read.
std::string own_proc_name();

/// Proportional set size, in bytes, of the process that /proc shows as `name` and of its
/// descendants, except those under the process `except`. Trees above 256 children are sampled
/// evenly. 0 when it cannot be read.
std::uint64_t tree_pss_bytes(const std::string& name, const std::string& except);

}  // namespace assay
