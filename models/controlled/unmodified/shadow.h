/// Shadow: for every byte of memory, who has touched it in this execution; and which bytes are
/// known to be shared.
///
/// Only accesses to shared bytes are steps. A byte is shared once a second unit touches it, in any
/// execution so far; then the search begins anew with the larger set (`grown`), until an execution
/// of every schedule has touched nothing else from two units. What one unit alone touches commutes
/// with all steps of others, so nothing is lost. A unit's own stack is its own until another unit
/// touches it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "models/controlled/unmodified/world.h"

namespace assay::unmodified {

/// Shared bytes that are read and written as one: by accesses that overlap.
struct Range {
  Address begin;
  Address end;
};

class Shadow {
 public:
  enum class Claim : std::uint8_t { kPrivate, kShared, kFreed };

  Shadow();

  /// Forgets what was shared, for another program.
  void clear_shared();
  /// Forgets who touched what, and takes over what was found to be shared. Returns whether there is
  /// more of it than before.
  bool next_execution();
  [[nodiscard]] bool grown() const { return grown_; }

  /// The unit touches the bytes.
  Claim claim(std::size_t unit, Address address, std::size_t bytes) {
    const Page page = page_of(address);
    const std::uint8_t mine = static_cast<std::uint8_t>(unit + 1);
    if (page.bytes != nullptr && page.left >= bytes) {
      std::size_t i = 0;
      while (i < bytes && page.bytes[i] == mine) ++i;
      if (i == bytes) return Claim::kPrivate;
    }
    return claim_new(unit, address, bytes);
  }
  /// From now on a use of the bytes is one after free.
  void free(Address address, std::size_t bytes);
  /// Makes shared what another unit touched of the bytes, piece by piece as it did.
  void share_touched_by_others(std::size_t unit, Address address, std::size_t bytes);
  [[nodiscard]] bool freed(Address address) { return *byte(address) == kFreedByte; }
  [[nodiscard]] const std::vector<Range>& shared() const { return shared_; }
  /// The shared range that has these bytes, or -1 where they are in none, or not wholly in one.
  /// Then the ranges will be one.
  std::ptrdiff_t find(Address address, std::size_t bytes);
  /// The first shared range that ends after the address, or the number of ranges.
  [[nodiscard]] std::size_t first_after(Address address) const;
  /// Makes the bytes shared: they become so in the next execution.
  void share(Address address, std::size_t bytes);

 private:
  static constexpr std::uint8_t kSharedByte = 0x40;
  static constexpr std::uint8_t kFoundByte = 0x41;
  static constexpr std::uint8_t kFreedByte = 0x80;
  static constexpr std::size_t kPageBytes = 4096;

  struct Page {
    std::uint8_t* bytes;
    std::size_t left;  ///< Bytes that follow without a break.
  };
  Page page_of(Address address) {
    if (world::contains(address))
      return {world_ + (address - world::kBase), world::kBase + world::kBytes - address};
    return foreign(address);
  }
  std::uint8_t* byte(Address address) { return page_of(address).bytes; }
  Page foreign(Address address);
  Claim claim_new(std::size_t unit, Address address, std::size_t bytes);

  std::uint8_t* world_;
  std::unordered_map<Address, std::unique_ptr<std::uint8_t[]>> pages_;
  Address last_number_ = ~Address{0};
  std::uint8_t* last_page_ = nullptr;
  std::vector<Range> touched_;
  std::vector<Range> shared_;
  std::vector<Range> found_;
  bool grown_ = false;
};

}  // namespace assay::unmodified
