// A thread writes one element past its own buffer, which is where its sibling's data are.
//
// kind: heap-buffer-overflow
// variable: heap
// places: overflow
// seen by: asan
// seen by: clang_tsan, gcc_tsan as data-race
// missed by: helgrind, drd because their allocator leaves room between blocks, so that no other
//   thread used the place
#include <vector>

#include "sanitizers/gallery/in_order.h"

namespace {
constexpr int kSize = 8;

void fill(int* buffer) {
#ifdef FIXED
  for (int i = 0; i < kSize; i++) {
#else
  for (int i = 0; i <= kSize; i++) {
#endif
    buffer[i] = i;  // <- overflow
  }
}
}  // namespace

int main() {
  int* const mine = new int[kSize];      // <- allocation
  int* const siblings = new int[kSize];  // Often right behind it.
  in_order([&] { fill(siblings); }, [&] { fill(mine); });
  delete[] mine;
  delete[] siblings;
}
