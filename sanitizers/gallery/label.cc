#include "sanitizers/gallery/label.h"

#include <algorithm>
#include <optional>
#include <sstream>

#include "sanitizers/gallery/detector.h"

namespace assay {
namespace {

constexpr std::string_view kMarker = "// <- ";
constexpr std::string_view kDefaultPlaces = "first access, second access";
constexpr std::string_view kNowhere = "nowhere";
constexpr std::string_view kCorrect = "correct";
constexpr std::string_view kExplorer = "explorer as ";

struct Field {
  std::string key;
  std::string value;
};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(trimmed(text.substr(0, end)));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + separator.size());
  }
}

/// Cuts ` word REST` off the text and returns REST.
std::optional<std::string> cut(std::string& text, std::string_view word) {
  const std::size_t at = text.find(" " + std::string(word) + " ");
  if (at == std::string::npos) return std::nullopt;
  std::string rest(trimmed(std::string_view(text).substr(at + word.size() + 2)));
  text.erase(at);
  return rest;
}

class Parser {
 public:
  Parser(const std::string& name, std::string_view source) : source_(source) { label_.name = name; }

  Label parse() {
    read_source();
    for (const Field& field : fields_) read_about_defect(field);
    if (label_.kind.empty()) fail("expected a line '// kind: ...', found none");
    label_.correct = label_.kind == kCorrect;
    label_.lines = lines_of(places_);
    for (const Field& field : fields_) read_sightings(field);
    for (const GalleryDetector& detector : gallery_detectors()) {
      if (!label_.sightings.contains(detector.name)) {
        fail("expected every detector to see it or to miss it, found nothing about " +
             std::string(detector.name));
      }
    }
    check_found();
    return label_;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw LabelError(label_.name + ".cc: " + what);
  }

  void read_source() {
    std::istringstream lines{std::string(source_)};
    std::string line;
    bool in_comment = true;
    bool in_label = false;
    for (int number = 1; std::getline(lines, line); number++) {
      in_comment = in_comment && line.starts_with("//");
      if (in_comment) {
        read_comment(std::string_view(line).substr(2), in_label);
      } else if (const std::size_t at = line.find(kMarker); at != std::string::npos) {
        markers_[line.substr(at + kMarker.size())].insert(number);
      }
    }
  }

  void read_comment(std::string_view text, bool& in_label) {
    const std::string_view words = trimmed(text);
    if (words.empty()) {
      in_label = true;
    } else if (!in_label) {
      label_.description += (label_.description.empty() ? "" : " ") + std::string(words);
    } else if (text.starts_with("  ")) {
      if (fields_.empty()) fail("expected a field above '" + std::string(words) + "', found none");
      fields_.back().value += " " + std::string(words);
    } else {
      const std::size_t colon = words.find(": ");
      if (colon == std::string_view::npos) {
        fail("expected 'field: value' in the label, found '" + std::string(words) + "'");
      }
      fields_.push_back(
          {std::string(words.substr(0, colon)), std::string(trimmed(words.substr(colon + 2)))});
    }
  }

  Lines lines_of(std::string_view places) const {
    Lines lines;
    if (places == kNowhere) return lines;
    for (const std::string& place : split(places, ",")) {
      const auto marker = markers_.find(place);
      if (marker == markers_.end()) {
        fail("expected a line marked '" + std::string(kMarker) + place + "', found none");
      }
      lines.insert(marker->second.begin(), marker->second.end());
    }
    return lines;
  }

  ReportKind kind_of(const std::string& words) const {
    for (int kind = 0; kind < static_cast<int>(ReportKind::kUnknown); kind++) {
      if (slug(static_cast<ReportKind>(kind)) == words) return static_cast<ReportKind>(kind);
    }
    fail("expected the slug of a kind of reports, such as 'data-race', found '" + words + "'");
  }

  void read_about_defect(const Field& field) {
    if (field.key == "kind") {
      label_.kind = field.value;
    } else if (field.key == "variable") {
      variable_ = field.value;
    } else if (field.key == "shows") {
      label_.shows = field.value;
    } else if (field.key == "places") {
      places_ = field.value;
    } else if (field.key == "found by") {
      read_found(field.value);
    } else if (field.key == "also") {
      label_.also.push_back(lines_of(field.value));
    } else if (!is_about_detectors(field.key)) {
      fail("expected a field that is known, found '" + field.key + "'");
    }
  }

  void read_found(const std::string& value) {
    for (const std::string& item : split(value, ",")) {
      if (item == "outcome") {
        label_.found_by_outcome = true;
      } else if (item.starts_with(kExplorer)) {
        label_.scenario = item.substr(kExplorer.size());
      } else {
        fail("expected 'outcome' or 'explorer as SCENARIO' to find it, found '" + item + "'");
      }
    }
  }

  void check_found() const {
    if (label_.found_by_outcome && label_.shows.empty()) {
      fail("expected a line '// shows: ...' for what is found by its outcome, found none");
    }
    const bool missed = std::ranges::none_of(
        label_.sightings, [](const auto& sighting) { return sighting.second.seen; });
    if (missed && !label_.correct && label_.scenario.empty() && !label_.found_by_outcome) {
      fail("expected a line '// found by: ...' for what every detector misses, found none");
    }
  }

  static bool is_about_detectors(const std::string& key) {
    return key == "seen by" || key == "missed by" || key == "stopped by" ||
           key == "false alarm by" || key == "silent under";
  }

  void read_sightings(const Field& field) {
    if (!is_about_detectors(field.key)) return;
    if (label_.correct != (field.key == "false alarm by" || field.key == "silent under")) {
      fail(
          "expected 'false alarm by' and 'silent under' for a correct program and 'seen by' and "
          "'missed by' for a defect, found '" +
          field.key + "'");
    }
    std::string rest = field.value;
    Sighting sighting;
    sighting.seen = field.key == "seen by" || field.key == "false alarm by";
    sighting.stops = field.key == "stopped by";
    const std::optional<std::string> reason = cut(rest, "because");
    if (!sighting.seen && !reason) fail("expected 'because' and a reason in '" + field.value + "'");
    sighting.reason = reason.value_or("");
    if (sighting.seen) read_report(rest, sighting);
    for (const std::string& detector : split(rest, ",")) add(detector, sighting);
  }

  void read_report(std::string& rest, Sighting& sighting) {
    sighting.variable = cut(rest, "of").value_or(variable_);
    if (sighting.variable == "nothing") sighting.variable.clear();
    const std::optional<std::string> places = cut(rest, "at");
    sighting.lines = places ? lines_of(*places) : label_.lines;
    const std::string kinds = cut(rest, "as").value_or(label_.correct ? "data-race" : label_.kind);
    for (const std::string& kind : split(kinds, "|")) sighting.kinds.push_back(kind_of(kind));
  }

  void add(const std::string& name, const Sighting& sighting) {
    const GalleryDetector* const detector = find_gallery_detector(name);
    if (detector == nullptr) fail("expected the name of a detector, found '" + name + "'");
    if (!label_.sightings.emplace(name, sighting).second) {
      fail("expected " + name + " once, found it twice");
    }
  }

  std::string_view source_;
  Label label_;
  std::vector<Field> fields_;
  std::map<std::string, Lines> markers_;
  std::string variable_;
  std::string places_{kDefaultPlaces};
};

}  // namespace

Label parse_label(const std::string& name, std::string_view source) {
  return Parser(name, source).parse();
}

}  // namespace assay
