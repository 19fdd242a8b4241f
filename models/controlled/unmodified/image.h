/// Image: the explored program as it lies in memory: its writable data, its thread-local storage,
/// its names. The program is the executable; Assay and GoogleTest are in a library of their own, so
/// that restoring the one leaves the other alone.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "models/controlled/unmodified/world.h"

namespace assay::unmodified {

class Image {
 public:
  static Image& mine();

  /// True for code of Assay's own library.
  [[nodiscard]] bool is_own_code(const void* pc) const {
    return reinterpret_cast<Address>(pc) - own_begin_ < own_bytes_;
  }
  [[nodiscard]] bool is_program(Address address) const {
    return address - program_begin_ < program_bytes_;
  }
  /// True for code of the C library and of the dynamic linker.
  [[nodiscard]] bool is_c_library(const void* pc) const;
  /// True for data of the libraries that every C++ program has.
  [[nodiscard]] bool is_of_usual_library(const volatile void* object) const;
  /// True for what the kernel thread has of its own, which units exchange as they switch.
  [[nodiscard]] bool is_of_thread(Address address) const {
    return address - thread_begin_ < thread_bytes_;
  }
  [[nodiscard]] Address program_base() const { return load_bias_; }

  /// Keeps all writable data of the program as it is now; `restore` makes it so again.
  void keep();
  void restore() const;

  /// Thread-local storage of the program, of this kernel thread.
  [[nodiscard]] std::span<std::byte> tls() const { return tls_; }
  /// What it holds in a new thread.
  [[nodiscard]] const std::vector<std::byte>& tls_initial() const { return tls_initial_; }

  /// "counter", "queue + 8", or "" where no variable of the program lies.
  [[nodiscard]] std::string name_of(Address address) const;
  /// Where the debug information of the program has the base of a frame: true for its end, as g++
  /// has it, false for what the frame pointer points to, as clang has it.
  [[nodiscard]] bool frames_end_at_base() const { return frames_end_at_base_; }
  /// Translation units of the program that were compiled without -fsanitize=thread.
  [[nodiscard]] const std::vector<std::string>& not_instrumented() const {
    return not_instrumented_;
  }
  /// Libraries of the process but those that every C++ program has.
  [[nodiscard]] const std::vector<std::string>& libraries() const { return libraries_; }

 private:
  struct Variable {
    Address address;
    std::size_t bytes;
    std::string name;
  };
  Image();
  void read_headers();
  void read_symbols();

  Address own_begin_ = 0;
  std::size_t own_bytes_ = 0;
  Address program_begin_ = 0;
  std::size_t program_bytes_ = 0;
  Address load_bias_ = 0;
  Address thread_begin_ = ~Address{0};
  std::size_t thread_bytes_ = 0;
  std::vector<std::span<std::byte>> writable_;
  std::vector<std::byte> kept_;
  std::span<std::byte> tls_;
  std::vector<std::byte> tls_initial_;
  std::vector<Variable> variables_;
  bool frames_end_at_base_ = false;
  std::vector<std::string> not_instrumented_;
  std::vector<std::string> libraries_;
  std::vector<std::span<const std::byte>> usual_libraries_;
  std::vector<std::span<const std::byte>> c_library_;  ///< Those of them.
};

}  // namespace assay::unmodified
