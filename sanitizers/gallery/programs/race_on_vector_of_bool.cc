// Two threads write two elements of a std::vector<bool>. Its elements are bits of one word, so the
// rule that distinct elements may be written at once does not hold for it
// ([container.requirements]).
//
// kind: data-race
// variable: heap
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <vector>

#include "sanitizers/gallery/in_order.h"

int main() {
#ifdef FIXED
  std::vector<char> done(8);
#else
  std::vector<bool> done(8);  // <- allocation
#endif
  in_order([&] { done[0] = true; },   // <- first access
           [&] { done[1] = true; });  // <- second access
}
