/// Programs and traces as JSON: how drivers of other languages are spoken to.
///
/// The format is documented in docs/driver_protocol.md and versioned. Reading is strict: what is
/// missing, misspelt, of another type or out of range is an error that names its place
/// ("units[1][3].cell"), what was expected and what was found. An unknown field is an error too.
///
/// A step has the fields that its operation reads and no others, so that a program made by the
/// makers of models/program.h comes back equal.
#pragma once

#include <string>
#include <string_view>

#include "models/program.h"
#include "models/trace.h"

namespace assay {

/// The version that is written, and the only one that is read.
inline constexpr int kJsonVersion = 1;

/// One line, without a line break.
std::string to_json(const Program& program);
/// Bytes of `output` and of texts that are no UTF-8 are replaced.
std::string to_json(const Trace& trace);

/// Throws std::invalid_argument. Checks the form alone; `validate` of the interpreter checks that
/// cells, channels and locks exist.
Program program_from_json(std::string_view text);
/// Throws std::invalid_argument. Events must have ascending steps.
Trace trace_from_json(std::string_view text);

}  // namespace assay
