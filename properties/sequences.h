/// Sequences: totally ordered accesses to memory by several units, as programs and with an oracle.
///
/// A token that is passed over channels enforces the order, so that what every read must return
/// follows from where memory is shared, and from nothing else. Sequences are plain data: generated
/// from a seed, shrunk by leaving accesses out.
///
/// Guarantee: the same generator state makes the same sequence on every machine.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <vector>

#include "models/program.h"
#include "models/trait_table.h"

namespace assay {

struct Access {
  std::uint32_t unit = 0;
  bool writes = false;
  Region region = Region::kHeap;
  std::uint32_t cell = 0;
  std::int64_t value = 0;           ///< What is written; unused by reads.
  std::uint32_t yields_before = 0;  ///< How often the unit gives way before the access.
};

struct Sequence {
  std::uint32_t units = 1;
  std::vector<Access> accesses;  ///< In the order in which they happen.
};

/// A program that carries out a sequence. Access i is step `step_of[i]` of its unit.
struct SequenceProgram {
  Sequence sequence;
  Program program;
  std::vector<std::uint32_t> step_of;
};

/// Reads and writes in equal shares, over all regions and a few cells of each; every value is
/// written once. `units` is at least 1.
Sequence random_sequence(std::mt19937_64& random, std::uint32_t units, std::uint32_t accesses);

/// Enforces the order of a sequence. Takes one channel a unit.
SequenceProgram enforce(const Sequence& sequence);

/// Unit 0 writes, all others read and write at once, unit 0 reads: two barriers for any number of
/// units. What its reads must return is that of the sequence, in whatever order the others run.
SequenceProgram fan(std::uint32_t units);

/// What each access must return where memory is of this kind; 0 for writes, and for reads of what
/// nobody wrote.
std::vector<std::int64_t> expected_reads(const Sequence& sequence, MemorySpace space);

/// Leaves out accesses, and then units that have none, as long as `still_fails` is true of the
/// rest. `budget` bounds the calls. The result fails; no single access of it can be left out if the
/// budget sufficed.
Sequence shrink(Sequence sequence, const std::function<bool(const Sequence&)>& still_fails,
                int budget);

}  // namespace assay
