/// Memory use: what a tree of processes takes, in user space and in the kernel.
///
/// Proportional set size counts a page that n processes share as 1/n in each, so that a sum over
/// the tree counts it once; processes that share one address space are counted once, where kcmp(2)
/// tells. Pages of files (programs, libraries) are left out: a tree's part of them changes with
/// whoever else runs the same program just now. Page tables are told for each process too. What
/// else the kernel keeps for a task (its stack, slab objects) is in no process's figures; it is
/// read for the whole machine, so that differences are to be taken between two moments, and others
/// disturb them. Source: proc(5), smaps_rollup, status (VmPTE) and meminfo.
#pragma once

#include <cstdint>
#include <string>

namespace assay {

struct TreeMemory {
  std::int64_t pss_bytes = 0;
  std::int64_t processes = 0;
  std::int64_t tasks = 0;  ///< Kernel tasks: threads of all processes.
  std::int64_t page_tables_bytes = 0;
  std::int64_t mappings = 0;  ///< Of the root.
};

/// Sums over a process and all its descendants; `root` is its number as /proc shows it (see
/// `number_in_proc`). Processes that end meanwhile are left out. Throws std::runtime_error when the
/// root cannot be read.
TreeMemory memory_of_tree(const std::string& root);

/// The number of the calling process in /proc, which in a pid namespace is not getpid().
std::string number_in_proc();

struct KernelMemory {
  std::int64_t stacks_bytes = 0;
  std::int64_t slab_bytes = 0;  ///< Unreclaimable: the reclaimable part is caches of files.
};

/// Of the whole machine, just now.
KernelMemory kernel_memory();

}  // namespace assay
