/// OutcomeTally: counts outcomes by the ten million a second, in a piece of memory of fixed size
/// that processes may share.
///
/// Guarantee: `add` neither allocates nor throws, and takes a few nanoseconds where the outcomes
/// are few. A zeroed tally is an empty one. Hazard: it holds at most kMost different outcomes;
/// what comes after is counted as `others`. Not thread-safe: one a unit, added up later. What did
/// not hold is kept as the address of a literal: only in processes of the same image.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "models/controlled/outcome.h"

namespace assay {

class OutcomeTally {
 public:
  static constexpr std::size_t kMost = 64;

  struct Entry {
    std::uint64_t count = 0;
    Outcome outcome{0};
  };

  /// Counts by the numbers and by the requirement that did not hold.
  void add(const Outcome& outcome, std::uint64_t count = 1) {
    Entry& place = entries_[outcome.hash() % kMost];
    if (place.count != 0 && same(place.outcome, outcome)) [[likely]] {
      place.count += count;
    } else {
      add_elsewhere(outcome, count);
    }
  }
  void add(const OutcomeTally& other) {
    for (const Entry& entry : other.entries_) {
      if (entry.count != 0) add(entry.outcome, entry.count);
    }
    others_ += other.others_;
  }
  void clear() {
    for (Entry& entry : entries_) entry.count = 0;
    others_ = 0;
  }

  /// Those with a count of 0 are empty.
  [[nodiscard]] const std::array<Entry, kMost>& entries() const { return entries_; }
  [[nodiscard]] std::uint64_t others() const { return others_; }

 private:
  static bool same(const Outcome& a, const Outcome& b) {
    return a.broken() == b.broken() && a == b;
  }
  void add_elsewhere(const Outcome& outcome, std::uint64_t count) {
    const std::size_t first = outcome.hash() % kMost;
    for (std::size_t i = 0; i < kMost; ++i) {
      Entry& entry = entries_[(first + i) % kMost];
      if (entry.count == 0) entry.outcome = outcome;
      if (!same(entry.outcome, outcome)) continue;
      entry.count += count;
      return;
    }
    others_ += count;
  }

  std::array<Entry, kMost> entries_;
  std::uint64_t others_ = 0;
};

}  // namespace assay
