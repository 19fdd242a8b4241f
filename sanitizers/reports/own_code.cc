#include "sanitizers/reports/own_code.h"

#include <cxxabi.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace assay {
namespace {

// "std::__invoke<f>" of "type<f> std::__invoke<f>(f&&)": without the type that a template's name
// begins with, and without its parameters.
std::string_view name_of(std::string_view function) {
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

bool is_library_function(std::string_view function) {
  constexpr std::array kBeginnings = {
      "std::",         "__gnu_cxx::", "__interceptor_", "___interceptor_", "__sanitizer",
      "__tsan",        "__asan",      "__lsan",         "__ubsan",         "__gthread_",
      "pthread_",      "__pthread_",  "__libc_start",   "__clone",         "__invoke",
      "__static_init", "_M_run",      "_M_invoke",      "asan_thread",     "wrap_",
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
      "execute_native_thread_routine",
  };
  if (function == "(below main)") return true;
  const std::string_view name = name_of(function);
  const std::string_view plain = name.substr(0, name.find('@'));
  return std::ranges::any_of(kBeginnings, [&](const char* b) { return name.starts_with(b); }) ||
         std::ranges::find(kNames, plain) != kNames.end();
}

// What the programs of the gallery are put on the scene with is not what they show.
bool is_library_file(std::string_view file) {
  constexpr std::array kParts = {"/include/c++/",
                                 "libsanitizer/",
                                 "sysdeps/",
                                 "compiler-rt/",
                                 "sanitizers/gallery/in_order.h",
                                 "sanitizers/gallery/coroutines.h"};
  constexpr std::array kBeginnings = {"/usr/include/", "/usr/lib/", "nptl/", "csu/", "../csu/"};
  // Valgrind prints base names alone.
  constexpr std::array kNames = {
      "crtstuff.c",   "pthread_create.c", "_exit.c", "exit.c",      "libc_start_call_main.h",
      "clone.S",      "clone3.S",         "sleep.c", "nanosleep.c", "clock_nanosleep.c",
      "libc-start.c", "clone-internal.c", "raise.c", "abort.c",     "pthread_kill.c",
  };
  // Those of the C++ library: "std_mutex.h", and headers without an extension, such as "mutex".
  constexpr std::array kHeaders = {
      "std_",          "stl_",           "shared_ptr",     "unique_ptr.h",  "unique_lock.h",
      "gthr-",         "invoke.",        "basic_string.",  "vector.tcc",    "hashtable",
      "alloc_traits.", "new_allocator.", "move.h",         "atomic_base.h", "refwrap.h",
      "deque.tcc",     "char_traits.h",  "aligned_buffer", "list.tcc",      "exception_ptr.",
      "ptr_traits.h",  "atomic_wait.",
  };
  const bool base = !file.empty() && file.find('/') == std::string_view::npos;
  if (base && (file.find('.') == std::string_view::npos ||
               std::ranges::any_of(kHeaders, [&](auto h) { return file.starts_with(h); }))) {
    return true;
  }
  // As glibc was built: "./nptl/./nptl/pthread_create.c".
  const bool in_place = file.starts_with("./") && file.find("/./") != std::string_view::npos;
  return in_place || std::ranges::find(kNames, file) != kNames.end() ||
         std::ranges::any_of(kParts, [&](auto p) { return file.find(p) != file.npos; }) ||
         std::ranges::any_of(kBeginnings, [&](auto b) { return file.starts_with(b); });
}

bool is_library_module(std::string_view module) {
  constexpr std::array kNames = {
      "libc.so",    "libc-",   "libstdc++.so", "libc++.so",  "libpthread", "libtsan.so",
      "libasan.so", "liblsan", "libubsan.so",  "vgpreload_", "ld-linux",   "libm.so",
  };
  const std::string_view name = base_name(module);
  return std::ranges::any_of(kNames, [&](auto known) { return name.starts_with(known); });
}

}  // namespace

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_library_frame(const Frame& frame) {
  if (!frame.file.empty() && is_library_file(frame.file)) return true;
  if (!frame.function.empty() && is_library_function(frame.function)) return true;
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
  std::string text = demangled(name);
  constexpr std::string_view kAnonymous = "(anonymous namespace)::";
  for (std::size_t at = text.find(kAnonymous); at != text.npos; at = text.find(kAnonymous)) {
    text.erase(at, kAnonymous.size());
  }
  return text.size() <= kLongName ? text : without_arguments(name_of(text));
}

std::string place_of(const Frame& frame) {
  if (!frame.file.empty()) {
    return frame.line == 0 ? frame.file : fmt::format("{}:{}", frame.file, frame.line);
  }
  if (!frame.module.empty()) return fmt::format("{}+{:#x}", base_name(frame.module), frame.offset);
  return frame.address == 0 ? "" : fmt::format("{:#x}", frame.address);
}

}  // namespace assay
