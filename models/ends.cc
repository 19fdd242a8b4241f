#include "models/ends.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

namespace assay {
namespace {

std::size_t room_of_kinds(std::size_t units) { return (units + 63) / 64 * 64; }

}  // namespace

const End& Ends::operator[](std::size_t unit) const {
  static const End kCompletedEnd{EndKind::kCompleted, 0, ""};
  const auto found =
      std::lower_bound(failed_.begin(), failed_.end(), unit,
                       [](const auto& each, auto wanted) { return each.first < wanted; });
  return found != failed_.end() && found->first == unit ? found->second : kCompletedEnd;
}

const End& Ends::at(std::size_t unit) const {
  if (unit < units_) return (*this)[unit];
  throw std::out_of_range("unit " + std::to_string(unit) + " of " + std::to_string(units_));
}

std::size_t EndRecords::bytes_for(std::size_t units) {
  return room_of_kinds(units) + room_of_kinds(units * sizeof(Failure));
}

EndRecords::EndRecords(std::byte* memory, std::size_t units)
    : kinds_(reinterpret_cast<std::atomic<std::uint8_t>*>(memory)),
      failures_(reinterpret_cast<Failure*>(memory + room_of_kinds(units))),
      size_(units) {}

EndRecords EndRecords::of(std::size_t unit) const {
  EndRecords one;
  one.kinds_ = kinds_ + unit;
  one.failures_ = failures_ + unit;
  one.size_ = 1;
  return one;
}

void EndRecords::tell(std::size_t unit, const End& end) const {
  const EndKind known = kind(unit);
  const bool clean_exit_of_completed = known == EndKind::kCompleted && end.ok();
  if (known == EndKind::kThrew || clean_exit_of_completed) return;
  if (end.code != 0) failures_[unit].code = end.code;
  if (!end.what.empty()) say(unit, end.what);
  mark(unit, end.kind);
}

void EndRecords::say(std::size_t unit, std::string_view text) const {
  auto& room = failures_[unit].what;
  const std::size_t length = std::min(text.size(), room.size() - 1);
  std::memcpy(room.data(), text.data(), length);
  room.at(length) = '\0';
}

End EndRecords::end(std::size_t unit) const {
  const EndKind known = kind(unit);
  // The text of a unit that completed is not looked at: reading it would allocate its page.
  if (known == EndKind::kCompleted) return {known, 0, ""};
  const Failure& failure = failures_[unit];
  return {known, failure.code,
          std::string(failure.what.data(), strnlen(failure.what.data(), failure.what.size()))};
}

End EndRecords::result(std::size_t unit, const End& host) const {
  // What still ran when its host was given up hung, or waited for one that did.
  if (kind(unit) == EndKind::kRunning && host.kind == EndKind::kGaveUp) {
    return {EndKind::kGaveUp, 0, host.what + "; its host was removed"};
  }
  return end(unit);
}

Ends EndRecords::results(const End& host) const {
  Ends results(size_);
  for (std::size_t unit = 0; unit < size_; ++unit) {
    if (kind(unit) != EndKind::kCompleted) results.add_failure(unit, result(unit, host));
  }
  return results;
}

}  // namespace assay
