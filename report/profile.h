/// A profile: what was observed of a runtime, held against nothing that it declares.
#pragma once

#include <span>
#include <string>

#include "report/result.h"
#include "report/table.h"

namespace assay {

/// The traits of this runtime among `results`: the values that remain with what they mean, the
/// figure, and the reason. What could not be told, or measured, says so. At the end, with which of
/// the reference runtimes it agrees most. No line is wider than 100 columns.
std::string profile(const Runtime& runtime, std::span<const Result> results,
                    const TableOptions& options);

/// 0, or 3 when some trait could not be measured or told.
int profile_status(std::span<const Result> results);

}  // namespace assay
