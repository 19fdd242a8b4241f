#include "properties/linearizability/search.h"

#include <rapidcheck.h>

#include <set>
#include <utility>
#include <vector>

namespace assay::linearizability {
namespace {

/// One call of some unit, as numbers that may have any value: smaller ones make simpler calls.
using Draft = std::vector<std::uint32_t>;

Calls calls_of(const Draft& draft, const Specification& specification, const Shape& shape) {
  Calls calls(shape.units);
  for (std::uint32_t number : draft) {
    const auto take = [&](std::size_t choices) {
      const std::size_t taken = number % choices;
      number /= static_cast<std::uint32_t>(choices);
      return taken;
    };
    const std::size_t unit = take(shape.units);
    if (calls[unit].size() == shape.most_calls) continue;
    Call call;
    call.method = static_cast<std::uint8_t>(take(specification.methods().size()));
    const Method& method = specification.methods()[call.method];
    if (method.takes_key) call.key = static_cast<std::int64_t>(take(shape.keys));
    if (method.unique_value) {
      call.value = producer_value(unit, calls[unit].size() + 1);
    } else if (method.takes_value) {
      call.value = 1 + static_cast<std::int64_t>(take(shape.values));
    }
    calls[unit].push_back(call);
  }
  return calls;
}

}  // namespace

std::optional<Fault> find_fault(const Specification& specification, const Shape& shape,
                                const RunCalls& run) {
  const auto most = static_cast<int>(shape.units * shape.most_calls);
  const auto number =
      rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::uint32_t>(0, 1U << 10U));
  const auto drafts = rc::gen::container<Draft>(number);
  // Different drafts often make the same calls.
  std::set<std::string> passed;
  const auto run_once = [&](const Draft& draft) -> std::optional<Fault> {
    const Calls calls = calls_of(draft, specification, shape);
    if (!shape.repeats) return run(calls);
    const std::string text = text_of(calls, specification);
    if (passed.count(text) != 0) return std::nullopt;
    std::optional<Fault> fault = run(calls);
    if (!fault) passed.insert(text);
    return fault;
  };
  rc::Random random(shape.seed);
  std::optional<Fault> fault;
  for (std::size_t i = 0; i < shape.programs && !fault; ++i) {
    const rc::Shrinkable<Draft> generated = drafts(random.split(), 2 * most);
    fault = run_once(generated.value());
    if (!fault || !shape.repeats) continue;
    rc::shrinkable::findLocalMin(generated, [&](const Draft& smaller) {
      std::optional<Fault> same = run_once(smaller);
      const bool fails = same.has_value();
      if (fails) fault = std::move(same);
      return fails;
    });
  }
  if (fault && fault->tell) fault->text += fault->tell();
  return fault;
}

std::string text_of(const Calls& calls, const Specification& specification) {
  std::string text;
  for (std::size_t unit = 0; unit < calls.size(); ++unit) {
    text += "unit " + std::to_string(unit) + ":";
    for (const Call& call : calls[unit]) text += " " + specification.text(call);
    text += "\n";
  }
  return text;
}

}  // namespace assay::linearizability
