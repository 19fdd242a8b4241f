// Memory that the explored program allocates: at the same addresses in every execution, and never
// used twice in one. What is freed stays so, and a use of it is found.
#include <sys/mman.h>
#include <sys/single_threaded.h>
#include <unistd.h>
#include <wchar.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "models/controlled/unmodified/hook.h"
#include "models/controlled/unmodified/image.h"
#include "models/controlled/unmodified/real.h"

// Of the C library, under the names that stay when others stand in front of malloc.
// NOLINTBEGIN(readability-identifier-naming)
extern "C" void* __libc_malloc(std::size_t);
extern "C" void __libc_free(void*);
extern "C" void* __libc_realloc(void*, std::size_t);
extern "C" void* __libc_calloc(std::size_t, std::size_t);
extern "C" void* __libc_memalign(std::size_t, std::size_t);
// NOLINTEND(readability-identifier-naming)

namespace assay::unmodified {
namespace {

/// Set when this library is ready: before that nothing of the program runs.
bool early = false;

bool in_world(const void* block) { return world::contains(reinterpret_cast<Address>(block)); }

/// Set while the C library allocates what belongs to who called it.
bool for_the_caller = false;

class ForTheCaller {
 public:
  ForTheCaller() : before_(std::exchange(for_the_caller, true)) {}
  ForTheCaller(const ForTheCaller&) = delete;
  ForTheCaller& operator=(const ForTheCaller&) = delete;
  ~ForTheCaller() { for_the_caller = before_; }

 private:
  bool before_;
};

/// Not for Assay's own code, GoogleTest's and the C library's: what these keep (time zones,
/// locales, loaded libraries) must outlast an execution, as their own data does.
bool is_of_program(const void* caller) {
  return observing && !Image::mine().is_own_code(caller) &&
         (for_the_caller || !Image::mine().is_c_library(caller));
}

void* allocate(std::size_t bytes, std::size_t alignment, const void* caller) {
  if (early && !observing && Image::mine().is_program(reinterpret_cast<Address>(caller)))
    return world::allocate(world::kEarly, bytes, alignment);
  if (!is_of_program(caller))
    return alignment <= 16 ? __libc_malloc(bytes) : __libc_memalign(alignment, bytes);
  const Hook hook;
  void* const block = world::allocate(Thread::running()->unit(), bytes, alignment);
  if (block == nullptr) errno = ENOMEM;
  return block;
}

/// To free is to write all of it: a use that nothing orders before or after it is a race.
void take_back(Program& program, Address begin, std::size_t bytes) {
  program.shadow().share_touched_by_others(program.current().unit(), begin, bytes);
  const auto shared = program.shadow().shared();
  for (const Range& range : shared) {
    if (begin <= range.begin && range.end <= begin + bytes)
      program.access(range.begin, range.end - range.begin, false, true);
  }
  program.free_objects(begin, bytes);
  program.shadow().free(begin, bytes);
}

void release_observed(void* block) {
  const Hook hook;
  Program& program = hook.program;
  const auto begin = reinterpret_cast<Address>(block);
  // What was allocated before the test stays: the next execution has it again.
  if (!in_world(block)) return;
  Address start = 0;
  world::number_of(begin, &start);
  if (start != begin)
    program.fail_here(
        controlled::FailureKind::kBadMemory,
        program.unit_text() + " frees " + program.name_of(begin) + ", where no block begins");
  const std::size_t bytes = world::size_of(block);
  if (program.shadow().freed(begin))
    program.fail_here(controlled::FailureKind::kBadMemory,
                      program.unit_text() + " frees " + program.name_of(begin) + " again");
  take_back(program, begin, bytes);
}

void release(void* block, const void* caller) {
  if (block == nullptr) return;
  if (is_of_program(caller)) return release_observed(block);
  if (!in_world(block)) __libc_free(block);
}

void* reallocate(void* block, std::size_t bytes, const void* caller) {
  if (block == nullptr) return allocate(bytes, 16, caller);
  if (!in_world(block) && !is_of_program(caller)) return __libc_realloc(block, bytes);
  const std::size_t before = in_world(block) ? world::size_of(block) : std::size_t{0};
  void* const larger = allocate(bytes, 16, caller);
  if (larger == nullptr) return nullptr;
  std::memcpy(larger, block, in_world(block) ? std::min(before, bytes) : bytes);
  release(block, caller);
  return larger;
}

void* allocate_or_throw(std::size_t bytes, std::size_t alignment, const void* caller) {
  void* const block = allocate(bytes, alignment, caller);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

__attribute__((constructor)) void get_ready() {
  world::create();
  Image::mine();
  early = true;
  // Otherwise the C++ library counts references without atomic operations.
  __libc_single_threaded = 0;
}

}  // namespace
}  // namespace assay::unmodified

using assay::unmodified::allocate;
using assay::unmodified::allocate_or_throw;
using assay::unmodified::reallocate;
using assay::unmodified::release;

#define ASSAY_CALLER __builtin_return_address(0)

ASSAY_HOOK void* malloc(std::size_t bytes) noexcept { return allocate(bytes, 16, ASSAY_CALLER); }
ASSAY_HOOK void free(void* block) noexcept { release(block, ASSAY_CALLER); }
ASSAY_HOOK void* realloc(void* block, std::size_t bytes) noexcept {
  return reallocate(block, bytes, ASSAY_CALLER);
}
ASSAY_HOOK void* calloc(std::size_t count, std::size_t bytes) noexcept {
  if (!assay::unmodified::is_of_program(ASSAY_CALLER)) return __libc_calloc(count, bytes);
  std::size_t all = 0;
  if (__builtin_mul_overflow(count, bytes, &all)) {
    errno = ENOMEM;
    return nullptr;
  }
  void* const block = allocate(all, 16, ASSAY_CALLER);
  if (block != nullptr) std::memset(block, 0, all);
  return block;
}
ASSAY_HOOK void* memalign(std::size_t alignment, std::size_t bytes) noexcept {
  return allocate(bytes, alignment, ASSAY_CALLER);
}
ASSAY_HOOK void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
  return allocate(bytes, alignment, ASSAY_CALLER);
}
ASSAY_HOOK int posix_memalign(void** block, std::size_t alignment, std::size_t bytes) noexcept {
  *block = allocate(bytes, alignment, ASSAY_CALLER);
  return *block == nullptr ? ENOMEM : 0;
}

ASSAY_HOOK char* strdup(const char* text) noexcept {
  const assay::unmodified::ForTheCaller scope;
  return ASSAY_REAL(strdup)(text);
}
ASSAY_HOOK char* strndup(const char* text, std::size_t most) noexcept {
  const assay::unmodified::ForTheCaller scope;
  return ASSAY_REAL(strndup)(text, most);
}
ASSAY_HOOK wchar_t* wcsdup(const wchar_t* text) noexcept {
  const assay::unmodified::ForTheCaller scope;
  return ASSAY_REAL(wcsdup)(text);
}
ASSAY_HOOK int munmap(void* begin, std::size_t bytes) noexcept {
  if (!ASSAY_OBSERVED()) return ASSAY_REAL(munmap)(begin, bytes);
  const assay::unmodified::Hook hook;
  assay::unmodified::take_back(hook.program, reinterpret_cast<assay::unmodified::Address>(begin),
                               bytes);
  // Afterwards nobody can look at what was stored.
  hook.program.settle();
  return hook.program.unmap({static_cast<std::byte*>(begin), bytes});
}

// What getline is with optimization, and without.
ASSAY_HOOK ssize_t __getdelim(char** line, std::size_t* bytes, int end, FILE* file) {
  const assay::unmodified::ForTheCaller scope;
  return ASSAY_REAL(__getdelim)(line, bytes, end, file);
}
ASSAY_HOOK ssize_t get_line(char** line, std::size_t* bytes, FILE* file) __asm__("getline");
ASSAY_HOOK ssize_t get_line(char** line, std::size_t* bytes, FILE* file) {
  return __getdelim(line, bytes, '\n', file);
}
ASSAY_HOOK ssize_t getdelim(char** line, std::size_t* bytes, int end, FILE* file) {
  const assay::unmodified::ForTheCaller scope;
  return ASSAY_REAL(getdelim)(line, bytes, end, file);
}
ASSAY_HOOK int vasprintf(char** text, const char* format, va_list arguments) noexcept {
  const assay::unmodified::ForTheCaller scope;
  return ASSAY_REAL(vasprintf)(text, format, arguments);
}
ASSAY_HOOK int asprintf(char** text, const char* format, ...) noexcept {
  va_list arguments;
  va_start(arguments, format);
  const int length = vasprintf(text, format, arguments);
  va_end(arguments);
  return length;
}
ASSAY_HOOK char* realpath(const char* path, char* resolved) noexcept {
  const assay::unmodified::ForTheCaller scope;
  return ASSAY_REAL(realpath)(path, resolved);
}
ASSAY_HOOK char* getcwd(char* buffer, std::size_t bytes) noexcept {
  const assay::unmodified::ForTheCaller scope;
  return ASSAY_REAL(getcwd)(buffer, bytes);
}

using Alignment = std::align_val_t;
__attribute__((visibility("default"))) void* operator new(std::size_t bytes) {
  return allocate_or_throw(bytes, 16, ASSAY_CALLER);
}
__attribute__((visibility("default"))) void* operator new[](std::size_t bytes) {
  return allocate_or_throw(bytes, 16, ASSAY_CALLER);
}
__attribute__((visibility("default"))) void* operator new(std::size_t bytes,
                                                          const std::nothrow_t&) noexcept {
  return allocate(bytes, 16, ASSAY_CALLER);
}
__attribute__((visibility("default"))) void* operator new[](std::size_t bytes,
                                                            const std::nothrow_t&) noexcept {
  return allocate(bytes, 16, ASSAY_CALLER);
}
__attribute__((visibility("default"))) void* operator new(std::size_t bytes, Alignment alignment) {
  return allocate_or_throw(bytes, static_cast<std::size_t>(alignment), ASSAY_CALLER);
}
__attribute__((visibility("default"))) void* operator new[](std::size_t bytes,
                                                            Alignment alignment) {
  return allocate_or_throw(bytes, static_cast<std::size_t>(alignment), ASSAY_CALLER);
}
__attribute__((visibility("default"))) void operator delete(void* block) noexcept {
  release(block, ASSAY_CALLER);
}
__attribute__((visibility("default"))) void operator delete[](void* block) noexcept {
  release(block, ASSAY_CALLER);
}
__attribute__((visibility("default"))) void operator delete(void* block, std::size_t) noexcept {
  release(block, ASSAY_CALLER);
}
__attribute__((visibility("default"))) void operator delete[](void* block, std::size_t) noexcept {
  release(block, ASSAY_CALLER);
}
__attribute__((visibility("default"))) void operator delete(void* block, Alignment) noexcept {
  release(block, ASSAY_CALLER);
}
__attribute__((visibility("default"))) void operator delete[](void* block, Alignment) noexcept {
  release(block, ASSAY_CALLER);
}
__attribute__((visibility("default"))) void operator delete(void* block, std::size_t,
                                                            Alignment) noexcept {
  release(block, ASSAY_CALLER);
}
__attribute__((visibility("default"))) void operator delete[](void* block, std::size_t,
                                                              Alignment) noexcept {
  release(block, ASSAY_CALLER);
}
