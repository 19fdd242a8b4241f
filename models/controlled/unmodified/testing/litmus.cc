// Litmus tests as plain C++: which outcomes the atomics of unmodified code come to, under
// sequential consistency and with store buffers. One line a test and a memory model.
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "models/controlled/unmodified/exploration.h"

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;
constexpr auto kSeqCst = std::memory_order_seq_cst;

std::atomic<int> x;
std::atomic<int> y;
std::array<int, 4> r;

struct Litmus {
  const char* name;
  std::vector<std::function<void()>> units;
  std::function<std::string()> outcome;
};

std::string registers(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : ",") + std::to_string(r[i]);
  return text;
}
std::string memory() { return std::to_string(x) + "," + std::to_string(y); }

void store_x() { x.store(1, kRelaxed); }
void store_y() { y.store(1, kRelaxed); }
template <int kFirst>
void read_x_y() {
  r[kFirst] = x.load(kAcquire);
  r[kFirst + 1] = y.load(kAcquire);
}
template <int kFirst>
void read_y_x() {
  r[kFirst] = y.load(kAcquire);
  r[kFirst + 1] = x.load(kAcquire);
}

/// Each unit stores to one variable, then reads the other.
template <auto kOrder>
Litmus store_buffering(const char* name) {
  return {name,
          {[] {
             x.store(1, kOrder);
             r[0] = y.load(kOrder == kSeqCst ? kSeqCst : kRelaxed);
           },
           [] {
             y.store(1, kOrder);
             r[1] = x.load(kOrder == kSeqCst ? kSeqCst : kRelaxed);
           }},
          [] { return registers(2); }};
}

std::vector<Litmus> all() {
  return {
      store_buffering<kRelaxed>("SB"),
      store_buffering<kRelease>("SB+release"),
      store_buffering<kSeqCst>("SB+seq_cst"),
      {"SB+fences",
       {[] {
          x.store(1, kRelaxed);
          std::atomic_thread_fence(kSeqCst);
          r[0] = y.load(kRelaxed);
        },
        [] {
          y.store(1, kRelaxed);
          std::atomic_thread_fence(kSeqCst);
          r[1] = x.load(kRelaxed);
        }},
       [] { return registers(2); }},
      // Each reads its own store early (Intel's manual, volume 3A, 9.2.3.5).
      {"SB+own",
       {[] {
          x.store(1, kRelaxed);
          read_x_y<0>();
        },
        [] {
          y.store(1, kRelaxed);
          read_y_x<2>();
        }},
       [] { return registers(4); }},
      {"MP",
       {[] {
          x.store(1, kRelaxed);
          y.store(1, kRelaxed);
        },
        read_y_x<0>},
       [] { return registers(2); }},
      {"LB",
       {[] {
          r[0] = x.load(kRelaxed);
          y.store(1, kRelaxed);
        },
        [] {
          r[1] = y.load(kRelaxed);
          x.store(1, kRelaxed);
        }},
       [] { return registers(2); }},
      {"S",
       {[] {
          x.store(2, kRelaxed);
          y.store(1, kRelaxed);
        },
        [] {
          r[0] = y.load(kRelaxed);
          x.store(1, kRelaxed);
        }},
       [] { return registers(1) + ":" + memory(); }},
      {"R",
       {[] {
          x.store(1, kRelaxed);
          y.store(1, kRelaxed);
        },
        [] {
          y.store(2, kRelaxed);
          r[0] = x.load(kRelaxed);
        }},
       [] { return registers(1) + ":" + memory(); }},
      {"2+2W",
       {[] {
          x.store(1, kRelaxed);
          y.store(2, kRelaxed);
        },
        [] {
          y.store(1, kRelaxed);
          x.store(2, kRelaxed);
        }},
       memory},
      {"IRIW", {store_x, store_y, read_x_y<0>, read_y_x<2>}, [] { return registers(4); }},
  };
}

/// Memory that no execution finds as it was before.
class Outcomes {
 public:
  static constexpr std::size_t kMost = 32;
  using Text = std::array<char, 16>;

  Outcomes()
      : texts_(static_cast<Text*>(mmap(nullptr, kMost * sizeof(Text), PROT_READ | PROT_WRITE,
                                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {}
  void add(const std::string& text) const {
    for (std::size_t i = 0; i < kMost; ++i) {
      if (texts_[i][0] == '\0') std::snprintf(texts_[i].data(), sizeof(Text), "%s", text.c_str());
      if (text == texts_[i].data()) return;
    }
    std::abort();
  }
  [[nodiscard]] std::vector<std::string> sorted() const {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < kMost && texts_[i][0] != '\0'; ++i)
      all.emplace_back(texts_[i].data());
    std::sort(all.begin(), all.end());
    return all;
  }

 private:
  Text* texts_;
};

void print(const Litmus& litmus, const char* memory_model, bool reduce) {
  const Outcomes outcomes;
  assay::unmodified::Settings settings;
  settings.memory_model = memory_model;
  settings.reduce = reduce;
  settings.at_end = [&] { outcomes.add(litmus.outcome()); };
  const auto result = assay::unmodified::explore_unmodified(litmus.units, settings);
  std::printf("%s %s%s%s:", litmus.name, memory_model, reduce ? "" : " unreduced",
              result.exhausted && result.passed() ? "" : " (not all, or wrong)");
  for (const std::string& outcome : outcomes.sorted()) std::printf(" %s", outcome.c_str());
  std::printf("\n");
}

}  // namespace

int main() {
  for (const Litmus& litmus : all()) {
    for (const char* const memory_model : {"sc", "tso"}) {
      for (const bool reduce : {true, false}) {
        // Without reduction four units have millions of interleavings.
        if (reduce || litmus.units.size() == 2) print(litmus, memory_model, reduce);
      }
    }
  }
  return EXIT_SUCCESS;
}
