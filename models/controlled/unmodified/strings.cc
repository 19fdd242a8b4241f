// Functions of the C library that read and write strings and blocks: what they touch is seen, and
// they do the rest themselves. The program is linked with --wrap: libraries call the real ones.
#include <cstring>

#include "models/controlled/unmodified/accesses.h"
#include "models/controlled/unmodified/hook.h"

using assay::unmodified::note_range;
using assay::unmodified::observed_copy;

namespace {

/// Seen as far as its end, or `most` bytes.
std::size_t note_string(const char* text, std::size_t most = ~std::size_t{0}) {
  const std::size_t length = most == ~std::size_t{0} ? std::strlen(text) : strnlen(text, most);
  note_range(text, length < most ? length + 1 : length, false);
  return length;
}

}  // namespace

// NOLINTBEGIN(readability-identifier-naming): names that the linker makes.
ASSAY_HOOK int __wrap_memcmp(const void* a, const void* b, std::size_t bytes) {
  note_range(a, bytes, false);
  note_range(b, bytes, false);
  return std::memcmp(a, b, bytes);
}
ASSAY_HOOK int __wrap_bcmp(const void* a, const void* b, std::size_t bytes) {
  return __wrap_memcmp(a, b, bytes);
}
ASSAY_HOOK const void* __wrap_memchr(const void* block, int value, std::size_t bytes) {
  const void* const found = std::memchr(block, value, bytes);
  const auto* const end = static_cast<const char*>(found);
  note_range(block,
             found == nullptr ? bytes
                              : static_cast<std::size_t>(end + 1 - static_cast<const char*>(block)),
             false);
  return std::memchr(block, value, bytes);
}
ASSAY_HOOK std::size_t __wrap_strlen(const char* text) {
  note_string(text);
  return std::strlen(text);
}
ASSAY_HOOK std::size_t __wrap_strnlen(const char* text, std::size_t most) {
  note_string(text, most);
  return strnlen(text, most);
}
ASSAY_HOOK int __wrap_strcmp(const char* a, const char* b) {
  note_string(a);
  note_string(b);
  return std::strcmp(a, b);
}
ASSAY_HOOK int __wrap_strncmp(const char* a, const char* b, std::size_t most) {
  note_string(a, most);
  note_string(b, most);
  return std::strncmp(a, b, most);
}
ASSAY_HOOK const char* __wrap_strchr(const char* text, int value) {
  note_string(text);
  return std::strchr(text, value);
}
ASSAY_HOOK char* __wrap_strcpy(char* to, const char* from) {
  observed_copy(to, from, std::strlen(from) + 1);
  return to;
}
ASSAY_HOOK char* __wrap_stpcpy(char* to, const char* from) {
  const std::size_t length = std::strlen(from);
  observed_copy(to, from, length + 1);
  return to + length;
}
ASSAY_HOOK char* __wrap_strncpy(char* to, const char* from, std::size_t bytes) {
  const std::size_t length = strnlen(from, bytes);
  observed_copy(to, from, length);
  assay::unmodified::observed_fill(to + length, 0, bytes - length);
  return to;
}
ASSAY_HOOK char* __wrap_strcat(char* to, const char* from) {
  __wrap_strcpy(to + note_string(to), from);
  return to;
}
// NOLINTEND(readability-identifier-naming)
