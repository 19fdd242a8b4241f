/// Atomic operations that Assay carries out for the explored program.
#pragma once

namespace assay::unmodified {

/// A release store of one byte, as a step where the byte is shared. Not observed otherwise.
void atomic_store_byte(volatile unsigned char* at, unsigned char value);

}  // namespace assay::unmodified
