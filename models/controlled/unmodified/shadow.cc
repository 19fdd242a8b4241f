#include "models/controlled/unmodified/shadow.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace assay::unmodified {

Shadow::Shadow()
    : world_(static_cast<std::uint8_t*>(mmap(nullptr, world::kBytes, PROT_READ | PROT_WRITE,
                                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))) {
  if (world_ == MAP_FAILED)
    throw std::system_error(errno, std::generic_category(), "no room for the shadow of memory");
}

Shadow::Page Shadow::foreign(Address address) {
  const Address number = address / kPageBytes;
  if (number != last_number_) {
    auto& page = pages_[number];
    if (page == nullptr) page = std::make_unique<std::uint8_t[]>(kPageBytes);
    last_number_ = number;
    last_page_ = page.get();
  }
  const std::size_t offset = address % kPageBytes;
  return {last_page_ + offset, kPageBytes - offset};
}

void Shadow::clear_shared() {
  for (const Range& range : shared_) touched_.push_back(range);
  shared_.clear();
  found_.clear();
  next_execution();
}

bool Shadow::next_execution() {
  for (const Range& range : touched_) {
    for (Address at = range.begin; at < range.end; ++at) *byte(at) = 0;
  }
  touched_.clear();
  for (const Range& range : found_) {
    // Ranges that overlap become one.
    Range all = range;
    std::erase_if(shared_, [&](const Range& old) {
      const bool overlaps = old.begin < all.end && all.begin < old.end;
      if (overlaps) all = {std::min(old.begin, all.begin), std::max(old.end, all.end)};
      return overlaps;
    });
    shared_.push_back(all);
  }
  found_.clear();
  std::sort(shared_.begin(), shared_.end(),
            [](const Range& a, const Range& b) { return a.begin < b.begin; });
  for (const Range& range : shared_) {
    for (Address at = range.begin; at < range.end; ++at) *byte(at) = kSharedByte;
  }
  return std::exchange(grown_, false);
}

Shadow::Claim Shadow::claim_new(std::size_t unit, Address address, std::size_t bytes) {
  const auto mine = static_cast<std::uint8_t>(unit + 1);
  const bool on_stack = world::contains(address) && world::on_stack(address);
  const bool own_stack = on_stack && world::slot_of(address) == unit;
  bool shared = false;
  bool foreign = false;
  for (Address at = address; at < address + bytes; ++at) {
    std::uint8_t& owner = *byte(at);
    if (owner == kFreedByte) return Claim::kFreed;
    shared |= owner == kSharedByte;
    if (owner == 0 && on_stack) {
      foreign |= !own_stack;
    } else if (owner == 0) {
      owner = mine;
      if (at == address || touched_.back().end != at) touched_.push_back({at, at});
      touched_.back().end = at + 1;
    } else {
      foreign |= owner != mine && owner != kSharedByte && owner != kFoundByte;
    }
  }
  if (foreign) {
    share(address, bytes);
    for (Address at = address; at < address + bytes; ++at) {
      std::uint8_t& owner = *byte(at);
      if (owner == kSharedByte) continue;
      owner = kFoundByte;
      touched_.push_back({at, at + 1});
    }
  }
  return shared ? Claim::kShared : Claim::kPrivate;
}

void Shadow::share_touched_by_others(std::size_t unit, Address address, std::size_t bytes) {
  const auto by_another = [&](Address at) {
    const std::uint8_t owner = *byte(at);
    return owner != 0 && owner < kSharedByte && owner != unit + 1;
  };
  Address at = address;
  while (at < address + bytes && !by_another(at)) ++at;
  if (at == address + bytes) return;
  for (const Range& range : touched_) {
    if (address <= range.begin && range.end <= address + bytes && by_another(range.begin))
      share(range.begin, range.end - range.begin);
  }
}

void Shadow::free(Address address, std::size_t bytes) {
  touched_.push_back({address, address + bytes});
  for (Address at = address; at < address + bytes; ++at) *byte(at) = kFreedByte;
}

std::size_t Shadow::first_after(Address address) const {
  return static_cast<std::size_t>(
      std::upper_bound(shared_.begin(), shared_.end(), address,
                       [](Address wanted, const Range& range) { return wanted < range.end; }) -
      shared_.begin());
}

std::ptrdiff_t Shadow::find(Address address, std::size_t bytes) {
  const std::size_t at = first_after(address);
  if (at == shared_.size() || shared_[at].begin >= address + bytes) return -1;
  if (shared_[at].begin <= address && address + bytes <= shared_[at].end)
    return static_cast<std::ptrdiff_t>(at);
  share(address, bytes);
  return -1;
}

void Shadow::share(Address address, std::size_t bytes) {
  grown_ = true;
  found_.push_back({address, address + bytes});
}

}  // namespace assay::unmodified
