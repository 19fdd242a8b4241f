// The explorer's outcome sets of the litmus tests against an axiomatic model that knows nothing of
// schedules: candidate executions (who reads from whom, in which order writes reach memory) that
// are kept when their relations have no cycle (J. Alglave, L. Maranget, M. Tautschnig, "Herding
// Cats", TOPLAS 36(2), 2014; for TSO, section 4.4).
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "models/controlled/explore.h"
#include "scenarios/scenario.h"

namespace assay {
namespace {

using controlled::MemoryModel;

struct Access {
  bool writes;
  std::size_t variable;
  int value = 0;  ///< Of a write.
  std::size_t unit = 0;
};

struct Litmus {
  std::vector<std::vector<Access>> units;
  std::size_t variables;
  /// Read values in the order of units and accesses, then final values.
  std::function<std::vector<int>(const std::vector<int>& reads, const std::vector<int>& finals)>
      outcome;
};

Access write(std::size_t variable, int value) { return {true, variable, value}; }
Access read(std::size_t variable) { return {false, variable}; }

class Axioms {
 public:
  Axioms(const Litmus& litmus, MemoryModel memory) : litmus_(litmus), memory_(memory) {
    for (std::size_t unit = 0; unit < litmus.units.size(); ++unit) {
      for (Access access : litmus.units[unit]) {
        access.unit = unit;
        accesses_.push_back(access);
      }
    }
    writes_.resize(litmus.variables);
    for (std::size_t i = 0; i < accesses_.size(); ++i) {
      if (accesses_[i].writes) writes_[accesses_[i].variable].push_back(i);
      if (!accesses_[i].writes) reads_.push_back(i);
    }
  }

  std::set<std::string> outcomes() {
    order_writes(0);
    return found_;
  }

 private:
  static constexpr std::size_t kInitial = 1000;  ///< "Reads from" the initial value.

  void order_writes(std::size_t variable) {
    if (variable == writes_.size()) return choose_source(0);
    std::sort(writes_[variable].begin(), writes_[variable].end());
    do {
      order_writes(variable + 1);
    } while (std::next_permutation(writes_[variable].begin(), writes_[variable].end()));
  }

  void choose_source(std::size_t read) {
    if (read == 0) sources_.assign(accesses_.size(), kInitial);
    if (read == reads_.size()) return judge();
    const std::size_t access = reads_[read];
    std::vector<std::size_t> sources = writes_[accesses_[access].variable];
    sources.push_back(kInitial);
    for (const std::size_t source : sources) {
      sources_[access] = source;
      choose_source(read + 1);
    }
  }

  /// The place of a write in the order of its variable, from 1; 0 for the initial value.
  std::size_t place(std::size_t write) const {
    if (write == kInitial) return 0;
    const auto& order = writes_[accesses_[write].variable];
    return static_cast<std::size_t>(std::find(order.begin(), order.end(), write) - order.begin()) +
           1;
  }

  /// What both orders of the axioms have: writes in their order, a read before the writes that it
  /// does not see. `from_own`: a read after a write of its own unit that it sees.
  bool communicates(std::size_t a, std::size_t b, bool from_own) const {
    const Access& first = accesses_[a];
    const Access& second = accesses_[b];
    if (first.variable != second.variable || a == b) return false;
    if (first.writes && second.writes) return place(a) < place(b);
    if (first.writes) return sources_[b] == a && (from_own || first.unit != second.unit);
    return second.writes && place(sources_[a]) < place(b);
  }
  bool in_program_order(std::size_t a, std::size_t b) const {
    return accesses_[a].unit == accesses_[b].unit && a < b;
  }

  bool acyclic(const std::function<bool(std::size_t, std::size_t)>& edge) const {
    const std::size_t n = accesses_.size();
    std::vector<std::vector<bool>> reaches(n, std::vector<bool>(n));
    for (std::size_t a = 0; a < n; ++a) {
      for (std::size_t b = 0; b < n; ++b) reaches[a][b] = edge(a, b);
    }
    for (std::size_t via = 0; via < n; ++via) {
      for (std::size_t a = 0; a < n; ++a) {
        for (std::size_t b = 0; b < n; ++b)
          if (reaches[a][via] && reaches[via][b]) reaches[a][b] = true;
      }
    }
    for (std::size_t a = 0; a < n; ++a) {
      if (reaches[a][a]) return false;
    }
    return true;
  }

  void judge() {
    const bool per_variable = acyclic([&](std::size_t a, std::size_t b) {
      return (in_program_order(a, b) && accesses_[a].variable == accesses_[b].variable) ||
             communicates(a, b, true);
    });
    const bool global = acyclic([&](std::size_t a, std::size_t b) {
      const bool may_be_late =
          memory_ == MemoryModel::kTso && accesses_[a].writes && !accesses_[b].writes;
      return (in_program_order(a, b) && !may_be_late) ||
             communicates(a, b, memory_ == MemoryModel::kSc);
    });
    if (per_variable && global) note();
  }

  void note() {
    std::vector<int> reads;
    for (const std::size_t read : reads_)
      reads.push_back(sources_[read] == kInitial ? 0 : accesses_[sources_[read]].value);
    std::vector<int> finals;
    for (const auto& order : writes_)
      finals.push_back(order.empty() ? 0 : accesses_[order.back()].value);
    std::string text;
    for (const int value : litmus_.outcome(reads, finals))
      text += (text.empty() ? "" : ",") + std::to_string(value);
    found_.insert(text);
  }

  const Litmus& litmus_;
  MemoryModel memory_;
  std::vector<Access> accesses_;
  std::vector<std::vector<std::size_t>> writes_;  ///< By variable, in the order of memory.
  std::vector<std::size_t> reads_;
  std::vector<std::size_t> sources_;
  std::set<std::string> found_;
};

std::vector<int> only_reads(const std::vector<int>& reads, const std::vector<int>&) {
  return reads;
}
std::vector<int> only_finals(const std::vector<int>&, const std::vector<int>& finals) {
  return finals;
}

struct Shape {
  std::string scenario;
  std::string stronger;  ///< The twin.
  bool stronger_is_sc;   ///< The twin is sequentially consistent under TSO too.
  std::vector<std::size_t> units;
  std::function<Litmus(std::size_t units)> litmus;
};

Litmus of_units(std::size_t units, std::size_t variables, decltype(Litmus::outcome) outcome,
                const std::function<std::vector<Access>(std::size_t)>& unit) {
  Litmus litmus{{}, variables, std::move(outcome)};
  for (std::size_t i = 0; i < units; ++i) litmus.units.push_back(unit(i));
  return litmus;
}

std::vector<Shape> shapes() {
  const std::vector<std::size_t> any = {2, 3, 4};
  using Accesses = std::vector<Access>;
  return {
      {"store_buffering", "store_buffering_seq_cst", true, any,
       [](std::size_t n) {
         return of_units(n, n, only_reads,
                         [n](std::size_t i) { return Accesses{write(i, 1), read((i + 1) % n)}; });
       }},
      {"store_forwarding", "store_forwarding_seq_cst", true, any,
       [](std::size_t n) {
         return of_units(n, n, only_reads, [n](std::size_t i) {
           return Accesses{write(i, 1), read(i), read((i + 1) % n)};
         });
       }},
      {"message_passing", "message_passing_release", false, any,
       [](std::size_t n) {
         return of_units(n, 2, only_reads, [](std::size_t i) {
           return i == 0 ? Accesses{write(0, 1), write(1, 1)} : Accesses{read(1), read(0)};
         });
       }},
      {"load_buffering", "load_buffering_acquire", false, any,
       [](std::size_t n) {
         return of_units(n, n, only_reads,
                         [n](std::size_t i) { return Accesses{read(i), write((i + 1) % n, 1)}; });
       }},
      {"iriw",
       "iriw_seq_cst",
       true,
       {4},
       [](std::size_t n) {
         return of_units(n, 2, only_reads, [](std::size_t i) {
           return i < 2 ? Accesses{write(i, 1)} : Accesses{read(i - 2), read(3 - i)};
         });
       }},
      {"coherence", "coherence_seq_cst", true, any,
       [](std::size_t n) {
         return of_units(n, 1, only_reads, [](std::size_t i) {
           return i == 0 ? Accesses{write(0, 1)} : Accesses{read(0), read(0)};
         });
       }},
      {"two_writes", "two_writes_seq_cst", true, any,
       [](std::size_t n) {
         return of_units(n, n, only_finals, [n](std::size_t i) {
           return Accesses{write(i, 1), write((i + 1) % n, 2)};
         });
       }},
      {"write_after_read", "write_after_read_release", false, any,
       [](std::size_t n) {
         const auto outcome = [](std::vector<int> reads, const std::vector<int>& finals) {
           reads.push_back(finals[0]);
           return reads;
         };
         return of_units(n, n, outcome, [n](std::size_t i) {
           return i == 0 ? Accesses{write(0, 2), write(1, 1)}
                         : Accesses{read(i), write((i + 1) % n, 1)};
         });
       }},
      {"read_after_write", "read_after_write_seq_cst", true, any,
       [](std::size_t n) {
         const auto outcome = [](const std::vector<int>& reads, const std::vector<int>& finals) {
           std::vector<int> numbers(finals.begin() + 1, finals.end());
           numbers.push_back(reads[0]);
           return numbers;
         };
         return of_units(n, n, outcome, [n](std::size_t i) {
           const Access first = write(i, i == 0 ? 1 : 2);
           return Accesses{first, i + 1 < n ? write(i + 1, 1) : read(0)};
         });
       }},
  };
}

std::set<std::string> explored(const std::string& name, std::size_t units, MemoryModel memory) {
  const Scenario* scenario = find_scenario(name);
  EXPECT_NE(scenario, nullptr) << name;
  if (scenario == nullptr) return {};
  controlled::ExploreOptions options;
  options.execution = scenario->execution_options();
  options.execution.memory = memory;
  const controlled::Exploration result = controlled::explore(*scenario->subject(units), options);
  EXPECT_TRUE(result.exhausted) << name;
  EXPECT_TRUE(result.passed()) << name << ": " << result.failure()->text;
  EXPECT_EQ(result.redundant, 0U) << name;
  std::set<std::string> outcomes;
  for (const auto& [outcome, count] : result.outcomes) outcomes.insert(outcome.text());
  return outcomes;
}

TEST(Litmus, OutcomeSetsAreThoseOfTheAxioms) {
  for (const Shape& shape : shapes()) {
    for (const std::size_t units : shape.units) {
      const Litmus litmus = shape.litmus(units);
      for (const MemoryModel memory : {MemoryModel::kSc, MemoryModel::kTso}) {
        const std::string what = shape.scenario + " with " + std::to_string(units) +
                                 " units under " + std::string(name_of(memory));
        EXPECT_EQ(explored(shape.scenario, units, memory), Axioms(litmus, memory).outcomes())
            << what;
        const MemoryModel twin = shape.stronger_is_sc ? MemoryModel::kSc : memory;
        EXPECT_EQ(explored(shape.stronger, units, memory), Axioms(litmus, twin).outcomes())
            << "the twin of " << what;
      }
    }
  }
}

/// The outcomes that a scenario promises, of one reach and what it implies.
std::set<std::string> promised(const ScenarioInfo& info, bool tso) {
  std::set<std::string> numbers;
  for (const ExpectedOutcome& outcome : info.outcomes) {
    if (outcome.reach == Reach::kSc || (tso && outcome.reach == Reach::kTso))
      numbers.insert(outcome.numbers);
  }
  return numbers;
}

TEST(Litmus, DocumentedOutcomesAreTheExploredOnes) {
  for (const Shape& shape : shapes()) {
    for (const std::string& name : {shape.scenario, shape.stronger}) {
      const ScenarioInfo& info = find_scenario(name)->info();
      EXPECT_EQ(explored(name, info.units, MemoryModel::kSc), promised(info, false)) << name;
      EXPECT_EQ(explored(name, info.units, MemoryModel::kTso), promised(info, true)) << name;
    }
  }
}

// What the literature says in words: on x86 only a store and a later load change places.
TEST(Litmus, OnlyStoreBufferingAndItsKinAreWeakUnderTso) {
  for (const Shape& shape : shapes()) {
    const std::size_t units = shape.units.front();
    const bool weak = explored(shape.scenario, units, MemoryModel::kSc) !=
                      explored(shape.scenario, units, MemoryModel::kTso);
    const bool expected = shape.scenario == "store_buffering" ||
                          shape.scenario == "store_forwarding" ||
                          shape.scenario == "read_after_write";
    EXPECT_EQ(weak, expected) << shape.scenario;
  }
}

}  // namespace
}  // namespace assay
