// Two threads take two mutexes in opposite orders. Here one is done before the other begins; had
// they met, each would hold what the other wants.
//
// kind: lock-order-inversion
// places: first order, second order
// seen by: clang_tsan, gcc_tsan, helgrind
// missed by: asan because it knows no locks
// missed by: drd because it keeps no order of locks
#include <mutex>

#include "sanitizers/gallery/in_order.h"

namespace {
std::mutex g_from;
std::mutex g_to;

void transfer() {
  const std::lock_guard from(g_from);
  const std::lock_guard to(g_to);  // <- first order
}

void transfer_back() {
#ifdef FIXED
  const std::lock_guard from(g_from);
  const std::lock_guard to(g_to);
#else
  const std::lock_guard to(g_to);
  const std::lock_guard from(g_from);  // <- second order
#endif
}
}  // namespace

int main() { in_order(transfer, transfer_back); }
