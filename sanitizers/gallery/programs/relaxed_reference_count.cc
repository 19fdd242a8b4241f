// A reference count goes down relaxed. Who brings it to zero deletes the object, and nothing says
// that the others are done with it.
//
// kind: data-race
// variable: heap
// also: count, second access
// also: last release, second access
// seen by: clang_tsan, gcc_tsan, helgrind of nothing
// missed by: asan because every address that it uses may be used
// missed by: drd because it does not take the end of an object for an access
#include <atomic>
#include <mutex>

#include "sanitizers/gallery/in_order.h"

namespace {
struct Image {
  int pixels[16] = {};
  std::atomic<int> owners{2};
};

std::mutex g_mutex;

void release(Image* image) {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  if (image->owners.fetch_sub(1, std::memory_order_relaxed) == 1) {  // <- count
    delete image;                                                    // <- second access
  }
}

void paint(Image* image) {
#ifdef FIXED
  const std::lock_guard lock(g_mutex);
#endif
  image->pixels[0]++;  // <- first access
}
}  // namespace

int main() {
  auto* const image = new Image();  // <- allocation
  in_order(
      [=] {
        paint(image);
        release(image);  // <- last release
      },
      [=] { release(image); });
}
