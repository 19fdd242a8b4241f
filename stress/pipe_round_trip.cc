/// Prints what a round trip through two pipes between two processes takes on the core that it is
/// pinned to, in microseconds: for `ci/compare_perf`, which holds it against another tool.
///
///   taskset -c 0 pipe_round_trip 100000
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "models/pinning.h"
#include "models/process/process_costs.h"

int main(int argc, char** argv) {
  const std::uint64_t rounds = argc == 2 ? std::strtoull(argv[1], nullptr, 10) : 0;
  if (rounds == 0) {
    std::fprintf(stderr, "expected the number of round trips, such as 100000\n");
    return 2;
  }
  const int core = assay::allowed_cores().at(0);
  const auto start = std::chrono::steady_clock::now();
  const std::uint64_t switches = assay::process_costs().ping_pong(2 * rounds, core, core);
  const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
  if (switches != 2 * rounds) {
    std::fprintf(stderr, "expected %s switches, the processes counted %s\n",
                 std::to_string(2 * rounds).c_str(), std::to_string(switches).c_str());
    return 1;
  }
  std::printf("%.4f\n", time.count() / static_cast<double>(rounds));
  return 0;
}
