#include "models/controlled/unmodified/places.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "models/controlled/unmodified/image.h"

namespace assay::unmodified {
namespace {

using Lines = std::vector<std::string>;

std::string tool() {
  constexpr const char* kSymbolizer = "/usr/lib/llvm-19/bin/llvm-symbolizer";
  if (access(kSymbolizer, X_OK) == 0) return std::string(kSymbolizer) + " --functions=none --obj=";
  return "addr2line -i -e ";
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
    std::array<char, 4096> path{};
    if (readlink("/proc/self/exe", path.data(), path.size() - 1) <= 0) return found;
    const std::size_t end = std::min(addresses.size(), begin + kAtOnce);
    for (std::size_t i = begin; i < end; ++i) {
      // One address a call of addr2line's line format would be ambiguous: a marker follows each.
      found[addresses[i]];
    }
    std::string command = tool() + "'" + path.data() + "'";
    const bool separated = command.starts_with("/usr/lib/llvm");
    for (std::size_t i = begin; i < end; ++i) {
      std::array<char, 24> text{};
      std::snprintf(text.data(), text.size(), " 0x%zx", static_cast<std::size_t>(addresses[i]));
      command += text.data();
    }
    command += " 2>/dev/null";
    const std::unique_ptr<FILE, int (*)(FILE*)> output(popen(command.c_str(), "r"), &pclose);
    if (output == nullptr) return found;
    std::array<char, 4096> line{};
    std::size_t at = begin;
    while (at < end && std::fgets(line.data(), line.size(), output.get()) != nullptr) {
      std::string_view text = line.data();
      while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
      // llvm-symbolizer ends an address with an empty line.
      if (separated && text.empty()) {
        ++at;
        continue;
      }
      found[addresses[at]].emplace_back(text);
      if (!separated) ++at;
    }
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

}  // namespace assay::unmodified
