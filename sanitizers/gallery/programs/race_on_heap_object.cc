// Two threads share an object of the heap by pointer, and neither locks it.
//
// kind: data-race
// variable: heap
// seen by: clang_tsan, gcc_tsan, helgrind, drd
// missed by: asan because every address that it uses may be used
#include <memory>
#include <mutex>

#include "sanitizers/gallery/in_order.h"

namespace {
struct Account {
  std::mutex mutex;
  int balance = 100;

  void deposit(int amount) {
#ifdef FIXED
    const std::lock_guard lock(mutex);
#endif
    balance += amount;  // <- first access
  }
  void withdraw(int amount) {
#ifdef FIXED
    const std::lock_guard lock(mutex);
#endif
    balance -= amount;  // <- second access
  }
};
}  // namespace

int main() {
  const auto account = std::make_unique<Account>();  // <- allocation
  in_order([&] { account->deposit(50); }, [&] { account->withdraw(30); });
}
