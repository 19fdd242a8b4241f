#include <map>
#include <memory>
#include <set>
#include <utility>

#include "properties/plan_cases.h"
#include "properties/probe.h"
#include "properties/program_maker.h"
#include "properties/program_rounds.h"
#include "properties/visibility.h"

namespace assay {
namespace {

/// Every unit writes its number here, on the heap: who reads the same number shares its memory.
constexpr std::uint32_t kSpaceCell = kCells - 1;

constexpr std::string_view kContended = "a cell that a sibling writes and the unit reads";
constexpr std::string_view kOwnRead = "a read after a write of the same unit";
constexpr const char* kForeign = "reads_of_a_siblings_value";

using Cell = std::pair<std::uint32_t, std::uint32_t>;  ///< A cell as a unit has it: unit, cell.

/// Units write and read the same few thread-local cells in no order; what a unit may read is known
/// all the same: what it wrote last, or, where storage is shared, what anybody wrote.
class Oracle {
 public:
  explicit Oracle(const Plan& plan) : plan_(plan) {
    for (const Move& move : plan.moves) {
      if (move.step.op == Op::kWrite) writer_[move.step.value] = {move.unit, move.step.cell};
    }
  }

  Program make() {
    ProgramMaker maker(plan_.units);
    for (std::uint32_t unit = 0; unit < plan_.units; ++unit) {
      maker.append(unit, write(Region::kHeap, kSpaceCell, unit + 1));
    }
    places_ = maker.append(plan_, false);
    maker.barrier();
    for (std::uint32_t unit = 0; unit < plan_.units; ++unit) {
      variables_.push_back(maker.append(unit, read(Region::kHeap, kSpaceCell)));
      maker.append(unit, record(Identity::kThreadLocalAddress));
    }
    // Nobody ends, and gives its storage back, before all have recorded.
    maker.barrier();
    return maker.take();
  }

  [[nodiscard]] std::vector<std::string_view> labels() const {
    bool contended = false;
    bool own_read = false;
    std::set<Cell> written;
    for (const Move& move : plan_.moves) {
      if (move.step.op == Op::kWrite) written.insert({move.unit, move.step.cell});
      if (move.step.op != Op::kRead) continue;
      own_read = own_read || written.contains({move.unit, move.step.cell});
      for (const auto& [value, place] : writer_) {
        contended = contended || (place.second == move.step.cell && place.first != move.unit);
      }
    }
    std::vector<std::string_view> labels;
    if (contended) labels.push_back(kContended);
    if (own_read) labels.push_back(kOwnRead);
    return labels;
  }

  [[nodiscard]] Finding judge(const Trace& trace) const {
    Finding finding;
    std::uint64_t foreign = 0;
    std::map<Cell, std::int64_t> own;
    for (std::size_t i = 0; i < plan_.moves.size(); ++i) {
      const Move& move = plan_.moves[i];
      if (move.step.op == Op::kWrite) own[{move.unit, move.step.cell}] = move.step.value;
      if (move.step.op != Op::kRead) continue;
      ++finding.tries;
      const auto seen = value_at(trace, places_[i].unit, places_[i].step);
      foreign += judge_read(move, seen, own[{move.unit, move.step.cell}], finding);
    }
    finding.counts = {{"reads", finding.tries}, {kForeign, foreign}};
    if (variables(trace) == plan_.units)
      finding.counts.emplace_back("programs_with_a_variable_each", 1);
    return finding;
  }

 private:
  /// 1 for a read of what a sibling wrote, else 0.
  std::uint64_t judge_read(const Move& move, std::optional<std::int64_t> seen, std::int64_t own,
                           Finding& finding) const {
    if (seen == own) return 0;
    const std::string why = "unit " + std::to_string(move.unit) + " read " +
                            (seen ? std::to_string(*seen) : "nothing") + " where its own was " +
                            std::to_string(own);
    const auto writer = writer_.find(seen.value_or(0));
    const bool of_sibling = writer != writer_.end() && writer->second.second == move.step.cell &&
                            writer->second.first != move.unit;
    if (of_sibling) {
      finding.exclude(Ownership::kOwn,
                      why + ", as unit " + std::to_string(writer->second.first) + " wrote");
      return 1;
    }
    // As in the storage of another thread, where nobody wrote yet.
    const std::string strange =
        why + ", which no sibling wrote" +
        (seen == 0 ? " (storage that forgets, or a unit that moves between threads)" : "");
    finding.exclude(Ownership::kOwn, strange);
    finding.exclude(Ownership::kShared, strange);
    return 0;
  }

  [[nodiscard]] std::uint64_t variables(const Trace& trace) const {
    std::set<std::pair<std::int64_t, std::int64_t>> all;
    for (const Place& place : variables_) {
      all.emplace(value_at(trace, place.unit, place.step).value_or(-1),
                  value_at(trace, place.unit, place.step + 1).value_or(-1));
    }
    return all.size();
  }

  Plan plan_;
  std::map<std::int64_t, Cell> writer_;  ///< By value: which unit wrote it, and to which cell.
  std::vector<Place> places_;
  std::vector<Place> variables_;
};

rc::Gen<Case> cases(std::size_t units) {
  static const Mix kMix{.kinds = {{Kind::kWrite, 4},
                                  {Kind::kRead, 6},
                                  {Kind::kYield, 4},
                                  {Kind::kSpin, 1},
                                  {Kind::kSleep, 1},
                                  {Kind::kSend, 1}},
                        .regions = {Region::kThreadLocal},
                        .ordered = false};
  return cases_from(plans(kMix, units), &case_judged_by<Oracle, Plan>);
}

const PropertyRegistration kOwnValues({TraitId::kThreadLocalStorage,
                                       "AUnitReadsWhatItWroteAndNothingOfASibling",
                                       &cases,
                                       {kContended, kOwnRead}});

/// Every unit writes its number to its storage, and reads it when all have.
Case case_of_all(const Everyone::Size& size) {
  const auto everyone = std::make_shared<const Everyone>(size, std::vector{Region::kThreadLocal});
  Case made;
  made.program = everyone->program();
  made.labels = {kAllWrite};
  made.judge = [everyone, units = size.units](const Trace& trace) {
    Finding finding;
    finding.tries = units;
    finding.counts = {{"reads", finding.tries}};
    const std::string why = everyone->why_not_own(trace, 0);
    if (why.empty()) return finding;
    finding.exclude(Ownership::kOwn, why);
    if (everyone->why_not_common(trace, 0).empty()) {
      finding.counts.emplace_back(kForeign, units - 1);
    } else {
      finding.exclude(Ownership::kShared, why + ", and others another number");
    }
    return finding;
  };
  return made;
}

rc::Gen<Case> cases_of_all(std::size_t units) {
  return cases_from(Everyone::sizes(units), &case_of_all);
}

const PropertyRegistration kAll({.trait = TraitId::kThreadLocalStorage,
                                 .name = "AllUnitsShareAVariableOrNoTwoDo",
                                 .cases = &cases_of_all,
                                 .must_occur = {kAllWrite},
                                 .weight = 8});

Observation finish(ProgramRounds& rounds) {
  Observation& observation = rounds.observation;
  const std::uint64_t foreign = rounds.counted(kForeign);
  // "Shared" needs a witness: all reads saw a unit's own value.
  if (foreign == 0 && rounds.most_units() > 1) {
    observation.allowed.erase(static_cast<std::uint8_t>(Ownership::kShared));
  }
  observation.figure =
      std::to_string(foreign) + " of " + std::to_string(observation.tries) + " foreign";
  const std::string strange = rounds.why_not(Ownership::kShared);
  const std::string first = rounds.why_not(Ownership::kOwn);
  if (!strange.empty()) return rounds.finish(strange);
  if (!first.empty()) return rounds.finish(first);
  return rounds.finish("every unit read what it wrote, and 0 before it wrote");
}

}  // namespace

static Observation observe_thread_local_storage(Runtime& runtime, const ProbeOptions& options) {
  ProgramRounds rounds(TraitId::kThreadLocalStorage, runtime, options);
  rounds.look_at_properties(rounds.quick() ? 40 : 200);
  return finish(rounds);
}

static const ProbeRegistration kRegistered(TraitId::kThreadLocalStorage,
                                           &observe_thread_local_storage);

}  // namespace assay
