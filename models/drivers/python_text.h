/// The drivers in Python as text, so that a program that contains them needs no other file.
#pragma once

#include <string_view>

namespace assay {

std::string_view threading_driver();
std::string_view asyncio_driver();
std::string_view multiprocessing_driver();

}  // namespace assay
