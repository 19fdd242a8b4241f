/// The traits: properties of a runtime with named values, which are the rows of the comparison
/// table.
///
/// A trait knows nothing of runtimes. Its values carry how they are judged: a universal value can
/// only be refuted, an existential one is confirmed by a witness, an order by an interval. The
/// table itself is models/trait_table.h.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <type_traits>

namespace assay {

/// Names a trait; `trait(id)` describes it (models/trait_table.h).
enum class TraitId : std::uint8_t;

/// How a value of a trait is judged.
enum class ValueKind : std::uint8_t {
  kUniversal,    ///< "never": a counterexample refutes it, nothing confirms it.
  kExistential,  ///< "can": a witness confirms it.
  kOrder,        ///< A place in an order: an interval that excludes the other places confirms it.
};

struct TraitValue {
  std::string_view slug;     ///< Stable, for JSON: "separate".
  std::string_view meaning;  ///< What is observed where this value holds, as a clause.
  ValueKind kind;
};

struct Trait {
  TraitId id;
  std::string_view slug;   ///< Stable, the part of a claim's slug after the model: "memory_space".
  std::string_view suite;  ///< The name of its GoogleTest suite: "MemorySpace".
  std::string_view title;  ///< The wording of the table's row: "Memory space".
  std::span<const TraitValue> values;
  bool needs_rivals;  ///< True for orders: an observation needs other runtimes to compare with.
};

/// All traits, in the order of the table.
std::span<const Trait> traits();

const Trait& trait(TraitId id);

/// The trait with this slug, or null.
const Trait* find_trait(std::string_view slug);

/// A set of values of one trait.
class ValueSet {
 public:
  constexpr ValueSet() = default;

  template <typename Value>
    requires std::is_enum_v<Value>
  constexpr ValueSet(std::initializer_list<Value> values) {
    for (Value value : values) insert(static_cast<std::uint8_t>(value));
  }

  static ValueSet all(const Trait& trait);

  constexpr void insert(std::uint8_t value) { bits_ |= 1U << value; }
  constexpr void erase(std::uint8_t value) { bits_ &= ~(1U << value); }
  [[nodiscard]] constexpr bool contains(std::uint8_t value) const {
    return (bits_ >> value & 1U) != 0;
  }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] int size() const { return __builtin_popcount(bits_); }
  friend constexpr ValueSet operator&(ValueSet a, ValueSet b) {
    a.bits_ &= b.bits_;
    return a;
  }
  friend constexpr bool operator==(ValueSet, ValueSet) = default;

 private:
  std::uint32_t bits_ = 0;
};

}  // namespace assay
