#include "models/controlled/unmodified/places.h"

#include <unistd.h>

#include <array>
#include <cinttypes>
#include <cstdio>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "models/controlled/unmodified/image.h"

namespace assay::unmodified {
namespace {

using Lines = std::vector<std::string>;

/// Not `this`, and not one of the library's own parameters, which inlined calls leave in a frame.
bool is_users(std::string_view variable) {
  return variable != "??" && variable != "this" && !variable.starts_with("__");
}

constexpr const char* kSymbolizer = "/usr/lib/llvm-19/bin/llvm-symbolizer";

std::string tool() {
  if (access(kSymbolizer, X_OK) == 0) return std::string(kSymbolizer) + " --functions=none --obj=";
  return "addr2line -i -e ";
}

/// Of the program; empty where it cannot be known.
std::string file_of_program() {
  std::array<char, 4096> path{};
  return readlink("/proc/self/exe", path.data(), path.size() - 1) <= 0 ? "" : path.data();
}

std::string in_hex(Address address) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), " 0x%zx", static_cast<std::size_t>(address));
  return text.data();
}

/// Hands each line that a command prints to `take`, without its end, until it returns false.
template <typename Take>
void each_line_of(const std::string& command, Take take) {
  const std::unique_ptr<FILE, int (*)(FILE*)> output(popen(command.c_str(), "r"), &pclose);
  if (output == nullptr) return;
  std::array<char, 4096> line{};
  while (std::fgets(line.data(), line.size(), output.get()) != nullptr) {
    std::string_view text = line.data();
    while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    if (!take(text)) return;
  }
}

/// "/x/y/z.cc:12:3" as "z.cc:12", or nothing for a line that is not the user's.
std::string own_line(std::string_view line) {
  constexpr std::array<std::string_view, 4> kOthers = {"/usr/", "??", "gtest", "googletest"};
  for (const std::string_view other : kOthers) {
    if (line.starts_with(other) || (other != "/usr/" && line.find(other) != line.npos)) return "";
  }
  std::string_view name = line.substr(line.rfind('/') + 1);
  const std::size_t first = name.find(':');
  if (first == name.npos) return "";
  const std::size_t second = name.find_first_not_of("0123456789", first + 1);
  // Code that the compiler made up has no line.
  if (name.substr(first + 1, second - first - 1) == "0") return "";
  return std::string(name.substr(0, second));
}

/// The frames of each address, inlined ones first. The tool is asked once for each.
const std::map<Address, Lines>& look_up(std::vector<Address> addresses) {
  static auto* const kFound = new std::map<Address, Lines>;
  std::map<Address, Lines>& found = *kFound;
  std::erase_if(addresses, [&](Address address) { return found.contains(address); });
  constexpr std::size_t kAtOnce = 200;
  for (std::size_t begin = 0; begin < addresses.size(); begin += kAtOnce) {
    const std::string path = file_of_program();
    if (path.empty()) return found;
    const std::size_t end = std::min(addresses.size(), begin + kAtOnce);
    for (std::size_t i = begin; i < end; ++i) {
      // One address a call of addr2line's line format would be ambiguous: a marker follows each.
      found[addresses[i]];
    }
    std::string command = tool() + "'" + path + "'";
    const bool separated = command.starts_with(kSymbolizer);
    for (std::size_t i = begin; i < end; ++i) command += in_hex(addresses[i]);
    command += " 2>/dev/null";
    std::size_t at = begin;
    each_line_of(command, [&](std::string_view line) {
      // llvm-symbolizer ends an address with an empty line.
      if (!separated || !line.empty()) found[addresses[at]].emplace_back(line);
      if (!separated || line.empty()) ++at;
      return at < end;
    });
  }
  return found;
}

}  // namespace

std::vector<std::string> places_of(const std::vector<std::vector<void*>>& stacks) {
  const Image& image = Image::mine();
  // The call is before the address to which it returns.
  const auto address_of = [&](void* pc) {
    return reinterpret_cast<Address>(pc) - image.program_base() - 1;
  };
  std::map<Address, Lines> wanted;
  for (const auto& stack : stacks) {
    for (void* const pc : stack) {
      if (image.is_program(reinterpret_cast<Address>(pc))) wanted[address_of(pc)];
    }
  }
  std::vector<Address> addresses;
  for (const auto& [address, lines] : wanted) addresses.push_back(address);
  const std::map<Address, Lines>& found = look_up(std::move(addresses));
  std::vector<std::string> places;
  for (const auto& stack : stacks) {
    std::string place;
    for (void* const pc : stack) {
      if (!place.empty()) break;
      if (!image.is_program(reinterpret_cast<Address>(pc))) continue;
      const auto lines = found.find(address_of(pc));
      if (lines == found.end()) continue;
      for (const std::string& line : lines->second) {
        if (place.empty()) place = own_line(line);
      }
    }
    places.push_back(place);
  }
  return places;
}

std::vector<Local> locals_at(Address address) {
  std::vector<Local> locals;
  const std::string path = file_of_program();
  if (path.empty() || access(kSymbolizer, X_OK) != 0) return locals;
  // Four lines a variable: the function, the name, where it is declared, "OFFSET BYTES TAG"; "??"
  // for what is not known, as the size of a class whose constructor is in a library (clang): then
  // it is known by its first byte.
  std::string name;
  int line_of_four = 0;
  each_line_of(std::string(kSymbolizer) + " 'FRAME " + path + in_hex(address) + "' 2>/dev/null",
               [&](std::string_view line) {
                 if (line_of_four == 1) name = line;
                 std::int64_t offset = 0;
                 std::int64_t bytes = 1;
                 const std::string numbers(line);
                 if (line_of_four == 3 && is_users(name) &&
                     std::sscanf(numbers.c_str(), "%" SCNd64 " %" SCNd64, &offset, &bytes) >= 1)
                   locals.push_back({name, offset, bytes});
                 line_of_four = (line_of_four + 1) % 4;
                 return true;
               });
  return locals;
}

}  // namespace assay::unmodified
