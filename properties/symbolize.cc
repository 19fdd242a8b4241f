#include "properties/symbolize.h"

#include <cstdio>
#include <map>
#include <memory>
#include <sstream>
#include <vector>

namespace assay {
namespace {

// "#0 <null> <null> (memfd:race_helper (deleted)+0x125e80)"
constexpr const char* kUnknown = "<null> <null> (memfd:";
constexpr const char* kOffset = "(deleted)+0x";

/// The offset in an unknown frame, with 0x in front; empty for other lines.
std::string offset_in(const std::string& line) {
  if (line.find(kUnknown) == std::string::npos) return "";
  const std::size_t at = line.find(kOffset);
  if (at == std::string::npos) return "";
  const std::size_t from = at + std::string(kOffset).size();
  return "0x" + line.substr(from, line.find_first_not_of("0123456789abcdef", from) - from);
}

std::vector<std::string> lines_of_command(const std::string& command) {
  std::vector<std::string> lines;
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
  std::string text;
  char chunk[4096];
  while (pipe && std::fgets(chunk, sizeof(chunk), pipe.get()) != nullptr) text += chunk;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

std::string symbolized(const std::string& report, const std::string& program,
                       const std::string& symbolizer) {
  std::map<std::string, std::string> place_of;
  std::string command = symbolizer + " --no-inlines --obj=" + program;
  std::istringstream lines(report);
  for (std::string line; std::getline(lines, line);) {
    const std::string offset = offset_in(line);
    if (!offset.empty() && place_of.emplace(offset, "").second) command += " " + offset;
  }
  if (place_of.empty()) return report;
  // For each offset, in the order asked: function, place, empty line.
  std::istringstream offsets(command.substr(command.find(" 0x")));
  const std::vector<std::string> answer = lines_of_command(command + " 2>/dev/null");
  std::string offset;
  for (std::size_t i = 0; offsets >> offset && i + 1 < answer.size(); i += 3) {
    place_of[offset] = answer[i] + " " + answer[i + 1];
  }
  std::string text;
  std::istringstream again(report);
  for (std::string line; std::getline(again, line); text += line + "\n") {
    const std::string& place = place_of[offset_in(line)];
    if (!place.empty()) line.replace(line.find("<null> <null>"), 13, place);
  }
  return text;
}

}  // namespace assay
