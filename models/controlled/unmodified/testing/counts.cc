// The executions of a plain `x = x + 1` in two or three units, which have no first unit above them:
// how many there are, and how many lose an update.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "models/controlled/unmodified/exploration.h"

namespace {

int x;

void add() { x = x + 1; }

/// The last unit to be done looks: whether it is the last is not seen by the search.
void count(int units, bool reduce) {
  assay::unmodified::Settings settings;
  settings.reduce = reduce;
  settings.detect_races = false;
  const std::vector<std::function<void()>> bodies(static_cast<std::size_t>(units), &add);
  settings.at_end = [units] {
    if (x != units) assay::unmodified::fail_unmodified("an update is lost");
  };
  const auto result = assay::unmodified::explore_unmodified(bodies, settings);
  std::printf("%d units, %s: %d executions, %d lose an update\n", units,
              reduce ? "reduced" : "unreduced", static_cast<int>(result.executions),
              static_cast<int>(result.failing));
}

}  // namespace

int main() {
  for (const int units : {2, 3}) {
    for (const bool reduce : {false, true}) count(units, reduce);
  }
  return EXIT_SUCCESS;
}
