// A coroutine takes a parameter by reference, and is resumed when the argument is gone.
//
// kind: use-after-free
// variable: heap
// places: deletion, use
// seen by: asan, clang_tsan, gcc_tsan
// missed by: helgrind, drd because they forget memory that is freed
#include <memory>

#include "sanitizers/gallery/coroutines.h"

namespace {
struct Request {
  int size = 1;
};

int g_served = 0;

#ifdef FIXED
Coroutine serve(Request request) {  // It has a copy of its own, in its frame.
#else
Coroutine serve(const Request& request) {
#endif
  g_served += request.size;  // <- use
  co_return;
}
}  // namespace

int main() {
  auto request = std::make_unique<Request>();
  const Coroutine task = serve(*request);
  request.reset();  // <- deletion
  task.resume();
  task.destroy();
}
