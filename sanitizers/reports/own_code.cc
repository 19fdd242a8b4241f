#include "sanitizers/reports/own_code.h"

#include <cxxabi.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace assay {
namespace {

constexpr std::size_t kLongName = 60;

std::string demangled(std::string_view name) {
  if (!name.starts_with("_Z")) return std::string(name);
  int status = 0;
  char* const plain = abi::__cxa_demangle(std::string(name).c_str(), nullptr, nullptr, &status);
  std::string text(status == 0 ? plain : name);
  std::free(plain);
  return text;
}

// "start_thread<...>" of "start_thread<void in_order<f>(f)>".
std::string without_arguments(std::string_view name) {
  std::string text;
  int depth = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool of_operator = text.ends_with("operator") || text.ends_with("operator<") ||
                             text.ends_with("operator>") || text.ends_with("operator-");
    const bool opens = c == '<' && !of_operator;
    const bool closes = c == '>' && depth > 0;
    if (closes) --depth;
    if (depth == 0) text += c;
    if (opens && depth++ == 0) text += "...";
  }
  return text;
}

// "<RwLock<R>>::write" of "_$LT$RwLock$LT$R$GT$$GT$::write": how Rust wrote names at first.
std::string without_escapes(std::string text) {
  constexpr std::pair<std::string_view, std::string_view> kEscapes[] = {
      {"_$LT$", "<"}, {"$LT$", "<"},  {"$GT$", ">"},  {"$C$", ","},   {"$u20$", " "},
      {"$RF$", "&"},  {"$BP$", "*"},  {"$LP$", "("},  {"$RP$", ")"},  {"_$u7b$", "{"},
      {"$u7b$", "{"}, {"$u7d$", "}"}, {"$u5b$", "["}, {"$u5d$", "]"},
  };
  bool any = false;
  for (const auto& [escape, meant] : kEscapes) {
    for (std::size_t at = text.find(escape); at != text.npos; at = text.find(escape, at)) {
      text.replace(at, escape.size(), meant);
      any = true;
    }
  }
  if (!any) return text;
  for (std::size_t at = text.find(".."); at != text.npos; at = text.find("..", at)) {
    text.replace(at, 2, "::");
  }
  return text;
}

// "Lock::read" of "Lock::read::h0123456789abcdef", as Rust names functions.
std::string without_hash(std::string text) {
  constexpr std::size_t kDigits = 16;
  const std::size_t hash = text.rfind("::h");
  if (hash == text.npos || text.size() != hash + 3 + kDigits) return text;
  if (text.find_first_not_of("0123456789abcdef", hash + 3) == text.npos) text.resize(hash);
  return text;
}

// "Node::start" of "<Node as Run>::start".
std::string without_trait(std::string text) {
  if (!text.starts_with('<')) return text;
  int depth = 0;
  std::size_t as = text.npos;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '<') ++depth;
    if (text[i] == '>' && --depth == 0) {
      if (as == text.npos) return text;
      return text.substr(1, as - 1) + text.substr(i + 1);
    }
    if (depth == 1 && as == text.npos && text.compare(i, 4, " as ") == 0) as = i;
  }
  return text;
}

bool is_of_objective_c(std::string_view name) {
  return name.find("-[") != name.npos || name.find("+[") != name.npos;
}

bool is_library_function(std::string_view function) {
  constexpr std::array kBeginnings = {
      // Rust's.
      "<std::",
      "<core::",
      "<alloc::",
      "core::ptr::",
      "core::ops::",
      "core::intrinsics::",
      "core::panic",
      "core::sync::atomic::",
      "core::slice::",
      "core::cell::",
      "core::mem::",
      "alloc::vec::",
      "alloc::boxed::",
      "alloc::sync::",
      "alloc::rc::",
      "alloc::alloc::",
      "__rust_",
      "__rdl_",
      // The C library's own, and what Valgrind puts around a thread.
      "_IO_",
      "__GI_",
      "__libc_",
      "mythread_wrapper",
      "vgDrd_thread_wrapper",
      "std::",
      "__gnu_cxx::",
      "__interceptor_",
      "___interceptor_",
      "__sanitizer",
      "__tsan",
      "__asan",
      "__lsan",
      "__ubsan",
      "__gthread_",
      "pthread_",
      "__pthread_",
      "__libc_start",
      "__clone",
      "__invoke",
      "__assert_",
      "__cxa_",
      "_Unwind_",
      "__futex_",
      "_dl_",
      "_M_run",
      "_M_invoke",
      "asan_thread",
      "wrap_",
  };
  constexpr std::array kNames = {
      "_start",
      "start_thread",
      "clone",
      "clone3",
      "(below main)",
      "create_thread",
      "malloc",
      "calloc",
      "free",
      "realloc",
      "memcpy",
      "memset",
      "memmove",
      "strcpy",
      "strlen",
      "operator new",
      "operator new[]",
      "operator delete",
      "operator delete[]",
      "raise",
      "abort",
      "call_init",
      "execute_native_thread_routine",
  };
  if (function == "(below main)") return true;
  const std::string_view name = name_of_function(function);
  const std::string_view plain = name.substr(0, name.find('@'));
  return std::ranges::any_of(kBeginnings, [&](const char* b) { return name.starts_with(b); }) ||
         std::ranges::find(kNames, plain) != kNames.end();
}

// Calls of the C library that wait, or reach into memory: no program has functions of these names.
bool is_call_of_c(std::string_view function) {
  constexpr std::array kCalls = {
      "accept",     "clock_nanosleep",
      "close",      "connect",
      "dup2",       "epoll_wait",
      "fclose",     "fflush",
      "fgets",      "fopen",
      "fork",       "fprintf",
      "fputs",      "fread",
      "fwrite",     "getenv",
      "ioctl",      "kill",
      "memcmp",     "mmap",
      "munmap",     "nanosleep",
      "open",       "open64",
      "pause",      "pipe",
      "poll",       "pread64",
      "printf",     "puts",
      "putenv",     "pwrite64",
      "qsort",      "read",
      "recv",       "recvfrom",
      "select",     "send",
      "sendto",     "setenv",
      "sigsuspend", "sigwait",
      "sleep",      "snprintf",
      "strcat",     "strchr",
      "strcmp",     "strdup",
      "strncmp",    "strncpy",
      "strtok",     "usleep",
      "vfprintf",   "wait4",
      "waitpid",    "write",
  };
  return std::ranges::find(kCalls, function.substr(0, function.find('@'))) != kCalls.end();
}

// "allocate (allocator.h:188)", which is always inlined, of Valgrind: there is no more to its name.
bool is_allocator(const Frame& frame) {
  return frame.file == "allocator.h" &&
         (frame.function == "allocate" || frame.function == "deallocate");
}

// "usleep (usleep.c:31)", of Valgrind, and "usleep" without a place, of clang's runtimes.
bool is_call_of_c(const Frame& frame) {
  if (!is_call_of_c(frame.function)) return false;
  const std::string_view name =
      std::string_view(frame.function).substr(0, frame.function.find('@'));
  return frame.file.empty() || frame.file == fmt::format("{}.c", name);
}

// What the programs of the gallery are put on the scene with is not what they show.
bool is_library_file(std::string_view printed) {
  std::string file(printed);
  std::ranges::replace(file, '\\', '/');
  constexpr std::array kParts = {"/include/c++/",
                                 "/c++/v1/",
                                 "/glibc-",
                                 "/eglibc-",
                                 "/rustlib/src/rust/",
                                 "/src/libstd/",
                                 "/src/libcore/",
                                 "/src/liballoc/",
                                 "vctools/crt",
                                 "/VC/Tools/MSVC/",
                                 "mingw-w64-crt/",
                                 "libsanitizer/",
                                 "sysdeps/",
                                 "compiler-rt/",
                                 "sanitizers/gallery/in_order.h",
                                 "sanitizers/gallery/coroutines.h"};
  constexpr std::array kBeginnings = {
      "/usr/include/", "/usr/lib/",  "nptl/",           "csu/",        "../csu/",
      "libio/",        "elf/dl-",    "stdlib/exit.c",   "stdlib/cxa_", "stdlib/msort.c",
      "stdio-common/", "posix/fork", "malloc/malloc.c", "/rustc/",
  };
  // Valgrind prints base names alone.
  constexpr std::array kNames = {
      "crtstuff.c",
      "pthread_create.c",
      "_exit.c",
      "exit.c",
      "libc_start_call_main.h",
      "clone.S",
      "clone3.S",
      "sleep.c",
      "nanosleep.c",
      "clock_nanosleep.c",
      "libc-start.c",
      "clone-internal.c",
      "raise.c",
      "abort.c",
      "pthread_kill.c",
      "hg_intercepts.c",
      "drd_pthread_intercepts.c",
      "vg_replace_malloc.c",
      "vg_replace_strmem.c",
      "createthread.c",
      "rt.rs",
      "panicking.rs",
      "pthread_barrier_wait.c",
      "syscall-template.S",
  };
  // Those of the C++ library: "std_mutex.h", and headers without an extension, such as "mutex".
  constexpr std::array kHeaders = {
      "std_",          "stl_",           "shared_ptr",     "unique_ptr.h",  "unique_lock.h",
      "gthr-",         "invoke.",        "basic_string.",  "vector.tcc",    "hashtable",
      "alloc_traits.", "new_allocator.", "move.h",         "atomic_base.h", "refwrap.h",
      "deque.tcc",     "char_traits.h",  "aligned_buffer", "list.tcc",      "exception_ptr.",
      "ptr_traits.h",  "atomic_wait.",   "atomicity.h",
  };
  const bool base = !file.empty() && file.find('/') == std::string_view::npos;
  if (base && (file.find('.') == std::string_view::npos ||
               std::ranges::any_of(kHeaders, [&](auto h) { return file.starts_with(h); }))) {
    return true;
  }
  // As glibc was built: "./nptl/./nptl/pthread_create.c".
  const bool in_place = file.starts_with("./") && file.find("/./") != std::string_view::npos;
  return in_place || std::ranges::find(kNames, file) != kNames.end() ||
         std::ranges::any_of(kParts, [&](auto p) { return file.find(p) != std::string::npos; }) ||
         std::ranges::any_of(kBeginnings, [&](auto b) { return file.starts_with(b); });
}

bool is_library_module(std::string_view module) {
  constexpr std::array kNames = {
      // Of macOS.
      "libclang_rt.",
      "libsystem_",
      "libdispatch",
      "libdyld",
      "dyld",
      "libobjc",
      "libswift",
      "libc++",
      "CoreFoundation",
      "Foundation",
      "CFNetwork",
      // Of Windows.
      "clang_rt.",
      "ntdll",
      "NTDLL",
      "kernel32",
      "KERNEL32",
      "KERNELBASE",
      "ucrtbase",
      "VCRUNTIME",
      "libc.so",
      "libc-",
      "libstdc++.so",
      "libc++.so",
      "libpthread",
      "libtsan.so",
      "libasan.so",
      "liblsan",
      "libubsan.so",
      "vgpreload_",
      "ld-linux",
      "libm.so",
  };
  const std::string_view name = base_name(module);
  return std::ranges::any_of(kNames, [&](auto known) { return name.starts_with(known); });
}

}  // namespace

std::string_view name_of_function(std::string_view function) {
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < function.size(); ++i) {
    const char c = function[i];
    if (c == '<' || c == '{') ++depth;
    if ((c == '>' || c == '}') && depth > 0) --depth;
    if (depth > 0) continue;
    const bool call_operator = c == '(' && function.substr(0, i).ends_with("operator");
    if (c == '(' && !call_operator) return function.substr(begin, i - begin);
    if (c == ' ' && !function.substr(begin, i - begin).ends_with("operator")) begin = i + 1;
  }
  return function.substr(begin);
}

std::string_view base_name(std::string_view path) {
  return path.substr(path.find_last_of("/\\") + 1);
}

bool is_library_frame(const Frame& frame) {
  if (!frame.file.empty() && is_library_file(frame.file)) return true;
  if (!frame.function.empty() && is_library_function(frame.function)) return true;
  if (is_call_of_c(frame) || is_allocator(frame)) return true;
  if (!frame.file.empty()) return false;
  return is_library_module(frame.module) || (frame.module.empty() && frame.function.empty());
}

const Frame* own_frame(const Stack& stack) {
  const auto own = std::ranges::find_if_not(stack, is_library_frame);
  // Clang links its runtimes in, so that an intercepted function looks like one of the program
  // that has no source lines.
  const auto with_line = std::find_if(own, stack.end(), [](const Frame& frame) {
    return frame.line != 0 && !is_library_frame(frame);
  });
  if (with_line != stack.end()) return &*with_line;
  if (own != stack.end()) return &*own;
  return stack.empty() ? nullptr : &stack.front();
}

std::vector<const Frame*> own_places(const Report& report) {
  std::vector<const Frame*> found;
  for (const Stack* stack : places(report)) found.push_back(own_frame(*stack));
  for (std::size_t i = 0; i < report.accesses.size(); ++i) {
    const Frame* end = own_frame(report.accesses[i].until);
    if (end == nullptr) continue;
    if (found[i] == nullptr || is_library_frame(*found[i])) found[i] = end;
  }
  return found;
}

std::string readable_name(std::string_view name) {
  std::string text = without_trait(without_hash(without_escapes(demangled(name))));
  if (is_of_objective_c(text)) return text;
  // Of the string's two layouts the compiler says which: "[abi:cxx11]".
  for (std::size_t at = text.find("[abi:"); at != text.npos; at = text.find("[abi:", at)) {
    const std::size_t end = text.find(']', at);
    if (end == text.npos) break;
    text.erase(at, end + 1 - at);
  }
  constexpr std::string_view kAnonymous = "(anonymous namespace)::";
  for (std::size_t at = text.find(kAnonymous); at != text.npos; at = text.find(kAnonymous)) {
    text.erase(at, kAnonymous.size());
  }
  return text.size() <= kLongName ? text : without_arguments(name_of_function(text));
}

std::string place_of(const Frame& frame) {
  if (!frame.file.empty()) {
    return frame.line == 0 ? frame.file : fmt::format("{}:{}", frame.file, frame.line);
  }
  // Valgrind does not say where in the module.
  if (!frame.module.empty() && frame.offset == 0) return std::string(base_name(frame.module));
  if (!frame.module.empty()) return fmt::format("{}+{:#x}", base_name(frame.module), frame.offset);
  return frame.address == 0 ? "" : fmt::format("{:#x}", frame.address);
}

}  // namespace assay
