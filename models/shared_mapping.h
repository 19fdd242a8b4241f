/// A zeroed anonymous shared mapping: memory that outlives the process that wrote it.
///
/// Pages are reserved lazily; untouched ones cost nothing. It has no name and leaves no file.
/// Throws std::system_error when the mapping is refused.
#pragma once

#include <cstddef>
#include <utility>

namespace assay {

class SharedMapping {
 public:
  explicit SharedMapping(std::size_t bytes);
  SharedMapping(SharedMapping&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  SharedMapping(const SharedMapping&) = delete;
  SharedMapping& operator=(const SharedMapping&) = delete;
  SharedMapping& operator=(SharedMapping&&) = delete;
  ~SharedMapping();

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  /// The object at `offset`, which must be a multiple of its alignment. Zero bytes must be a valid
  /// T.
  template <typename T>
  T* at(std::size_t offset) const {
    return reinterpret_cast<T*>(data_ + offset);
  }

 private:
  std::byte* data_;
  std::size_t bytes_;
};

}  // namespace assay
