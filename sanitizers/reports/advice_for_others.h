/// What is usually done about a kind of report where the code is not C++, and which language it is.
#pragma once

#include <string>
#include <vector>

#include "sanitizers/reports/report.h"

namespace assay {

enum class Language : std::uint8_t { kCPlusPlus, kC, kRust, kSwift };

/// By the files of the places, or without those by the names in the stacks. Swift stands for
/// Objective-C as well: both are advised alike. kCPlusPlus where nothing tells.
Language language_of(const Report& report);

/// The fixes for Rust and for Swift. What is the same in each language stays as it is.
std::vector<std::string> in_rust(const Report& report, std::vector<std::string> fixes);
std::vector<std::string> in_swift(const Report& report, std::vector<std::string> fixes);

/// How a program of that language is run again under the detector; empty: as one of C and C++ is.
std::string run_again_in(Language language, Detector detector, const std::string& program);

}  // namespace assay
