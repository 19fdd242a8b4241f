/// The interpreter: one body that runs a unit of any program, on any runtime that lives in C++.
///
/// Events are written to shared memory as they happen, so that a trace survives the unit, its
/// process and its host. Cells are accessed as relaxed atomics: a program may race without
/// undefined behaviour, and its lost updates are lost all the same.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "models/program.h"
#include "models/shared_mapping.h"
#include "models/trace.h"
#include "models/unit.h"

namespace assay {

/// Throws std::invalid_argument naming the unit and the step when a program is malformed: no units,
/// a cell, channel or lock out of range, a negative time.
void validate(const Program& program);

/// Where each unit's events lie in the memory of a trace.
class TraceLayout {
 public:
  explicit TraceLayout(const Program& program);

  [[nodiscard]] std::size_t bytes() const { return offsets_.back(); }
  void append(std::byte* memory, std::size_t unit, const Event& event) const;
  [[nodiscard]] std::vector<Event> events(const std::byte* memory, std::size_t unit) const;

 private:
  std::vector<std::size_t> offsets_;
};

/// The memory regions of a program. One object a run, a local variable of the function that starts
/// the units: its array is the stack region.
class Regions {
 public:
  Regions();
  /// For a fresh image, whose regions are zero already: its shared mapping is one that it has in
  /// common with other processes, and outlives this object. Needs no `prepare`.
  Regions(std::int64_t* shared, std::byte* trace);
  Regions(const Regions&) = delete;
  Regions& operator=(const Regions&) = delete;
  ~Regions();

  /// Zeroes every region and pins the process if the program wants one core. Events go to `trace`.
  void prepare(const Program& program, std::byte* trace);

  /// The cells of a region as the calling unit reaches them.
  [[nodiscard]] std::int64_t* cells(Region region);
  [[nodiscard]] std::byte* trace() const { return trace_; }

 private:
  std::array<std::int64_t, kCells> stack_{};
  std::unique_ptr<std::array<std::int64_t, kCells>> heap_;
  std::int64_t* private_;
  SharedMapping own_shared_;
  std::int64_t* shared_;
  std::byte* trace_ = nullptr;
};

/// Runs the steps of unit `unit.index()`.
Task interpret(Unit& unit, const Program& program, Regions& regions, const TraceLayout& layout);

/// Raises a fault in the calling unit; returns for those that let it go on.
void raise_fault(Fault fault);

/// Observes the calling unit.
std::int64_t observe(Identity identity, Regions& regions);

}  // namespace assay
