// What -fsanitize=thread calls before each plain access (clang 19, g++ 12), and instead of memcpy,
// memmove and memset. The access itself is the program's own, right after the call.
#include "models/controlled/unmodified/accesses.h"

#include <cstring>
#include <vector>

#include "models/controlled/unmodified/hook.h"

namespace assay::unmodified {
namespace {

void note(const void* address, std::size_t bytes, bool reads, bool writes) {
  if (!observing) return;
  const Hook hook;
  hook.program.access(reinterpret_cast<Address>(address), bytes, reads, writes);
}

/// One call for each part of a range that is shared, or is not.
template <typename Visit>
void split(Program& program, Address begin, std::size_t bytes, Visit visit) {
  const Address end = begin + bytes;
  while (begin < end) {
    const auto& shared = program.shadow().shared();
    const std::size_t at = program.shadow().first_after(begin);
    Address next = end;
    if (at < shared.size() && shared[at].begin < end)
      next = shared[at].begin <= begin ? std::min(end, shared[at].end) : shared[at].begin;
    visit(begin, next - begin);
    begin = next;
  }
}

/// Byte by byte nothing is atomic: every part is read when its turn is, and written when its is.
void copy(void* to, const void* from, std::size_t bytes) {
  std::vector<std::byte> kept(bytes);
  Program& program = *Program::mine();
  const auto source = reinterpret_cast<Address>(from);
  split(program, source, bytes, [&](Address begin, std::size_t part) {
    program.access(begin, part, true, false);
    std::memcpy(kept.data() + (begin - source), reinterpret_cast<const void*>(begin), part);
  });
  const auto target = reinterpret_cast<Address>(to);
  split(program, target, bytes, [&](Address begin, std::size_t part) {
    program.access(begin, part, false, true);
    std::memcpy(reinterpret_cast<void*>(begin), kept.data() + (begin - target), part);
  });
}

void fill(void* to, int value, std::size_t bytes) {
  split(*Program::mine(), reinterpret_cast<Address>(to), bytes,
        [&](Address begin, std::size_t part) {
          Program::mine()->access(begin, part, false, true);
          std::memset(reinterpret_cast<void*>(begin), value, part);
        });
}

}  // namespace

void note_range(const void* address, std::size_t bytes, bool writes) {
  if (!observing) return;
  const Hook hook;
  split(
      hook.program, reinterpret_cast<Address>(address), bytes,
      [&](Address begin, std::size_t part) { hook.program.access(begin, part, !writes, writes); });
}

void* observed_copy(void* to, const void* from, std::size_t bytes) {
  if (!observing) return std::memmove(to, from, bytes);
  const Hook hook;
  copy(to, from, bytes);
  return to;
}

void* observed_fill(void* to, int value, std::size_t bytes) {
  if (!observing) return std::memset(to, value, bytes);
  const Hook hook;
  fill(to, value, bytes);
  return to;
}

}  // namespace assay::unmodified

using assay::unmodified::note;
using assay::unmodified::note_range;
using assay::unmodified::observed_copy;
using assay::unmodified::observed_fill;

// Names that compilers know; they are reserved for this.
// NOLINTBEGIN(readability-identifier-naming)
#define ASSAY_ACCESSES(bytes)                                                                   \
  ASSAY_HOOK void __tsan_read##bytes(void* at) { note(at, bytes, true, false); }                \
  ASSAY_HOOK void __tsan_write##bytes(void* at) { note(at, bytes, false, true); }               \
  ASSAY_HOOK void __tsan_read_write##bytes(void* at) { note(at, bytes, true, true); }           \
  ASSAY_HOOK void __tsan_unaligned_read##bytes(void* at) { note(at, bytes, true, false); }      \
  ASSAY_HOOK void __tsan_unaligned_write##bytes(void* at) { note(at, bytes, false, true); }     \
  ASSAY_HOOK void __tsan_unaligned_read_write##bytes(void* at) { note(at, bytes, true, true); } \
  ASSAY_HOOK void __tsan_volatile_read##bytes(void* at) { note(at, bytes, true, false); }       \
  ASSAY_HOOK void __tsan_volatile_write##bytes(void* at) { note(at, bytes, false, true); }      \
  ASSAY_HOOK void __tsan_unaligned_volatile_read##bytes(void* at) {                             \
    note(at, bytes, true, false);                                                               \
  }                                                                                             \
  ASSAY_HOOK void __tsan_unaligned_volatile_write##bytes(void* at) {                            \
    note(at, bytes, false, true);                                                               \
  }                                                                                             \
  ASSAY_HOOK void __tsan_read##bytes##_pc(void* at, void*) { note(at, bytes, true, false); }    \
  ASSAY_HOOK void __tsan_write##bytes##_pc(void* at, void*) { note(at, bytes, false, true); }

ASSAY_ACCESSES(1)
ASSAY_ACCESSES(2)
ASSAY_ACCESSES(4)
ASSAY_ACCESSES(8)
ASSAY_ACCESSES(16)
#undef ASSAY_ACCESSES

ASSAY_HOOK void __tsan_init() {}
ASSAY_HOOK void __tsan_func_entry(void*) {}
ASSAY_HOOK void __tsan_func_exit() {}
ASSAY_HOOK void __tsan_ignore_thread_begin() {}
ASSAY_HOOK void __tsan_ignore_thread_end() {}

ASSAY_HOOK void __tsan_read_range(void* at, std::size_t bytes) { note_range(at, bytes, false); }
ASSAY_HOOK void __tsan_write_range(void* at, std::size_t bytes) { note_range(at, bytes, true); }
ASSAY_HOOK void __tsan_read_range_pc(void* at, std::size_t bytes, void*) {
  note_range(at, bytes, false);
}
ASSAY_HOOK void __tsan_write_range_pc(void* at, std::size_t bytes, void*) {
  note_range(at, bytes, true);
}

// A constructor that stores the same pointer again changes nothing (as in TSan's own runtime).
ASSAY_HOOK void __tsan_vptr_update(void** at, void* value) {
  if (*at != value) note(static_cast<const void*>(at), sizeof *at, false, true);
}
ASSAY_HOOK void __tsan_vptr_read(void** at) {
  note(static_cast<const void*>(at), sizeof *at, true, false);
}

ASSAY_HOOK void* __tsan_memcpy(void* to, const void* from, std::size_t bytes) {
  return observed_copy(to, from, bytes);
}
ASSAY_HOOK void* __tsan_memmove(void* to, const void* from, std::size_t bytes) {
  return observed_copy(to, from, bytes);
}
ASSAY_HOOK void* __tsan_memset(void* to, int value, std::size_t bytes) {
  return observed_fill(to, value, bytes);
}
// g++ leaves these calls as they are: the program is linked with --wrap.
ASSAY_HOOK void* __wrap_memcpy(void* to, const void* from, std::size_t bytes) {
  return observed_copy(to, from, bytes);
}
ASSAY_HOOK void* __wrap_memmove(void* to, const void* from, std::size_t bytes) {
  return observed_copy(to, from, bytes);
}
ASSAY_HOOK void* __wrap_memset(void* to, int value, std::size_t bytes) {
  return observed_fill(to, value, bytes);
}
// NOLINTEND(readability-identifier-naming)
