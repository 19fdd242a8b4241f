/// Accesses to a range of memory by functions that Assay carries out for the explored program.
/// Outside of it they are the functions of the C library.
#pragma once

#include <cstddef>

namespace assay::unmodified {

void note_range(const void* address, std::size_t bytes, bool writes);
void* observed_copy(void* to, const void* from, std::size_t bytes);
void* observed_fill(void* to, int value, std::size_t bytes);

}  // namespace assay::unmodified
