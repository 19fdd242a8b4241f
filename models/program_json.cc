#include "models/program_json.h"

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/printable.h"

namespace assay {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kOps = 17;
constexpr int kEndKinds = 8;

std::string_view name_of(EndKind kind) {
  constexpr std::array<std::string_view, kEndKinds> kNames{"not_started", "running",    "completed",
                                                           "exited",      "signalled",  "threw",
                                                           "gave_up",     "unsupported"};
  return kNames.at(static_cast<std::size_t>(kind));
}

std::string_view name_of(Op op) { return to_string(op); }
std::string_view name_of(Region region) { return to_string(region); }
std::string_view name_of(Fault fault) { return to_string(fault); }
std::string_view name_of(Identity identity) { return to_string(identity); }

/// The fields of a step that its operation reads.
struct Fields {
  bool region = false;
  bool cell = false;
  bool count = false;
  bool value = false;
};

Fields fields_of(Op op) {
  switch (op) {
    case Op::kWrite:
      return {.region = true, .cell = true, .value = true};
    case Op::kRead:
      return {.region = true, .cell = true};
    case Op::kAdd:
    case Op::kAddAcross:
    case Op::kSpinUntil:
      return {.region = true, .cell = true, .count = true, .value = true};
    case Op::kYield:
      return {.count = true};
    case Op::kSpin:
    case Op::kSleep:
      return {.value = true};
    case Op::kSend:
    case Op::kRecurse:
      return {.cell = true, .count = true, .value = true};
    case Op::kReceive:
    case Op::kLock:
    case Op::kUnlock:
    case Op::kAwaitEnd:
      return {.cell = true};
    case Op::kRegisters:
      return {.count = true, .value = true};
    case Op::kFault:
    case Op::kRecord:
      return {};
  }
  return {};
}

Json json_of(const Step& step) {
  Json json{{"op", name_of(step.op)}};
  const Fields fields = fields_of(step.op);
  if (step.op == Op::kFault) json["fault"] = name_of(step.fault);
  if (step.op == Op::kRecord) json["identity"] = name_of(step.identity);
  if (fields.region) json["region"] = name_of(step.region);
  if (fields.cell) json["cell"] = step.cell;
  if (fields.count) json["count"] = step.count;
  if (fields.value) json["value"] = step.value;
  return json;
}

Json json_of(const End& end) {
  Json json{{"kind", name_of(end.kind)}};
  if (end.code != 0) json["code"] = end.code;
  if (!end.what.empty()) json["what"] = end.what;
  return json;
}

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// A value and its place in the document.
class Place {
 public:
  Place(const Json& json, std::string path) : json_(&json), path_(std::move(path)) {}

  [[noreturn]] void fail(const std::string& expected) const {
    throw std::invalid_argument(path_ + ": expected " + expected + ", found " + shown());
  }

  /// Fails when the object lacks a field, or has one that is neither required nor optional.
  void fields(std::vector<std::string_view> required,
              std::initializer_list<std::string_view> optional = {}) const {
    if (!json_->is_object()) fail("an object");
    for (const std::string_view name : required) {
      if (!json_->contains(name)) fail("an object with the field \"" + std::string(name) + "\"");
    }
    required.insert(required.end(), optional);
    for (const auto& [name, value] : json_->items()) {
      if (std::find(required.begin(), required.end(), name) != required.end()) continue;
      throw std::invalid_argument(path_ + ": expected no field \"" + printable(name, kShown) +
                                  "\" here, found one");
    }
  }

  [[nodiscard]] bool has(std::string_view name) const { return json_->contains(name); }
  [[nodiscard]] Place field(std::string_view name) const {
    const std::string key(name);
    return {json_->at(key), path_ + "." + key};
  }
  [[nodiscard]] std::vector<Place> elements() const {
    if (!json_->is_array()) fail("a list");
    std::vector<Place> all;
    for (std::size_t i = 0; i < json_->size(); ++i) {
      all.emplace_back((*json_)[i], path_ + "[" + std::to_string(i) + "]");
    }
    return all;
  }

  /// A whole number in the range of `Number`.
  template <typename Number>
  [[nodiscard]] Number number() const {
    using Limits = std::numeric_limits<Number>;
    if (json_->is_number_unsigned()) {
      const auto value = json_->get<std::uint64_t>();
      if (std::in_range<Number>(value)) return static_cast<Number>(value);
    } else if (json_->is_number_integer()) {
      const auto value = json_->get<std::int64_t>();
      if (std::in_range<Number>(value)) return static_cast<Number>(value);
    }
    fail("a whole number from " + std::to_string(Limits::min()) + " to " +
         std::to_string(Limits::max()));
  }
  [[nodiscard]] bool boolean() const {
    if (!json_->is_boolean()) fail("true or false");
    return json_->get<bool>();
  }
  [[nodiscard]] std::string text() const {
    if (!json_->is_string()) fail("a text");
    return json_->get<std::string>();
  }
  template <typename Enum>
  [[nodiscard]] Enum named(int count) const {
    const std::string name = json_->is_string() ? json_->get<std::string>() : "";
    std::string all;
    for (int i = 0; i < count; ++i) {
      const auto value = static_cast<Enum>(i);
      if (name == name_of(value)) return value;
      all += (i > 0 ? ", " : "") + std::string(name_of(value));
    }
    fail("one of " + all);
  }
  void version() const {
    if (number<int>() != kJsonVersion) fail("version " + std::to_string(kJsonVersion));
  }

 private:
  static constexpr std::size_t kShown = 60;

  [[nodiscard]] std::string shown() const { return printable(line_of(*json_), kShown); }

  const Json* json_;
  std::string path_;
};

/// Refuses what JSON leaves open: two fields of one name, of which a reader sees one, and lists in
/// lists without end, each of which takes a frame of whoever goes through them.
class Strict {
 public:
  explicit Strict(const std::string& what) : what_(&what) {}

  bool operator()(int depth, Json::parse_event_t event, const Json& value) {
    constexpr int kMostDepth = 16;
    if (depth > kMostDepth) {
      throw std::invalid_argument(*what_ + ": expected lists and objects " +
                                  std::to_string(kMostDepth) + " deep at most, found deeper ones");
    }
    if (event == Json::parse_event_t::object_start) names_.emplace_back();
    if (event == Json::parse_event_t::object_end) names_.pop_back();
    if (event == Json::parse_event_t::key) add(value.get_ref<const std::string&>());
    return true;
  }

 private:
  void add(const std::string& name) {
    constexpr std::size_t kShown = 60;
    if (names_.back().insert(name).second) return;
    throw std::invalid_argument(*what_ + ": expected each field of an object once, found \"" +
                                printable(name, kShown) + "\" twice");
  }

  const std::string* what_;
  std::vector<std::set<std::string>> names_;  ///< Of the objects that are not closed yet.
};

Json parse(std::string_view text, const std::string& what) {
  constexpr std::size_t kShown = 300;
  Strict strict(what);
  try {
    return Json::parse(text, std::ref(strict));
  } catch (const Json::exception& error) {
    // "[json.exception.parse_error.101] parse error at line 1, column 9: ..."
    const std::string_view why = error.what();
    const std::size_t name = why.find("] ");
    throw std::invalid_argument(what + ": expected JSON, found a " +
                                printable(why.substr(name == why.npos ? 0 : name + 2), kShown));
  }
}

Step step_from(const Place& place) {
  if (!place.has("op")) place.fail("a step with the field \"op\"");
  Step step;
  step.op = place.field("op").named<Op>(kOps);
  const Fields fields = fields_of(step.op);
  std::vector<std::string_view> names{"op"};
  if (step.op == Op::kFault) names.emplace_back("fault");
  if (step.op == Op::kRecord) names.emplace_back("identity");
  if (fields.region) names.emplace_back("region");
  if (fields.cell) names.emplace_back("cell");
  if (fields.count) names.emplace_back("count");
  if (fields.value) names.emplace_back("value");
  place.fields(names);
  if (step.op == Op::kFault) step.fault = place.field("fault").named<Fault>(kFaults);
  if (step.op == Op::kRecord) step.identity = place.field("identity").named<Identity>(kIdentities);
  if (fields.region) step.region = place.field("region").named<Region>(kRegions);
  if (fields.cell) step.cell = place.field("cell").number<std::uint32_t>();
  if (fields.count) step.count = place.field("count").number<std::uint32_t>();
  if (fields.value) step.value = place.field("value").number<std::int64_t>();
  return step;
}

End end_from(const Place& place) {
  place.fields({"kind"}, {"code", "what"});
  End end;
  end.kind = place.field("kind").named<EndKind>(kEndKinds);
  if (place.has("code")) end.code = place.field("code").number<int>();
  if (place.has("what")) end.what = place.field("what").text();
  return end;
}

/// [step, value, aux]
Event event_from(const Place& place) {
  const auto numbers = place.elements();
  if (numbers.size() != 3) place.fail("a list of step, value and aux");
  return {numbers[0].number<std::uint32_t>(), numbers[1].number<std::int64_t>(),
          numbers[2].number<std::uint64_t>()};
}

UnitTrace unit_from(const Place& place) {
  place.fields({"end", "events"});
  UnitTrace unit;
  unit.end = end_from(place.field("end"));
  for (const Place& element : place.field("events").elements()) {
    const Event event = event_from(element);
    if (!unit.events.empty() && event.step <= unit.events.back().step) {
      element.fail("a step after " + std::to_string(unit.events.back().step));
    }
    unit.events.push_back(event);
  }
  return unit;
}

}  // namespace

std::string to_json(const Program& program) {
  Json units = Json::array();
  for (const auto& steps : program.units) {
    Json list = Json::array();
    for (const Step& step : steps) list.push_back(json_of(step));
    units.push_back(std::move(list));
  }
  return line_of({{"version", kJsonVersion},
                  {"channels", program.channels},
                  {"locks", program.locks},
                  {"one_core", program.one_core},
                  {"bound_ns", program.bound_ns},
                  {"units", std::move(units)}});
}

std::string to_json(const Trace& trace) {
  Json units = Json::array();
  for (const UnitTrace& unit : trace.units) {
    Json events = Json::array();
    for (const Event& event : unit.events) {
      events.push_back(Json::array({event.step, event.value, event.aux}));
    }
    units.push_back({{"end", json_of(unit.end)}, {"events", std::move(events)}});
  }
  return line_of({{"version", kJsonVersion},
                  {"host", json_of(trace.host)},
                  {"output", trace.output},
                  {"wall_ns", trace.wall_ns},
                  {"cpu_ns", trace.cpu_ns},
                  {"units", std::move(units)}});
}

Program program_from_json(std::string_view text) {
  const Json json = parse(text, "program");
  const Place place(json, "program");
  place.fields({"version", "channels", "locks", "one_core", "bound_ns", "units"});
  place.field("version").version();
  Program program;
  program.channels = place.field("channels").number<std::uint32_t>();
  program.locks = place.field("locks").number<std::uint32_t>();
  program.one_core = place.field("one_core").boolean();
  program.bound_ns = place.field("bound_ns").number<std::int64_t>();
  for (const Place& unit : place.field("units").elements()) {
    auto& steps = program.units.emplace_back();
    for (const Place& step : unit.elements()) steps.push_back(step_from(step));
  }
  return program;
}

Trace trace_from_json(std::string_view text) {
  const Json json = parse(text, "trace");
  const Place place(json, "trace");
  place.fields({"version", "host", "units", "wall_ns", "cpu_ns"}, {"output"});
  place.field("version").version();
  Trace trace;
  trace.host = end_from(place.field("host"));
  trace.wall_ns = place.field("wall_ns").number<std::int64_t>();
  trace.cpu_ns = place.field("cpu_ns").number<std::int64_t>();
  if (place.has("output")) trace.output = place.field("output").text();
  for (const Place& unit : place.field("units").elements()) trace.units.push_back(unit_from(unit));
  return trace;
}

}  // namespace assay
