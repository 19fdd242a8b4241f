#include "sanitizers/gallery/recording.h"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include "sanitizers/reports/reader.h"

namespace assay {
namespace {

std::string without(std::string text, const std::string& part) {
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part)) {
    text.erase(at, part.size());
  }
  return text;
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream input(file, std::ios::binary);
  if (!input) throw std::system_error(errno, std::generic_category(), file.string());
  return {std::istreambuf_iterator<char>(input), {}};
}

}  // namespace

std::string shape_of(const Report& report) {
  std::string shape = fmt::format("{} {}", to_string(report.detector), slug(report.kind));
  for (const Access& access : report.accesses) {
    shape += fmt::format(", access {}{}{}{}", static_cast<int>(access.kind),
                         access.atomic ? " atomic" : "", access.mutexes.empty() ? "" : " locked",
                         access.until.empty() ? "" : " within a stretch");
  }
  shape += fmt::format(", memory {}{}", static_cast<int>(report.location.kind),
                       report.location.freed.empty() ? "" : " freed");
  if (!report.cycle.empty()) shape += fmt::format(", cycle of {}", report.cycle.size());
  if (!report.leaks.empty()) shape += ", leaks";
  return shape;
}

std::set<std::string> shapes_in(const std::filesystem::path& folder) {
  std::set<std::string> shapes;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".txt") continue;
    for (const Report& report : read_reports(text_of(entry.path())).reports) {
      shapes.insert(shape_of(report));
    }
  }
  return shapes;
}

Recording::Recording(std::filesystem::path folder, const Gallery& gallery)
    : folder_(std::move(folder)), programs_(gallery.programs.string() + "/") {
  std::filesystem::create_directories(folder_);
}

void Recording::add(const std::string& label, const GalleryDetector& detector,
                    const ProgramRun& run) {
  bool fresh = false;
  for (const Report& report : read_reports(run.output).reports) {
    fresh = shapes_.insert(shape_of(report)).second || fresh;
  }
  if (!fresh) return;
  const std::string name = fmt::format("{}.{}.txt", label, detector.name);
  std::ofstream file(folder_ / name, std::ios::binary);
  file << without(run.output, programs_);
  file.flush();
  if (!file) throw std::system_error(errno, std::generic_category(), (folder_ / name).string());
}

}  // namespace assay
