/// Which lines of a stack are the program's own code, and which the library's around it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sanitizers/reports/report.h"

namespace assay {

/// Is the frame one of the C and C++ libraries, of the detector, or of the start of the program or
/// of a thread? Judged by the names alone; a frame without any is nobody's, and counted here.
bool is_library_frame(const Frame& frame);

/// The innermost frame of the program's own code, with a source line if any has one; without one
/// the innermost frame. nullptr: the stack is empty.
const Frame* own_frame(const Stack& stack);

/// Where a report happened: of each of its places the own frame (nullptr where there is none), in
/// the order of `places`. For the second access of DRD, of which only the stretch of code is known,
/// where the stretch begins, or else where it ends.
std::vector<const Frame*> own_places(const Report& report);

/// "a.cc:12"; "prog+0x12" without source line; empty if neither is known. The file as printed.
std::string place_of(const Frame& frame);

/// The name of a function or variable for a person: demangled, without "(anonymous namespace)::",
/// and, if it is long, without its type, its parameters and the arguments of its templates.
std::string readable_name(std::string_view name);

/// "std::__invoke<f>" of "type<f> std::__invoke<f>(f&&)": without the type that a template's name
/// begins with, and without its parameters.
std::string_view name_of_function(std::string_view function);

/// The last part of a path.
std::string_view base_name(std::string_view path);

}  // namespace assay
