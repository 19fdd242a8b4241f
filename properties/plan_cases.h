/// Cases made of generated values, of plans above all: they shrink as what they were made of.
#pragma once

#include <rapidcheck/shrinkable/Transform.h>

#include <memory>
#include <utility>

#include "properties/property.h"

namespace assay {

/// One case for each value of `values`, by `make(value)`.
template <typename Value, typename Make>
rc::Gen<Case> cases_from(rc::Gen<Value> values, Make make) {
  return [values = std::move(values), make = std::move(make)](const rc::Random& random, int size) {
    return rc::shrinkable::map(values(random, size), make);
  };
}

/// The case of an oracle that is made from `value`, makes the program, names what is special about
/// it, and judges traces.
template <typename Oracle, typename Value>
Case case_judged_by(const Value& value) {
  const auto oracle = std::make_shared<Oracle>(value);
  Case made;
  made.program = oracle->make();
  made.labels = oracle->labels();
  made.judge = [oracle](const Trace& trace) { return oracle->judge(trace); };
  return made;
}

}  // namespace assay
