/// Locals: the names of variables on the stacks of units.
///
/// A stack has no names; the frame in which an address lies, and the debug information of the
/// function whose frame it is, have. So each frame is noted while it is alive, and looked up later.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "models/controlled/unmodified/world.h"

namespace assay::unmodified {

/// A call that is not over.
struct Frame {
  Address pc;      ///< In the function that is called.
  Address bottom;  ///< Its frame begins here, and ends where that of its caller begins.
};

/// Of the unit that runs, innermost first.
std::vector<Frame> frames_now();

class Locals {
 public:
  /// The address lies on the stack of a unit that has these frames now.
  void note(Address address, const std::vector<Frame>& frames);
  /// Asks llvm-symbolizer for what was noted since. Returns whether it told a name.
  bool look_up();
  /// The addresses.
  [[nodiscard]] std::vector<Address> noted() const;
  /// "counter", "account+8"; "i of unit 2" where several units have one; "one or other" where both
  /// were there at different times; "" where no name is known.
  [[nodiscard]] std::string name_of(Address address) const;

 private:
  [[nodiscard]] std::string without_unit(Address address) const;
  /// A place in the frame of a function: what it is called does not depend on the call.
  struct Spot {
    Address pc;
    std::int64_t offset;  ///< From the end of the frame.
    auto operator<=>(const Spot&) const = default;
  };
  struct Variable {
    std::string name;
    std::int64_t begin;  ///< From the end of the frame.
    std::int64_t bytes;
  };

  std::map<Address, std::set<Spot>> spots_;
  std::map<Address, std::vector<Variable>> variables_;  ///< By the pc.
};

}  // namespace assay::unmodified
