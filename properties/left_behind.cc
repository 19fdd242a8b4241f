#include "properties/left_behind.h"

#include <dirent.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>

#include "models/host.h"
#include "models/sanitized.h"
#include "models/shared_mapping.h"

namespace assay {
namespace {

/// Few units at first, as what each of them leaves may soon be too much for a limit; and then many,
/// of which one alone may leave something. Sanitized units are many times heavier.
constexpr std::size_t kFew = kSanitized ? 8 : 48;
constexpr std::size_t kMany = kSanitized ? 64 : 128;
/// A cache may grow by chance in one run and in the next; not in so many. That of an allocator with
/// a part for each thread may for long, as its threads come at random.
constexpr std::size_t kRuns = 8;
constexpr std::size_t kRunsForMemory = 16;
/// And then some of twice the units.
constexpr std::size_t kLargerRuns = 3;

struct Quantity {
  const char* name;
  double a_unit;  ///< Less than this a unit is no leak,
  double a_run;   ///< and less than this a run.
};
/// Nothing but a leak changes the first ones: one of many units may leave one. Memory is looked at
/// with few units alone: with many, a library may take some more in run after run.
constexpr std::size_t kExact = 3;
/// What units leave is about as much in most runs; by what a cache grows is not.
constexpr double kRegular = 3;
constexpr std::array<Quantity, 5> kQuantities{{{"descriptors", 0, 1},
                                               {"children that nobody waited for", 0, 1},
                                               {"threads", 0, 1},
                                               {"bytes of the heap", 16, 1'536},
                                               {"bytes of mappings", 4'096, 0}}};
using Counts = std::array<double, kQuantities.size()>;

double entries_of(const char* folder) {
  DIR* open_folder = opendir(folder);
  if (open_folder == nullptr) return 0;
  double count = 0;
  while (readdir(open_folder) != nullptr) ++count;
  closedir(open_folder);
  return count;
}

/// All that is mapped. Mappings that lie side by side may be one, so they are not counted.
double mapped_bytes() {
  std::ifstream file("/proc/self/statm");
  double pages = 0;
  file >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double words_of(const char* path) {
  std::ifstream file(path);
  return static_cast<double>(std::distance(std::istream_iterator<std::string>(file), {}));
}

/// The number in the last `what` of malloc_info(3), which is the one for all arenas; 0 without.
double last_size(const std::string& info, const std::string& what) {
  const std::size_t at = info.rfind(what);
  const std::size_t size = at == std::string::npos ? at : info.find("size=\"", at);
  return size == std::string::npos ? 0 : std::strtod(info.c_str() + size + 6, nullptr);
}

/// What is allocated in the arenas of all threads; mallinfo2(3) knows the first one alone.
double heap_bytes() {
  char* text = nullptr;
  std::size_t length = 0;
  std::FILE* stream = open_memstream(&text, &length);
  if (stream == nullptr) return 0;
  malloc_info(0, stream);
  std::fclose(stream);
  const std::string info(text, length);
  std::free(text);
  return last_size(info, "<system type=\"current\"") + last_size(info, "<total type=\"mmap\"") -
         last_size(info, "<total type=\"fast\"") - last_size(info, "<total type=\"rest\"");
}

/// Of the calling process, whose main thread is the only one that starts units.
Counts count() {
  return {entries_of("/proc/self/fd"), words_of("/proc/thread-self/children"),
          entries_of("/proc/self/task"), heap_bytes(), mapped_bytes()};
}

bool grew(const Counts& before, const Counts& after, std::size_t quantity, std::size_t units) {
  const Quantity& of = kQuantities.at(quantity);
  const double least = std::max(of.a_run, of.a_unit * static_cast<double>(units));
  return after.at(quantity) - before.at(quantity) >= least;
}

/// In shared memory, for the caller of the host.
struct Board {
  std::size_t units;
  std::size_t runs;
  std::array<Counts, kRunsForMemory + 1> counts;
  bool grows;
  std::size_t what;  ///< Index of the first quantity that grows, when one does.

  void note(std::size_t quantity) {
    if (!grows) what = quantity;
    grows = true;
  }
};

using Growing = std::array<bool, kQuantities.size()>;

/// In the host: up to so many runs, as long as something grows in each but the first. What is exact
/// has had enough of them earlier than memory has.
void run_while_growing(BodyRuntime& runtime, std::size_t units, std::size_t runs,
                       std::size_t runs_for_memory, Growing& growing, Board& board) {
  Bodies bodies;
  bodies.count = units;
  bodies.task = [](Unit& unit) -> Task { co_await unit.yield(); };
  runtime.run_here(bodies);
  board.units = units;
  board.counts[0] = count();
  for (std::size_t run = 1; run <= runs_for_memory; ++run) {
    if (run > runs && std::any_of(growing.begin(), growing.begin() + kExact, std::identity()))
      return;
    runtime.run_here(bodies);
    board.counts.at(run) = count();
    board.runs = run;
    board.grows = false;
    for (std::size_t i = 0; i < growing.size(); ++i) {
      growing.at(i) =
          growing.at(i) && grew(board.counts.at(run - 1), board.counts.at(run), i, units);
      if (growing.at(i)) board.note(i);
    }
    if (!board.grows) return;
  }
}

/// By how much a quantity grew from one run to the next, in rising order.
std::vector<double> growths(const Board& board, std::size_t quantity) {
  std::vector<double> all;
  for (std::size_t run = 1; run <= board.runs; ++run) {
    all.push_back(board.counts.at(run).at(quantity) - board.counts.at(run - 1).at(quantity));
  }
  std::ranges::sort(all);
  return all;
}

/// The least growth of each quantity: a container that takes twice its memory now and then does so
/// in some of the runs. Memory whose growth is not regular is not `growing`.
Counts least_growth(const Board& board, Growing& growing) {
  Counts least{};
  for (std::size_t i = 0; i < least.size(); ++i) {
    const std::vector<double> all = growths(board, i);
    least.at(i) = all.front();
    const bool regular = all.at(all.size() / 2) <= kRegular * all.front();
    growing.at(i) = growing.at(i) && (i < kExact || regular);
  }
  return least;
}

/// What a library keeps for each run, however many units it has, is not left by them: twice the
/// units leave as much more as they are more.
void run_again_and_again(BodyRuntime& runtime, std::size_t units, Board& board) {
  Growing growing;
  growing.fill(units == kFew);
  std::fill_n(growing.begin(), kExact, true);
  run_while_growing(runtime, units, kRuns, kRunsForMemory, growing, board);
  if (!board.grows) return;
  const Counts by_units = least_growth(board, growing);
  run_while_growing(runtime, 2 * units, kLargerRuns, kLargerRuns, growing, board);
  if (!board.grows) return;
  const Counts by_twice = least_growth(board, growing);
  board.grows = false;
  for (std::size_t i = 0; i < growing.size(); ++i) {
    if (growing.at(i) && grew(by_units, by_twice, i, units)) board.note(i);
  }
}

}  // namespace

LeftBehind look_for_leaks(BodyRuntime& runtime) {
  const SharedMapping memory(sizeof(Board));
  Board& board = *memory.at<Board>(0);
  const HostResult host = run_in_host({}, [&] {
    for (const std::size_t units : {kFew, kMany}) {
      run_again_and_again(runtime, units, board);
      if (board.grows) return;
    }
  });
  LeftBehind left{board.units, board.runs, "", "", {}};
  if (!host.end.ok()) left.failure = "its host " + to_string(host.end);
  if (!host.end.ok() || !board.grows) return left;
  for (std::size_t run = 0; run <= board.runs; ++run) {
    left.all.push_back(board.counts.at(run).at(board.what));
  }
  const double each =
      (left.all.back() - left.all.front()) / static_cast<double>(board.runs * board.units);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.3g %s a unit", each, kQuantities.at(board.what).name);
  left.leak = text.data();
  return left;
}

}  // namespace assay
