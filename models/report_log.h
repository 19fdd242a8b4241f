/// The log behind `Unit::report`: numbers of all units in one shared mapping, appended without a
/// lock.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace assay {

/// Lives at the start of zeroed shared memory of `bytes_for(capacity)` bytes.
struct ReportLog {
  struct Entry {
    std::atomic<std::uint32_t> unit_plus_1;  ///< 0 until the entry is written.
    std::uint64_t value;
  };

  std::atomic<std::uint64_t> used;
  std::uint64_t capacity;

  static std::size_t bytes_for(std::size_t capacity) {
    return sizeof(ReportLog) + capacity * sizeof(Entry);
  }

  /// Throws std::length_error when the log is full.
  void append(std::size_t unit, std::uint64_t value);

  /// The numbers of each unit, in the order in which it reported them.
  [[nodiscard]] std::vector<std::vector<std::uint64_t>> by_unit(std::size_t units) const;

 private:
  [[nodiscard]] Entry* entries() const {
    return reinterpret_cast<Entry*>(const_cast<ReportLog*>(this) + 1);
  }
};

}  // namespace assay
