#include "models/frame_probe.h"

#include <algorithm>
#include <array>
#include <cfenv>

namespace assay {
namespace {

struct Extent {
  std::uintptr_t lowest;
  std::uintptr_t highest;
  bool damaged;
};

/// One frame with a pattern; the deepest gives way to other units before all are checked on return.
/// Not sanitized: AddressSanitizer would put the locals into a stack of its own on the heap.
__attribute__((noinline, no_sanitize("address"))) Extent frame(Unit& unit, const Step& step,
                                                               std::uint32_t depth) {
  std::array<volatile std::int64_t, 32> locals;
  for (std::size_t i = 0; i < locals.size(); ++i) {
    locals[i] = step.value + static_cast<std::int64_t>(depth * locals.size() + i);
  }
  const auto here = reinterpret_cast<std::uintptr_t>(&locals);
  Extent extent{here, here + sizeof(locals), false};
  if (depth + 1 < step.count) {
    const Extent deeper = frame(unit, step, depth + 1);
    extent = {std::min(here, deeper.lowest), std::max(extent.highest, deeper.highest),
              deeper.damaged};
  } else if (unit.blocks()) {
    BlockingUnit plain(unit);
    for (std::uint32_t i = 0; i < step.cell; ++i) plain.yield();
  }
  for (std::size_t i = 0; i < locals.size(); ++i) {
    if (locals[i] != step.value + static_cast<std::int64_t>(depth * locals.size() + i)) {
      extent.damaged = true;
    }
  }
  return extent;
}

struct YieldCall {
  Unit* unit;
  std::uint32_t yields;
};

void give_way(YieldCall* call) {
  BlockingUnit plain(*call->unit);
  for (std::uint32_t i = 0; i < call->yields; ++i) plain.yield();
}

#if defined(__x86_64__)
/// Fills the callee-saved registers with numbers made of `pattern`, calls `give_way`, and returns 0
/// if all came back. rbp may be the frame pointer: it is saved on the stack around the call.
__attribute__((noinline)) std::int64_t registers_across(YieldCall* call, std::int64_t pattern) {
  std::int64_t differ = 0;
  void (*callee)(YieldCall*) = &give_way;
  asm volatile(
      "subq $128, %%rsp\n\t"  // Below a leaf's red zone.
      "pushq %%rbp\n\t"
      "movq %%rsp, %%rbp\n\t"
      "pushq %%rsi\n\t"
      "pushq %%rbp\n\t"
      "leaq 1(%%rsi), %%rbx\n\t"
      "leaq 2(%%rsi), %%r12\n\t"
      "leaq 3(%%rsi), %%r13\n\t"
      "leaq 4(%%rsi), %%r14\n\t"
      "leaq 5(%%rsi), %%r15\n\t"
      "andq $-16, %%rsp\n\t"
      "call *%%rdx\n\t"
      "movq -8(%%rbp), %%rsi\n\t"
      "movq -16(%%rbp), %%rax\n\t"
      "xorq %%rbp, %%rax\n\t"
      "leaq 1(%%rsi), %%rcx\n\t"
      "xorq %%rbx, %%rcx\n\t"
      "orq %%rcx, %%rax\n\t"
      "leaq 2(%%rsi), %%rcx\n\t"
      "xorq %%r12, %%rcx\n\t"
      "orq %%rcx, %%rax\n\t"
      "leaq 3(%%rsi), %%rcx\n\t"
      "xorq %%r13, %%rcx\n\t"
      "orq %%rcx, %%rax\n\t"
      "leaq 4(%%rsi), %%rcx\n\t"
      "xorq %%r14, %%rcx\n\t"
      "orq %%rcx, %%rax\n\t"
      "leaq 5(%%rsi), %%rcx\n\t"
      "xorq %%r15, %%rcx\n\t"
      "orq %%rcx, %%rax\n\t"
      "movq %%rbp, %%rsp\n\t"
      "popq %%rbp\n\t"
      "addq $128, %%rsp\n\t"
      : "=&a"(differ), "+D"(call), "+S"(pattern), "+d"(callee)
      :
      : "rbx", "rcx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc", "xmm0",
        "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
        "xmm12", "xmm13", "xmm14", "xmm15");
  return differ;
}

std::uint32_t vector_control() { return __builtin_ia32_stmxcsr() & 0xffc0U; }

std::uint16_t x87_control() {
  std::uint16_t word = 0;
  asm volatile("fnstcw %0" : "=m"(word));
  return word;
}
#else
/// Without assembly the compiler keeps these in callee-saved registers as it sees fit.
__attribute__((noinline)) std::int64_t registers_across(YieldCall* call, std::int64_t pattern) {
  const std::int64_t a = pattern + 1;
  const std::int64_t b = pattern * 3;
  give_way(call);
  return (a - pattern - 1) | (b - pattern * 3);
}

std::uint32_t vector_control() { return 0; }
std::uint16_t x87_control() { return 0; }
#endif

constexpr std::array<int, 4> kModes{FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO, FE_TONEAREST};

}  // namespace

Event probe_frames(Unit& unit, const Step& step) {
  const Extent extent = frame(unit, step, 0);
  return {0, static_cast<std::int64_t>(extent.lowest),
          extent.highest | (extent.damaged ? kDamaged : 0)};
}

FloatingPoint load_floating_point(std::int64_t pattern) {
  std::fesetround(kModes.at(static_cast<std::uint64_t>(pattern) % kModes.size()));
  return {std::fegetround(), vector_control(), x87_control()};
}

std::int64_t compare_floating_point(const FloatingPoint& expected) {
  std::int64_t mask = 0;
  if (std::fegetround() != expected.rounding) mask |= 2;
  if (vector_control() != expected.vector_control) mask |= 4;
  if (x87_control() != expected.x87_control) mask |= 8;
  std::fesetround(FE_TONEAREST);
  return mask;
}

std::int64_t probe_registers(Unit& unit, const Step& step) {
  YieldCall call{&unit, step.count};
  const FloatingPoint mine = load_floating_point(step.value);
  const std::int64_t general = registers_across(&call, step.value);
  return compare_floating_point(mine) | (general != 0 ? 1 : 0);
}

}  // namespace assay
