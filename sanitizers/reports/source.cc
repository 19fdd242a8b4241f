#include "sanitizers/reports/source.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>

namespace assay {
namespace {

// Bazel's compilers see the workspace by this name.
constexpr std::string_view kWorkspace = "/proc/self/cwd/";

std::string readable(std::string_view line) {
  std::string text;
  for (const char c : line) {
    if (c == '\t') {
      text.append(4 - text.size() % 4, ' ');
    } else if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') {
      text += '?';
    } else {
      text += c;
    }
  }
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

std::vector<std::string> lines_of(std::istream& in) {
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(readable(line));
  }
  return lines;
}

std::vector<std::string> read_lines(const std::filesystem::path& path, std::size_t max_bytes) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return {};
  if (std::filesystem::file_size(path, error) > max_bytes || error) return {};
  std::ifstream in(path);
  return lines_of(in);
}

}  // namespace

SourceReader::SourceReader(std::vector<std::string> roots) : roots_(std::move(roots)) {}

const std::vector<std::string>& SourceReader::lines(const std::string& file) {
  const auto known = files_.find(file);
  if (known != files_.end()) return known->second;
  if (files_.size() >= kMaxFiles) files_.clear();
  std::vector<std::string>& found = files_[file];
  std::string_view name = file;
  if (name.starts_with(kWorkspace)) name.remove_prefix(kWorkspace.size());
  for (const std::string& root : roots_) {
    found = read_lines(std::filesystem::path(root) / name, kMaxBytes);
    if (!found.empty()) return found;
  }
  if (embedded != nullptr) {
    std::istringstream in{std::string(embedded(name))};
    found = lines_of(in);
  }
  return found;
}

std::optional<std::vector<SourceLine>> SourceReader::around(const Frame& frame,
                                                            std::uint32_t around) {
  if (frame.file.empty() || frame.line == 0) return std::nullopt;
  const std::vector<std::string>& all = lines(frame.file);
  if (frame.line > all.size()) return std::nullopt;
  const std::uint32_t first = frame.line > around ? frame.line - around : 1;
  const std::size_t last = std::min<std::size_t>(frame.line + std::size_t{around}, all.size());
  std::vector<SourceLine> found;
  for (std::uint32_t number = first; number <= last; ++number) {
    found.push_back({number, all[number - 1]});
  }
  return found;
}

}  // namespace assay
