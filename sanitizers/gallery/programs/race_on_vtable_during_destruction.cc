// The destructor of a base class waits for its thread. By then the derived part is gone and the
// table is the base's: the thread may call a function of an object that no longer is.
//
// kind: vptr-race
// variable: heap
// seen by: clang_tsan, gcc_tsan
// seen by: helgrind, drd as data-race
// missed by: asan because every address that it uses may be used
#include <memory>
#include <thread>

#include "sanitizers/gallery/in_order.h"

namespace {
class Worker {
 public:
  virtual ~Worker() { stop(); }  // <- second access
  virtual void step() {}

  void start() {
    thread_ = std::thread([this] {
      step();  // <- first access
      barrier_.wait();
      barrier_.wait();
    });
    barrier_.wait();
  }
  void stop() {
    if (!thread_.joinable()) return;
    barrier_.wait();
    thread_.join();
  }

 private:
  UnseenBarrier barrier_{2};
  std::thread thread_;
};

struct Printer : Worker {
  void step() override {}
};
}  // namespace

int main() {
  const auto printer = std::make_unique<Printer>();  // <- allocation
  printer->start();
#ifdef FIXED
  printer->stop();  // While it is whole.
#endif
}
