#include "models/controlled/unmodified/locals.h"

#include <unwind.h>

#include <algorithm>
#include <iterator>

#include "models/controlled/unmodified/image.h"
#include "models/controlled/unmodified/places.h"

namespace assay::unmodified {
namespace {

/// With a frame pointer, which explored programs are compiled with, it points so far below the end
/// of the frame: the return address and the caller's frame pointer lie between.
constexpr std::int64_t kBelowEnd = 2 * sizeof(void*);

_Unwind_Reason_Code note_frame(_Unwind_Context* context, void* frames) {
  constexpr std::size_t kMost = 200;
  auto& all = *static_cast<std::vector<Frame>*>(frames);
  const Address pc = _Unwind_GetIP(context);
  if (pc == 0 || all.size() == kMost) return _URC_END_OF_STACK;
  // What the unwinder calls the frame's canonical address is the stack pointer at the call.
  all.push_back({pc, _Unwind_GetCFA(context)});
  return _URC_NO_REASON;
}

}  // namespace

std::vector<Frame> frames_now() {
  std::vector<Frame> frames;
  _Unwind_Backtrace(&note_frame, &frames);
  return frames;
}

void Locals::note(Address address, const std::vector<Frame>& frames) {
  const auto caller = std::find_if(frames.begin(), frames.end(),
                                   [&](const Frame& frame) { return frame.bottom > address; });
  if (caller == frames.begin() || caller == frames.end()) return;
  const Address pc = std::prev(caller)->pc;
  if (!Image::mine().is_program(pc)) return;
  spots_[address].insert({pc, static_cast<std::int64_t>(address - caller->bottom)});
}

bool Locals::look_up() {
  bool told = false;
  for (const auto& [address, spots] : spots_) {
    for (const Spot& spot : spots) {
      const auto [known, added] = variables_.try_emplace(spot.pc);
      if (!added) continue;
      const std::int64_t base = Image::mine().frames_end_at_base() ? 0 : -kBelowEnd;
      // The call is before the address to which it returns.
      for (const Local& local : locals_at(spot.pc - Image::mine().program_base() - 1))
        known->second.push_back({local.name, base + local.offset, local.bytes});
    }
    told = told || !name_of(address).empty();
  }
  return told;
}

std::vector<Address> Locals::noted() const {
  std::vector<Address> addresses;
  for (const auto& [address, spots] : spots_) addresses.push_back(address);
  return addresses;
}

std::string Locals::name_of(Address address) const {
  const std::string name = without_unit(address);
  if (name.empty()) return "";
  const std::size_t unit = world::slot_of(address);
  const bool elsewhere = std::any_of(spots_.begin(), spots_.end(), [&](const auto& other) {
    return world::slot_of(other.first) != unit && without_unit(other.first) == name;
  });
  return elsewhere ? name + " of unit " + std::to_string(unit) : name;
}

std::string Locals::without_unit(Address address) const {
  const auto spots = spots_.find(address);
  if (spots == spots_.end()) return "";
  std::set<std::string> names;
  for (const Spot& spot : spots->second) {
    const auto known = variables_.find(spot.pc);
    if (known == variables_.end()) continue;
    for (const Variable& variable : known->second) {
      const std::int64_t within = spot.offset - variable.begin;
      if (within < 0 || within >= variable.bytes) continue;
      names.insert(within == 0 ? variable.name : variable.name + "+" + std::to_string(within));
    }
  }
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " or ") + name;
  return text;
}

}  // namespace assay::unmodified
