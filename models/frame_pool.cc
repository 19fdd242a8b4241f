#include "models/frame_pool.h"

#include <sys/mman.h>

#include <mutex>
#include <utility>
#include <vector>

#include "models/large_pages.h"

namespace assay {
namespace {

/// The pools of threads that ended, for threads to come: otherwise each would map a chunk of its
/// own.
struct Heritage {
  std::mutex mutex;
  std::vector<FramePool> pools;

  /// Lives until the process ends, so that threads may end after `main`.
  static Heritage& of_all() {
    static auto& heritage = *new Heritage;
    return heritage;
  }
};

/// One a thread that has a pool.
class Testator {
 public:
  Testator() = default;
  Testator(const Testator&) = delete;
  Testator& operator=(const Testator&) = delete;
  ~Testator() {
    Heritage& heritage = Heritage::of_all();
    const std::lock_guard hold(heritage.mutex);
    heritage.pools.push_back(std::exchange(FramePool::mine(), FramePool()));
  }
};

/// A mapping, not malloc: it has no header, and untouched pages of the last chunk cost nothing.
void* map_chunk(std::size_t bytes) {
  void* chunk = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (chunk == MAP_FAILED) throw std::bad_alloc();
  return chunk;
}

}  // namespace

bool FramePool::inherit() {
  static thread_local Testator testator;
  Heritage& heritage = Heritage::of_all();
  // Not worth a wait, which would have no end in the child of a process that forked meanwhile.
  const std::unique_lock hold(heritage.mutex, std::try_to_lock);
  if (!hold || heritage.pools.empty()) return false;
  *this = heritage.pools.back();
  heritage.pools.pop_back();
  return true;
}

void* FramePool::cut(std::size_t bytes) {
  // The chunks of many frames are large pages (models/large_pages.h), of which the last may be
  // waste.
  constexpr std::size_t kSmallChunk = std::size_t{256} << 10;
  constexpr std::size_t kLargeChunk = std::size_t{2} << 20;
  constexpr std::size_t kFew = std::size_t{8} << 20;
  if (chunk_ == nullptr && this == &mine() && inherit()) return allocate(bytes);
  if (left_ < bytes) {
    const std::size_t size = mapped_ < kFew ? kSmallChunk : kLargeChunk;
    chunk_ = static_cast<std::byte*>(mapped_ < kFew ? map_chunk(size) : map_large_pages(size));
    left_ = size;
    mapped_ += size;
  }
  left_ -= bytes;
  void* frame = chunk_;
  chunk_ += bytes;
  return frame;
}

}  // namespace assay
