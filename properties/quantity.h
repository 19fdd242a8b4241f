/// Quantities as text for people: three significant digits and a unit, in few columns.
#pragma once

#include <cstdint>
#include <string>

namespace assay {

/// "3.14 ns", "1.62 us", "12.5 ms", "2.00 s".
std::string duration_text(double ns);

/// "96 B", "31.5 KiB", "1.25 MiB".
std::string bytes_text(double bytes);

/// "38,200x", "340x", "1.62x", "0.031x".
std::string ratio_text(double ratio);

/// "1,000,000".
std::string count_text(std::uint64_t count);

}  // namespace assay
