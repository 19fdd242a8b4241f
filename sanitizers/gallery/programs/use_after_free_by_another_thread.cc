// One thread frees an object that another still uses.
//
// kind: use-after-free
// variable: heap
// places: deletion, use
// seen by: asan
// seen by: clang_tsan, gcc_tsan as use-after-free-race of nothing
// missed by: helgrind, drd because they forget memory that is freed
#include <memory>

#include "sanitizers/gallery/in_order.h"

namespace {
struct Session {
  int hits = 0;
};

std::shared_ptr<Session> g_session = std::make_shared<Session>();
}  // namespace

int main() {
#ifdef FIXED
  const std::shared_ptr<Session> mine = g_session;
#else
  Session* const mine = g_session.get();
#endif
  in_order([] { g_session.reset(); },  // <- deletion
           [&] { mine->hits++; });     // <- use
}
