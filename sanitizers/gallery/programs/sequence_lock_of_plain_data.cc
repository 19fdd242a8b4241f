// A sequence lock reads data that may be written meanwhile, and reads again if they were. The reads
// are a data race all the same unless the data are atomic.
//
// kind: data-race
// variable: g_time
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <atomic>

#include "sanitizers/gallery/in_order.h"

namespace {
std::atomic<unsigned> g_sequence{0};
#ifdef FIXED
std::atomic<long> g_time{0};
#else
long g_time = 0;
#endif

// Up to where the reader comes in between; then comes g_sequence++ again.
void set(long time) {
  g_sequence++;
  g_time = time;  // <- first access
}

// Whether what was read is good; otherwise the reader tries again.
bool try_get(long& time) {
  const unsigned before = g_sequence;
  time = g_time;  // <- second access
  return before % 2 == 0 && before == g_sequence;
}
}  // namespace

int main() {
  long seen = 0;
  in_order([] { set(12); }, [&] { return try_get(seen); });
  g_sequence++;
}
