#include "models/shared_mapping.h"

#include <sys/mman.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace assay {

SharedMapping::SharedMapping(std::size_t bytes) : data_(nullptr), bytes_(bytes == 0 ? 1 : bytes) {
  void* mapped = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) {
    throw std::system_error(errno, std::generic_category(),
                            "cannot map " + std::to_string(bytes_) +
                                " bytes of shared memory (see `ulimit -v`, vm.max_map_count)");
  }
  data_ = static_cast<std::byte*>(mapped);
}

SharedMapping::~SharedMapping() {
  if (data_ != nullptr) munmap(data_, bytes_);
}

}  // namespace assay
