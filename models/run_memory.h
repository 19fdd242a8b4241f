/// The zeroed memory of one run.
///
/// Where units may live in other processes it is shared between them. Where they stay in the
/// calling process it is private, and one piece of it is kept from run to run: mapping a shared
/// piece, touching it and giving it back took most of the 7 us that a run of one coroutine cost.
/// Throws std::system_error when memory is refused.
#pragma once

#include <cstddef>
#include <optional>

#include "models/shared_mapping.h"

namespace assay {

class RunMemory {
 public:
  /// `alone`: no other process will look at it.
  RunMemory(std::size_t bytes, bool alone);
  RunMemory(const RunMemory&) = delete;
  RunMemory& operator=(const RunMemory&) = delete;
  ~RunMemory();

  [[nodiscard]] std::byte* data() const { return data_; }

  /// A later run may have the memory when this object is gone: nothing is written any more, and
  /// nothing was but in the first `dirty` bytes.
  void keep(std::size_t dirty);

 private:
  std::optional<SharedMapping> shared_;
  std::byte* data_ = nullptr;
  std::optional<std::size_t> dirty_;
};

}  // namespace assay
