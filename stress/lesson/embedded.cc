#include "stress/lesson/embedded.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>

// What `ld -b binary` calls the ends of the files.
extern "C" {
// NOLINTBEGIN(readability-identifier-naming)
extern const char _binary_witness_start[];
extern const char _binary_witness_end[];
extern const char _binary_scenario_sources_start[];
extern const char _binary_scenario_sources_end[];
// NOLINTEND(readability-identifier-naming)
}

namespace assay {
namespace {

std::string path_in_memory(const char* from, const char* end) {
  // Not closed on exec: the path must work in children of children.
  const int fd = memfd_create("witness", 0);
  if (fd < 0) return "";
  while (from < end) {
    const ssize_t wrote = write(fd, from, static_cast<std::size_t>(end - from));
    if (wrote <= 0) {
      close(fd);
      return "";
    }
    from += wrote;
  }
  return "/proc/self/fd/" + std::to_string(fd);
}

constexpr std::string_view kFile = "\n@@@ ";

}  // namespace

const std::string& embedded_witness() {
  static const std::string kPath = path_in_memory(_binary_witness_start, _binary_witness_end);
  return kPath;
}

std::string_view embedded_source(std::string_view path) {
  const std::string_view all(
      _binary_scenario_sources_start,
      static_cast<std::size_t>(_binary_scenario_sources_end - _binary_scenario_sources_start));
  for (std::size_t at = all.find(kFile); at != std::string_view::npos;) {
    const std::size_t name = at + kFile.size();
    const std::size_t text = all.find('\n', name) + 1;
    const std::size_t next = all.find(kFile, text - 1);
    const std::string_view known = all.substr(name, text - 1 - name);
    if (path == known || path.ends_with("/" + std::string(known)))
      return all.substr(text, next == std::string_view::npos ? next : next - text);
    at = next;
  }
  return {};
}

}  // namespace assay
