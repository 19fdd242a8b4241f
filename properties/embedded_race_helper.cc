#include "properties/embedded_race_helper.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>

// What `ld -b binary` calls the ends of the file.
extern "C" {
extern const char _binary_race_helper_start[];  // NOLINT(readability-identifier-naming)
extern const char _binary_race_helper_end[];    // NOLINT(readability-identifier-naming)
}

namespace assay {
namespace {

std::string path_in_memory() {
  // Not closed on exec: the path must work in children of children.
  const int fd = memfd_create("race_helper", 0);
  if (fd < 0) return "";
  const char* from = _binary_race_helper_start;
  while (from < _binary_race_helper_end) {
    const ssize_t wrote = write(fd, from, static_cast<std::size_t>(_binary_race_helper_end - from));
    if (wrote <= 0) {
      close(fd);
      return "";
    }
    from += wrote;
  }
  return "/proc/self/fd/" + std::to_string(fd);
}

}  // namespace

const std::string& embedded_race_helper() {
  static const std::string kPath = path_in_memory();
  return kPath;
}

}  // namespace assay
