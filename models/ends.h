/// How the units of one run ended: as records that outlive the units, and as results.
///
/// A record is one byte a unit, written as the unit starts and ends; a unit that does not end well
/// has room for its code and a text besides. So a run in which every unit completes writes one byte
/// a unit and keeps nothing of it.
///
/// Memory ordering: a kind is stored with release and read with acquire, so that who reads it sees
/// the code and the text that belong to it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "models/trace.h"

namespace assay {

/// The ends of the units of a run, as values. Only those that did not complete take memory.
class Ends {
 public:
  class Iterator;

  /// All of them completed.
  explicit Ends(std::size_t units = 0) : units_(units) {}

  [[nodiscard]] std::size_t size() const { return units_; }
  [[nodiscard]] bool all_completed() const { return failed_.empty(); }
  /// `unit` is below size().
  const End& operator[](std::size_t unit) const;
  /// Throws std::out_of_range.
  [[nodiscard]] const End& at(std::size_t unit) const;
  [[nodiscard]] Iterator begin() const;
  [[nodiscard]] Iterator end() const;

  /// Says how `unit` ended that did not complete; units are told in the order of their indices.
  void add_failure(std::size_t unit, End end) { failed_.emplace_back(unit, std::move(end)); }

 private:
  std::size_t units_;
  std::vector<std::pair<std::size_t, End>> failed_;  ///< In the order of the units.
};

class Ends::Iterator {
 public:
  using iterator_category = std::bidirectional_iterator_tag;
  using value_type = End;
  using difference_type = std::ptrdiff_t;
  using pointer = const End*;
  using reference = const End&;

  Iterator() = default;
  Iterator(const Ends& ends, std::size_t unit) : ends_(&ends), unit_(unit) {}
  reference operator*() const { return (*ends_)[unit_]; }
  pointer operator->() const { return &(*ends_)[unit_]; }
  Iterator& operator++() {
    ++unit_;
    return *this;
  }
  Iterator operator++(int) {
    Iterator before = *this;
    ++unit_;
    return before;
  }
  Iterator& operator--() {
    --unit_;
    return *this;
  }
  Iterator operator--(int) {
    Iterator before = *this;
    --unit_;
    return before;
  }
  friend bool operator==(const Iterator&, const Iterator&) = default;

 private:
  const Ends* ends_ = nullptr;
  std::size_t unit_ = 0;
};

inline Ends::Iterator Ends::begin() const { return {*this, 0}; }
inline Ends::Iterator Ends::end() const { return {*this, units_}; }

/// A view of the records of a run, which lie in memory of the caller's.
class EndRecords {
 public:
  /// The room that the records of `units` take, a multiple of 64.
  static std::size_t bytes_for(std::size_t units);

  EndRecords() = default;
  /// `memory` is aligned to 64; zero bytes are the records of units that were not started.
  EndRecords(std::byte* memory, std::size_t units);
  /// The record of one unit alone.
  [[nodiscard]] EndRecords of(std::size_t unit) const;

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] EndKind kind(std::size_t unit) const {
    return static_cast<EndKind>(kinds_[unit].load(std::memory_order_acquire));
  }
  /// Of a unit that starts or ends, for whom there is nothing else to say.
  void mark(std::size_t unit, EndKind kind) const {
    kinds_[unit].store(static_cast<std::uint8_t>(kind), std::memory_order_release);
  }
  /// Sets how a unit ended, if nothing better is known: a body that threw says more than the signal
  /// that followed.
  void tell(std::size_t unit, const End& end) const;
  /// Leaves a text without an end; of any length, cut where the room ends.
  void say(std::size_t unit, std::string_view text) const;
  [[nodiscard]] End end(std::size_t unit) const;

  /// What became of the units, given what became of their host.
  [[nodiscard]] Ends results(const End& host) const;
  /// What became of one of them.
  [[nodiscard]] End result(std::size_t unit, const End& host) const;

 private:
  struct Failure {
    std::int32_t code;
    std::array<char, 96> what;
  };

  std::atomic<std::uint8_t>* kinds_ = nullptr;
  Failure* failures_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace assay
