#include "models/controlled/op.h"

#include <array>

namespace assay::controlled {
namespace {

bool one_way(Proc a_proc, const Op& a, Proc b_proc, const Op& b) {
  if (a.kind == OpKind::kSpawn || a.kind == OpKind::kJoin) {
    if (a.index == unit_of(b_proc)) return true;
  }
  if (!is_buffer(b_proc) || is_buffer(a_proc) || unit_of(a_proc) != unit_of(b_proc)) return false;
  return a.has(Op::kDrains) || (a.has(Op::kBuffered) && a.index == b.index);
}

}  // namespace

bool holds(Compare compare, std::uint64_t value, std::uint64_t argument) {
  switch (compare) {
    case Compare::kEqual:
      return value == argument;
    case Compare::kNotEqual:
      return value != argument;
    case Compare::kAtLeast:
      return static_cast<std::int64_t>(value) >= static_cast<std::int64_t>(argument);
  }
  return false;
}

bool conflict(const Op& a, const Op& b) {
  if (a.has(Op::kBuffered) || b.has(Op::kBuffered)) return false;
  if (a.has(Op::kReadsOnly) && b.has(Op::kReadsOnly)) return false;
  if (a.has(Op::kWatches)) return !b.has(Op::kReadsOnly);
  if (b.has(Op::kWatches)) return !a.has(Op::kReadsOnly);
  const auto touches = [](const Op& op, std::uint16_t object) {
    return object != kNoObject && (op.object == object || op.other == object);
  };
  return touches(b, a.object) || touches(b, a.other);
}

bool bound_together(Proc a_proc, const Op& a, Proc b_proc, const Op& b) {
  return one_way(a_proc, a, b_proc, b) || one_way(b_proc, b, a_proc, a);
}

bool dependent(Proc a_proc, const Op& a, Proc b_proc, const Op& b) {
  return a_proc == b_proc || conflict(a, b) || bound_together(a_proc, a, b_proc, b);
}

std::string word_of(const Op& op) {
  static constexpr std::array kWords = {
      "read",       "write",   "load",     "store",  "update", "await", "await-swap",
      "fence",      "lock",    "try-lock", "unlock", "wait",   "wake",  "notify-one",
      "notify-all", "acquire", "release",  "arrive", "pass",   "send",  "receive",
      "yield",      "spawn",   "join",     "flush"};
  return kWords.at(static_cast<std::size_t>(op.kind));
}

}  // namespace assay::controlled
