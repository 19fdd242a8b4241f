// What gives an arbitrary value: the same in every execution, and of each unit its own.
#include <sys/random.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <random>

#include "models/controlled/unmodified/hook.h"
#include "models/controlled/unmodified/image.h"
#include "models/controlled/unmodified/real.h"
#include "models/controlled/unmodified/virtual_time.h"

namespace assay::unmodified {
namespace {

/// D. Lehmer's generator with the numbers of S. Park and K. Miller (CACM 31(10), 1988).
std::uint32_t draw() {
  std::uint64_t& state = Thread::running()->random;
  state = state * 48271 % 2147483647;
  return static_cast<std::uint32_t>(state);
}

void seed(unsigned number) { Thread::running()->random = 1 + number % 2147483646U; }

void fill_arbitrary(void* to, std::size_t bytes) {
  auto* const at = static_cast<unsigned char*>(to);
  for (std::size_t i = 0; i < bytes; ++i) at[i] = static_cast<unsigned char>(draw() >> 8);
}

}  // namespace
}  // namespace assay::unmodified

using namespace assay::unmodified;  // NOLINT(google-build-using-namespace): C functions follow.

ASSAY_HOOK int rand() noexcept {
  return ASSAY_OBSERVED() ? static_cast<int>(draw()) : ASSAY_REAL(rand)();
}
ASSAY_HOOK void srand(unsigned number) noexcept {
  ASSAY_OBSERVED() ? seed(number) : ASSAY_REAL(srand)(number);
}
// NOLINTNEXTLINE(google-runtime-int): as the C library declares it.
ASSAY_HOOK long random() noexcept {
  return ASSAY_OBSERVED() ? static_cast<int>(draw()) : ASSAY_REAL(random)();
}
ASSAY_HOOK void srandom(unsigned number) noexcept {
  ASSAY_OBSERVED() ? seed(number) : ASSAY_REAL(srandom)(number);
}
ASSAY_HOOK ssize_t getrandom(void* to, std::size_t bytes, unsigned flags) {
  if (!ASSAY_OBSERVED()) return ASSAY_REAL(getrandom)(to, bytes, flags);
  fill_arbitrary(to, bytes);
  return static_cast<ssize_t>(bytes);
}
ASSAY_HOOK int getentropy(void* to, std::size_t bytes) {
  if (!ASSAY_OBSERVED()) return ASSAY_REAL(getentropy)(to, bytes);
  fill_arbitrary(to, bytes);
  return 0;
}
/// What std::random_device() comes to, in the C++ library.
__attribute__((visibility("default"))) std::random_device::result_type
std::random_device::_M_getval() {
  using Get = result_type(std::random_device*);
  static Get* const kReal = real(static_cast<Get*>(nullptr), "_ZNSt13random_device9_M_getvalEv");
  return ASSAY_OBSERVED() ? draw() : kReal(this);
}

ASSAY_HOOK int clock_gettime(clockid_t clock, timespec* time) noexcept {
  if (!ASSAY_OBSERVED()) return ASSAY_REAL(clock_gettime)(clock, time);
  *time = timespec_of(read_clock(*Thread::running()));
  return 0;
}
ASSAY_HOOK int timespec_get(timespec* time, int base) noexcept {
  if (!ASSAY_OBSERVED()) return ASSAY_REAL(timespec_get)(time, base);
  *time = timespec_of(read_clock(*Thread::running()));
  return base;
}
ASSAY_HOOK time_t time(time_t* time) noexcept {
  if (!ASSAY_OBSERVED()) return ASSAY_REAL(::time)(time);
  const time_t now = timespec_of(read_clock(*Thread::running())).tv_sec;
  if (time != nullptr) *time = now;
  return now;
}
ASSAY_HOOK int gettimeofday(timeval* time, void* zone) noexcept {
  if (!ASSAY_OBSERVED()) return ASSAY_REAL(gettimeofday)(time, zone);
  const timespec now = timespec_of(read_clock(*Thread::running()));
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}
ASSAY_HOOK clock_t clock() noexcept {
  if (!ASSAY_OBSERVED()) return ASSAY_REAL(clock)();
  return static_cast<clock_t>(read_clock(*Thread::running()) / 1000);
}
