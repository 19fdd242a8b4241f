/// Which program of the gallery shows what a report is about.
#pragma once

#include <string>
#include <string_view>

#include "sanitizers/reports/report.h"

namespace assay {

/// The program of sanitizers/gallery/programs/ that the report resembles most: itself, if it is a
/// report about one of them, else by its kind, what is called, what the address belongs to and
/// which locks were held; empty if none does.
std::string gallery_entry(const Report& report);

/// The same without a look at the names of files.
std::string_view resembling_entry(const Report& report);

}  // namespace assay
