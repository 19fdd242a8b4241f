// Two threads write two bit-fields that stand side by side. They are one memory location
// ([intro.memory]): a write to the one reads and writes the other.
//
// kind: data-race
// variable: g_flags
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include "sanitizers/gallery/in_order.h"

namespace {
struct Flags {
#ifdef FIXED
  bool ready = false;
  bool failed = false;
#else
  unsigned ready : 1;
  unsigned failed : 1;
#endif
};

Flags g_flags{};
}  // namespace

int main() {
  in_order([] { g_flags.ready = true; },    // <- first access
           [] { g_flags.failed = true; });  // <- second access
}
