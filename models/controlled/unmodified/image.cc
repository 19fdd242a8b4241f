#include "models/controlled/unmodified/image.h"

#include <cxxabi.h>
#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string_view>

namespace assay::unmodified {
namespace {

struct Extent {
  Address begin = ~Address{0};
  Address end = 0;
  void add(Address from, Address to) {
    begin = std::min(begin, from);
    end = std::max(end, to);
  }
};

Extent extent_of(const dl_phdr_info& object) {
  Extent extent;
  for (const ElfW(Phdr) & part : std::span(object.dlpi_phdr, object.dlpi_phnum)) {
    if (part.p_type == PT_LOAD)
      extent.add(object.dlpi_addr + part.p_vaddr, object.dlpi_addr + part.p_vaddr + part.p_memsz);
  }
  return extent;
}

/// Libraries of which the documentation says what is seen of them.
bool is_usual(std::string_view path) {
  static constexpr std::string_view kUsual[] = {
      "libstdc++.so", "libm.so", "libc.so", "libgcc_s.so", "ld-linux", "vdso", "libpthread.so"};
  return std::any_of(std::begin(kUsual), std::end(kUsual), [&](std::string_view name) {
    return path.find(name) != std::string_view::npos;
  });
}

bool is_path_of_c_library(std::string_view path) {
  return path.find("libc.so") != std::string_view::npos ||
         path.find("ld-linux") != std::string_view::npos;
}

bool is_in(std::span<const std::span<const std::byte>> parts, Address address) {
  return std::any_of(parts.begin(), parts.end(), [&](const auto& part) {
    return address - reinterpret_cast<Address>(part.data()) < part.size();
  });
}

/// Keeps what a compiler adds to the name of a part of a variable: ".0".
std::string demangled(const std::string& name) {
  // "x" would be demangled too, to "long long".
  if (!name.starts_with("_Z")) return name;
  const std::string whole = name.substr(0, name.find('.'));
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(whole.c_str(), nullptr, nullptr, &status), &std::free);
  return status == 0 ? text.get() + name.substr(whole.size()) : name;
}

std::vector<char> read_program() {
  std::ifstream file("/proc/self/exe", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A file of the linker's own or of the C library's start.
bool is_start_code(std::string_view file) {
  return file.empty() || file == "crtstuff.c" || file.find("crt1") != std::string_view::npos ||
         file.find("crti") != std::string_view::npos || file == "Scrt1.o" || file == "init.c";
}

}  // namespace

Image& Image::mine() {
  static auto* const kImage = new Image;
  return *kImage;
}

Image::Image() {
  read_headers();
  read_symbols();
}

void Image::read_headers() {
  const auto look = [](dl_phdr_info* object, std::size_t, void* argument) {
    auto& image = *static_cast<Image*>(argument);
    const Extent extent = extent_of(*object);
    // Of libraries that were loaded from the start, and so below the thread pointer.
    if (object->dlpi_tls_data != nullptr) {
      const auto begin = reinterpret_cast<Address>(object->dlpi_tls_data);
      if (begin < reinterpret_cast<Address>(__builtin_thread_pointer()))
        image.thread_begin_ = std::min(image.thread_begin_, begin);
    }
    const bool own =
        reinterpret_cast<Address>(&Image::mine) - extent.begin < extent.end - extent.begin;
    const std::string_view path = object->dlpi_name;
    if (own) {
      image.own_begin_ = extent.begin;
      image.own_bytes_ = extent.end - extent.begin;
    }
    if (!path.empty()) {
      if (is_usual(path)) {
        const std::span library(reinterpret_cast<const std::byte*>(extent.begin),
                                extent.end - extent.begin);
        image.usual_libraries_.push_back(library);
        if (is_path_of_c_library(path)) image.c_library_.push_back(library);
      } else if (!own) {
        image.libraries_.emplace_back(path);
      }
      return 0;
    }
    image.load_bias_ = object->dlpi_addr;
    image.program_begin_ = extent.begin;
    image.program_bytes_ = extent.end - extent.begin;
    // What is read-only after relocation is writable by its segment alone.
    Extent relro;
    const std::span parts(object->dlpi_phdr, object->dlpi_phnum);
    for (const ElfW(Phdr) & part : parts) {
      const Address begin = object->dlpi_addr + part.p_vaddr;
      if (part.p_type == PT_GNU_RELRO) relro.add(begin, begin + part.p_memsz);
      if (part.p_type != PT_TLS) continue;
      image.tls_ = {static_cast<std::byte*>(object->dlpi_tls_data), part.p_memsz};
      image.tls_initial_.resize(part.p_memsz);
      std::memcpy(image.tls_initial_.data(), reinterpret_cast<const void*>(begin), part.p_filesz);
    }
    // Protection is by whole pages.
    relro.end = (relro.end + 4095) & ~Address{4095};
    for (const ElfW(Phdr) & part : parts) {
      if (part.p_type != PT_LOAD || (part.p_flags & PF_W) == 0) continue;
      Address begin = object->dlpi_addr + part.p_vaddr;
      const Address end = begin + part.p_memsz;
      if (relro.begin <= begin && begin < relro.end) begin = std::min(relro.end, end);
      if (begin < end)
        image.writable_.emplace_back(reinterpret_cast<std::byte*>(begin), end - begin);
    }
    return 0;
  };
  dl_iterate_phdr(look, this);
  // glibc keeps what it knows of a thread above the thread pointer.
  constexpr std::size_t kControlBlock = 4096;
  const auto pointer = reinterpret_cast<Address>(__builtin_thread_pointer());
  thread_begin_ = std::min(thread_begin_, pointer);
  thread_bytes_ = pointer + kControlBlock - thread_begin_;
}

void Image::read_symbols() {
  const std::vector<char> file = read_program();
  if (file.size() < sizeof(ElfW(Ehdr))) return;
  const auto* const header = reinterpret_cast<const ElfW(Ehdr)*>(file.data());
  const std::span sections(reinterpret_cast<const ElfW(Shdr)*>(file.data() + header->e_shoff),
                           header->e_shnum);
  for (const ElfW(Shdr) & section : sections) {
    if (section.sh_type != SHT_SYMTAB) continue;
    const char* const names = file.data() + sections[section.sh_link].sh_offset;
    const std::span symbols(reinterpret_cast<const ElfW(Sym)*>(file.data() + section.sh_offset),
                            section.sh_size / sizeof(ElfW(Sym)));
    // Local symbols follow the name of their file: the constructor that -fsanitize=thread adds,
    // too.
    std::string unit;
    bool instrumented = false;
    const auto end_unit = [&] {
      if (!instrumented && !is_start_code(unit)) not_instrumented_.push_back(unit);
      instrumented = false;
      unit.clear();
    };
    for (const ElfW(Sym) & symbol : symbols) {
      const char* const name = names + symbol.st_name;
      const int type = ELF64_ST_TYPE(symbol.st_info);
      if (type == STT_FILE || ELF64_ST_BIND(symbol.st_info) != STB_LOCAL) {
        end_unit();
        if (type == STT_FILE) unit = name;
      }
      if (type == STT_FUNC) {
        const std::string_view text = name;
        const bool by_gcc = text.starts_with("_sub_I_");
        frames_end_at_base_ |= by_gcc;
        instrumented |= by_gcc || text.starts_with("tsan.module_ctor");
      }
      if (type == STT_OBJECT && symbol.st_size > 0)
        variables_.push_back({load_bias_ + symbol.st_value, symbol.st_size, name});
    }
    end_unit();
  }
  std::sort(variables_.begin(), variables_.end(),
            [](const Variable& a, const Variable& b) { return a.address < b.address; });
}

bool Image::is_c_library(const void* pc) const {
  return is_in(c_library_, reinterpret_cast<Address>(pc));
}

bool Image::is_of_usual_library(const volatile void* object) const {
  return is_in(usual_libraries_, reinterpret_cast<Address>(object));
}

void Image::keep() {
  kept_.clear();
  for (const auto& part : writable_) kept_.insert(kept_.end(), part.begin(), part.end());
}

void Image::restore() const {
  const std::byte* from = kept_.data();
  for (const auto& part : writable_) {
    std::memcpy(part.data(), from, part.size());
    from += part.size();
  }
}

std::string Image::name_of(Address address) const {
  const auto after =
      std::upper_bound(variables_.begin(), variables_.end(), address,
                       [](Address wanted, const Variable& v) { return wanted < v.address; });
  if (after == variables_.begin()) return "";
  const Variable& variable = *(after - 1);
  const std::size_t offset = address - variable.address;
  if (offset >= variable.bytes) return "";
  std::string name = demangled(variable.name);
  constexpr std::string_view kUnnamed = "(anonymous namespace)::";
  for (std::size_t at = 0; (at = name.find(kUnnamed)) != std::string::npos;)
    name.erase(at, kUnnamed.size());
  return offset == 0 ? name : name + "+" + std::to_string(offset);
}

}  // namespace assay::unmodified
