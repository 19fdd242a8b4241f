#include "stress/soak/soak_journal.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "report/json.h"

namespace assay {
namespace {

/// Of the file: within a version members are added, and none is given another meaning.
constexpr int kVersion = 1;

JournalHead head_of(const SoakPlan& plan) {
  const BuildFacts build = build_facts();
  Json runtimes = Json::array();
  for (const Runtime* runtime : plan.choice.runtimes) runtimes.push_back(runtime->info().name);
  const Json facts{{"version", build.version},
                   {"variant", build.variant},
                   {"seed", plan.seed},
                   {"units", plan.choice.units},
                   {"memory_bytes", plan.choice.memory_bytes},
                   {"runtimes", std::move(runtimes)}};
  Json older{{"schema", "assay-soak"}};
  Json head = older;
  head["schema_version"] = kVersion;
  head.update(facts);
  older.update(facts);
  return {dump(head, -1), dump(older, -1)};
}

/// The value of an enumeration whose name this is.
template <typename Enum>
Enum named(const std::string& name, int count) {
  for (int i = 0; i < count; ++i) {
    if (to_string(static_cast<Enum>(i)) == name) return static_cast<Enum>(i);
  }
  throw std::invalid_argument("unknown word '" + name + "' in the file of a soak");
}

}  // namespace

SoakJournal::SoakJournal(std::string path, const SoakPlan& plan)
    : lines_(std::move(path), head_of(plan), "soak") {
  for (const std::string& line : lines_.known()) {
    const Json json = Json::parse(line);
    if (!json.contains("round")) continue;
    RoundRecord record;
    record.index = json.at("round");
    record.work = named<Work>(json.at("work"), kWorks);
    record.disturbance = named<Disturbance>(json.at("disturbance"), kDisturbances);
    record.end = named<RoundEnd>(json.at("end"), kRoundEnds);
    record.left = json.value("left", std::vector<std::string>());
    record.peak_bytes = json.at("peak_bytes");
    counts_.add(record);
    spent_ += std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double>(json.at("seconds").get<double>()));
    next_round_ = std::max(next_round_, record.index + 1);
  }
}

void SoakJournal::append(const RoundRecord& record) {
  Json json{{"round", record.index},
            {"work", to_string(record.work)},
            {"disturbance", to_string(record.disturbance)},
            {"runtime", record.runtime},
            {"units", record.units},
            {"end", to_string(record.end)},
            {"text", record.text},
            {"seconds", record.seconds},
            {"peak_bytes", record.peak_bytes}};
  if (!record.left.empty()) json["left"] = record.left;
  lines_.append(dump(json, -1));
}

void SoakJournal::append(const SoakResult& result) {
  lines_.append(dump(Json{{"clean", result.left.empty()},
                          {"left", result.left},
                          {"not_looked_at", result.not_looked_at},
                          {"signal", result.signal},
                          {"seconds", std::chrono::duration<double>(result.wall).count()}},
                     -1));
}

}  // namespace assay
