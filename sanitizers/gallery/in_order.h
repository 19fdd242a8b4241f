/// Runs two threads one after the other, in an order that no detector knows of.
///
/// A race is reported in every run when its two accesses come one after the other in *time* and
/// nothing that the detector models orders them. UnseenBarrier gives the one without the other, and
/// keeps both threads alive to the end: a detector forgets what a thread did that has ended.
/// Hazard: for programs of the gallery only. Nothing is synchronized here, that is the point.
/// Source: `__tsan_testonly_barrier_*` are in the runtimes of clang's and gcc's ThreadSanitizer.
/// Elsewhere the barrier is made of lock-prefixed instructions, which Helgrind and DRD take for
/// reads. It includes next to nothing: there are many programs, and each is compiled eight times.
#pragma once

#include <pthread.h>
#include <sched.h>

#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define ASSAY_UNDER_TSAN
#endif
#endif
#ifdef __SANITIZE_THREAD__
#define ASSAY_UNDER_TSAN
#endif

#ifdef ASSAY_UNDER_TSAN
extern "C" void __tsan_testonly_barrier_init(unsigned long long* barrier, unsigned count);
extern "C" void __tsan_testonly_barrier_wait(unsigned long long* barrier);
#endif

/// Threads that meet at it are ordered in time, and not by happens-before. It can be met at again.
class UnseenBarrier {
 public:
#ifdef ASSAY_UNDER_TSAN
  explicit UnseenBarrier(unsigned threads) { __tsan_testonly_barrier_init(&state_, threads); }
  void wait() { __tsan_testonly_barrier_wait(&state_); }

 private:
  unsigned long long state_ = 0;
#else
  explicit UnseenBarrier(unsigned threads) : threads_(threads) {}
  void wait() {
    const unsigned round = __atomic_fetch_add(&arrived_, 1, __ATOMIC_SEQ_CST) / threads_;
    while (arrived() / threads_ == round) sched_yield();
  }

 private:
  // A plain load would be a race to Helgrind and DRD; a compare-and-swap is not.
  unsigned arrived() {
    unsigned seen = 0;
    __atomic_compare_exchange_n(&arrived_, &seen, seen, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return seen;
  }

  const unsigned threads_;
  unsigned arrived_ = 0;
#endif
};

/// Starts a thread that calls `body`, which must live until the thread is joined.
template <typename Body>
pthread_t start_thread(Body& body) {
  pthread_t thread{};
  const auto call = [](void* start) -> void* {
    (*static_cast<Body*>(start))();
    return nullptr;
  };
  pthread_create(&thread, nullptr, call, &body);
  return thread;
}

/// Runs `first` in one thread and, when it is done, `second` in another; both live until both are
/// done. A third thread, the caller, only waits. `first` begins when both were started: what it
/// leaves behind, such as the stack of a thread that it joined, nobody uses again meanwhile.
template <typename First, typename Second>
void in_order(First first, Second second) {
  UnseenBarrier barrier(2);
  auto one = [&] {
    barrier.wait();
    first();
    barrier.wait();
    barrier.wait();
  };
  auto two = [&] {
    barrier.wait();
    barrier.wait();
    second();
    barrier.wait();
  };
  const pthread_t threads[] = {start_thread(one), start_thread(two)};
  for (const pthread_t thread : threads) pthread_join(thread, nullptr);
}
