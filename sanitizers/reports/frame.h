/// One line of a stack, as the sanitizers' runtimes and Valgrind print it.
#pragma once

#include <cstdint>
#include <string_view>

#include "sanitizers/reports/report.h"

namespace assay {

/// "    #1 0x55 in main a.cc:3:4 (prog+0x1) (BuildId: ...)" and its variants: without an address
/// (TSan), without a function, file, column or module; of macOS, "#1 f+0x12 (prog:x86_64+0x1)". Its
/// number in the stack is 1. However far it is indented. false: the line is no frame.
bool read_sanitizer_frame(std::string_view line, std::uint32_t& number, Frame& frame);

/// The same without the '#', which people take away where it would make a link, and with a module.
bool read_unmarked_frame(std::string_view line, std::uint32_t& number, Frame& frame);

/// Is it indented as the sanitizers do it? Other stacks (of debuggers) and headings are not.
bool is_indented_frame(std::string_view line);

/// "   at 0x10A6E7: main (a.cc:13)" or "   by 0x4849C86: ??? (in /usr/lib/x.so)".
bool read_valgrind_frame(std::string_view line, Frame& frame);

/// "a.cc:3:4", "a.cc:3" or "a.cc" into file, line and column of the frame.
void read_place(std::string_view text, Frame& frame);

}  // namespace assay
