// A base class starts a thread in its constructor. The thread calls a virtual function while the
// constructor of the derived class has yet to put in its own table: the wrong function is called.
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
#ifndef FIXED
  Worker() { start(); }
#endif
  virtual ~Worker() = default;
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
    barrier_.wait();
    thread_.join();
  }

 private:
  UnseenBarrier barrier_{2};
  std::thread thread_;
};

struct Printer : Worker {
  Printer() {}  // <- second access
  void step() override {}
};
}  // namespace

int main() {
  const auto printer = std::make_unique<Printer>();  // <- allocation
#ifdef FIXED
  printer->start();
#endif
  printer->stop();
}
