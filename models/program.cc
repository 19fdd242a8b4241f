#include "models/program.h"

#include <algorithm>
#include <array>

namespace assay {

std::string_view to_string(Op op) {
  constexpr std::array<std::string_view, 17> kNames{
      "write",      "read",   "add",     "add_across", "yield",    "spin",
      "spin_until", "sleep",  "send",    "receive",    "lock",     "unlock",
      "fault",      "record", "recurse", "registers",  "await_end"};
  return kNames.at(static_cast<std::size_t>(op));
}

std::string_view to_string(Region region) {
  constexpr std::array<std::string_view, kRegions> kNames{
      "heap", "global", "stack", "thread_local", "private_mapping", "shared_mapping"};
  return kNames.at(static_cast<std::size_t>(region));
}

std::string_view to_string(Fault fault) {
  constexpr std::array<std::string_view, kFaults> kNames{"uncaught_exception",
                                                         "abort",
                                                         "null_dereference",
                                                         "exit",
                                                         "kill_own_task",
                                                         "endless_loop",
                                                         "stack_overflow",
                                                         "memory_exhaustion",
                                                         "descriptor_exhaustion",
                                                         "deadlock",
                                                         "errno",
                                                         "rounding_mode",
                                                         "locale",
                                                         "working_directory",
                                                         "umask",
                                                         "signal_disposition",
                                                         "environment"};
  return kNames.at(static_cast<std::size_t>(fault));
}

std::string_view to_string(Identity identity) {
  constexpr std::array<std::string_view, kIdentities> kNames{"process",
                                                             "kernel_task",
                                                             "cpu",
                                                             "time_ns",
                                                             "task_cpu_time_ns",
                                                             "stack_address",
                                                             "thread_local_address",
                                                             "heap_address",
                                                             "voluntary_switches",
                                                             "involuntary_switches",
                                                             "errno",
                                                             "rounding_mode",
                                                             "locale",
                                                             "working_directory",
                                                             "umask",
                                                             "signal_disposition",
                                                             "environment",
                                                             "can_allocate",
                                                             "can_open"};
  return kNames.at(static_cast<std::size_t>(identity));
}

namespace {

Step on_cell(Op op, Region region, std::uint32_t cell) {
  Step step;
  step.op = op;
  step.region = region;
  step.cell = cell;
  return step;
}

Step with_value(Op op, std::int64_t value) {
  Step step;
  step.op = op;
  step.value = value;
  return step;
}

std::string place(const Step& step) {
  return std::string(to_string(step.region)) + "[" + std::to_string(step.cell) + "]";
}

std::string times(std::uint32_t count) { return count == 1 ? "" : " x" + std::to_string(count); }

}  // namespace

Step write(Region region, std::uint32_t cell, std::int64_t value) {
  Step step = on_cell(Op::kWrite, region, cell);
  step.value = value;
  return step;
}

Step read(Region region, std::uint32_t cell) { return on_cell(Op::kRead, region, cell); }

Step add(Region region, std::uint32_t cell, std::uint32_t count) {
  Step step = on_cell(Op::kAdd, region, cell);
  step.count = count;
  step.value = 1;
  return step;
}

Step add_across(Region region, std::uint32_t cell, std::uint32_t count) {
  Step step = add(region, cell, count);
  step.op = Op::kAddAcross;
  return step;
}

Step yield(std::uint32_t count) {
  Step step;
  step.count = count;
  return step;
}

Step spin(std::int64_t cpu_ns) { return with_value(Op::kSpin, cpu_ns); }

Step spin_until(Region region, std::uint32_t cell, std::int64_t value, std::uint32_t bound_us) {
  Step step = on_cell(Op::kSpinUntil, region, cell);
  step.value = value;
  step.count = bound_us;
  return step;
}

Step sleep(std::int64_t ns) { return with_value(Op::kSleep, ns); }

Step send(std::uint32_t channel, std::int64_t value, std::uint32_t bytes) {
  Step step = with_value(Op::kSend, value);
  step.cell = channel;
  step.count = bytes;
  return step;
}

Step receive(std::uint32_t channel) { return on_cell(Op::kReceive, Region::kHeap, channel); }

Step lock(std::uint32_t index) { return on_cell(Op::kLock, Region::kHeap, index); }

Step unlock(std::uint32_t index) { return on_cell(Op::kUnlock, Region::kHeap, index); }

Step fault(Fault fault) {
  Step step;
  step.op = Op::kFault;
  step.fault = fault;
  return step;
}

Step record(Identity identity) {
  Step step;
  step.op = Op::kRecord;
  step.identity = identity;
  return step;
}

Step recurse(std::uint32_t frames, std::int64_t pattern, std::uint32_t yields) {
  Step step = with_value(Op::kRecurse, pattern);
  step.count = frames;
  step.cell = yields;
  return step;
}

Step await_end(std::uint32_t unit) { return on_cell(Op::kAwaitEnd, Region::kHeap, unit); }

Step check_registers(std::int64_t pattern, std::uint32_t yields) {
  Step step = with_value(Op::kRegisters, pattern);
  step.count = yields;
  return step;
}

std::string to_string(const Step& step) {
  const std::string name(to_string(step.op));
  const std::string value = std::to_string(step.value);
  switch (step.op) {
    case Op::kWrite:
      return name + " " + place(step) + " = " + value;
    case Op::kRead:
      return name + " " + place(step);
    case Op::kAdd:
    case Op::kAddAcross:
      return name + " " + place(step) + " += " + value + times(step.count);
    case Op::kYield:
      return name + times(step.count);
    case Op::kSpin:
    case Op::kSleep:
      return name + " " + value + " ns";
    case Op::kSpinUntil:
      return name + " " + place(step) + " >= " + value + " or " + std::to_string(step.count) +
             " us";
    case Op::kSend:
      return name + " " + value + " (" + std::to_string(step.count) + " bytes) to channel " +
             std::to_string(step.cell);
    case Op::kReceive:
      return name + " from channel " + std::to_string(step.cell);
    case Op::kLock:
    case Op::kUnlock:
      return name + " " + std::to_string(step.cell);
    case Op::kFault:
      return name + " " + std::string(to_string(step.fault));
    case Op::kRecord:
      return name + " " + std::string(to_string(step.identity));
    case Op::kRecurse:
      return name + " " + std::to_string(step.count) + " frames";
    case Op::kRegisters:
      return name + times(step.count);
    case Op::kAwaitEnd:
      return "await end of unit " + std::to_string(step.cell);
  }
  return name;
}

std::string to_table(const Program& program) {
  constexpr std::size_t kColumns = 8;
  const std::size_t columns = std::min(program.units.size(), kColumns);
  std::size_t rows = 0;
  std::array<std::size_t, kColumns> widths{};
  for (std::size_t u = 0; u < columns; ++u) {
    rows = std::max(rows, program.units[u].size());
    widths.at(u) = std::string("unit ").size() + std::to_string(u).size();
    for (const Step& step : program.units[u]) {
      widths.at(u) = std::max(widths.at(u), to_string(step).size());
    }
  }
  std::string table;
  const auto add_row = [&](auto&& text_of) {
    std::string line;
    for (std::size_t u = 0; u < columns; ++u) {
      std::string text = text_of(u);
      text.resize(widths.at(u) + 2, ' ');
      line += text;
    }
    table += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  };
  add_row([](std::size_t u) { return "unit " + std::to_string(u); });
  for (std::size_t row = 0; row < rows; ++row) {
    add_row([&](std::size_t u) {
      const auto& steps = program.units[u];
      return row < steps.size() ? to_string(steps[row]) : std::string();
    });
  }
  if (program.units.size() > columns) {
    table += "and " + std::to_string(program.units.size() - columns) + " more units\n";
  }
  return table;
}

}  // namespace assay
