/// Low limits: what this process may use, where it is less than a run of units may need.
///
/// Guarantee: a limit is named by what a person would raise, with what it leaves and what may be
/// needed. What fails under one refutes nothing: nobody can tell a runtime that failed from one
/// that was not given what it asked for, however it says so (it throws, aborts, exits or hangs).
/// What is needed is estimated generously: it decides nothing as long as everything completes.
#pragma once

#include <cstddef>
#include <string>

#include "models/trace.h"

namespace assay {

/// How many units a probe has at least room for; with so many, limits are looked at in advance.
inline constexpr std::size_t kUnitsOfProbes = 64;

/// "RLIMIT_AS leaves 58 MiB of the 2560 MiB of addresses that 64 units may need: raise it (ulimit
/// -v unlimited)", for the first limit that is too low; empty when there is none. Of tasks,
/// descriptors, addresses and mappings.
std::string low_limit(std::size_t units);

/// The same of memory itself, which the kernel takes back with SIGKILL.
std::string low_memory();

/// Why a run that did not complete says nothing of its runtime: units that could not be started,
/// which the runtime names or does not support, or a limit that is too low for so many. Empty when
/// there is no such reason.
std::string limit_of(const Trace& trace);

}  // namespace assay
