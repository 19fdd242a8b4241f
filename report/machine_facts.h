/// What a reader must know of the machine and the build to read a measurement.
#pragma once

#include <cstdint>
#include <string>

namespace assay {

struct BuildFacts {
  std::string version;   ///< Of Assay: "0.1".
  std::string compiler;  ///< "clang 19.1.7".
  std::string flags;     ///< What the compiler was called with, without folders of include files.
  std::string variant;   ///< A row of sanitizers/variants.bzl: "plain".
};

struct MachineFacts {
  std::string cpu;  ///< "AMD EPYC 7B13"; empty where /proc/cpuinfo does not say.
  int cores = 0;    ///< That this process may use.
  std::int64_t memory_bytes = 0;
  std::int64_t memory_available_bytes = 0;
  std::string kernel;  ///< "Linux 6.1.0-28-amd64".
  std::string architecture;
};

BuildFacts build_facts();

/// Reads /proc and uname(2).
MachineFacts machine_facts();

}  // namespace assay
