// Each thread takes two of three mutexes, and each pair alone is in an order; together they are a
// circle. No two of the threads could block each other, all three could.
//
// kind: lock-order-inversion
// places: first order, second order, third order
// seen by: clang_tsan, gcc_tsan
// seen by: helgrind at third order
// missed by: asan because it knows no locks
// missed by: drd because it keeps no order of locks
#include <mutex>

#include "sanitizers/gallery/in_order.h"

namespace {
std::mutex g_input;
std::mutex g_queue;
std::mutex g_output;

void read_input() {
  const std::lock_guard input(g_input);
  const std::lock_guard queue(g_queue);  // <- first order
}

void process() {
  const std::lock_guard queue(g_queue);
  const std::lock_guard output(g_output);  // <- second order
}

void report_output() {
#ifdef FIXED
  const std::lock_guard input(g_input);
  const std::lock_guard output(g_output);
#else
  const std::lock_guard output(g_output);
  const std::lock_guard input(g_input);  // <- third order
#endif
}
}  // namespace

int main() {
  in_order([] { in_order(read_input, process); }, report_output);
}
