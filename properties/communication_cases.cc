// The properties of communication: messages of pairs of units, of many senders to one receiver, and
// in streams come exactly once, whole, and in their sender's order.
#include "properties/communication_cases.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>

#include "models/sanitized.h"
#include "properties/draw.h"
#include "properties/plan_cases.h"
#include "properties/program_maker.h"
#include "properties/property.h"

namespace assay {
namespace {

constexpr std::size_t kMostInPairs = 64;
constexpr std::string_view kEmptyMessage = "a message of no byte";
constexpr std::string_view kOverPipe = "a message over the size of a pipe";
constexpr std::string_view kManySenders = "several senders to one receiver";
constexpr std::string_view kSeveralWaiting = "several messages of one sender in a channel";
constexpr std::string_view kStream = "thousands of messages";
// Messages cost many times more under a sanitizer.
constexpr std::size_t kStreamMessages = kSanitized ? 1'000 : 4'000;
/// Of pipe(7): a writer of more than this writes in parts, and its reader reads in parts.
constexpr std::uint32_t kPipeBytes = 64 * 1024;

/// Finds the first message that was not delivered exactly once, whole, and in its sender's order.
class Deliveries {
 public:
  explicit Deliveries(const Program& program) : program_(program) {
    for (std::size_t unit = 0; unit < program_.units.size(); ++unit) {
      for (const Step& step : program_.units[unit]) {
        if (step.op == Op::kSend) sent_[step.cell][unit].push_back(step);
      }
    }
  }

  [[nodiscard]] const Program& program() const { return program_; }

  [[nodiscard]] std::vector<std::string_view> labels() const {
    bool empty = false;
    bool large = false;
    bool many = false;
    bool several = false;
    std::size_t all = 0;
    for (const auto& [channel, senders] : sent_) {
      many = many || senders.size() > 1;
      for (const auto& [sender, messages] : senders) {
        several = several || messages.size() > 1;
        all += messages.size();
        for (const Step& message : messages) {
          empty = empty || message.count == 0;
          large = large || message.count > kPipeBytes;
        }
      }
    }
    std::vector<std::string_view> labels;
    if (empty) labels.push_back(kEmptyMessage);
    if (large) labels.push_back(kOverPipe);
    if (many) labels.push_back(kManySenders);
    if (several) labels.push_back(kSeveralWaiting);
    if (all >= kStreamMessages) labels.push_back(kStream);
    return labels;
  }

  [[nodiscard]] Finding judge(const Trace& trace) const {
    Finding finding;
    std::map<Sender, std::size_t> next;
    for (std::size_t unit = 0; unit < program_.units.size(); ++unit) {
      const auto& steps = program_.units[unit];
      for (std::size_t at = 0; at < steps.size(); ++at) {
        if (steps[at].op != Op::kReceive) continue;
        ++finding.tries;
        const std::string wrong = take(steps[at].cell, trace.units[unit].at(at), next);
        if (wrong.empty() || !finding.exclusions.empty()) continue;
        for (const Communication each : kAll) {
          finding.exclude(each, "unit " + std::to_string(unit) + " " + wrong);
        }
      }
    }
    finding.counts = {{kMessagesChecked, finding.tries}};
    return finding;
  }

 private:
  static constexpr std::array<Communication, 3> kAll{
      Communication::kIpc, Communication::kSharedMemory, Communication::kSharedState};
  using Sender = std::pair<std::uint32_t, std::size_t>;  ///< Channel and unit.

  /// Of several senders the one whose next message it is; they give their messages other values.
  [[nodiscard]] std::string take(std::uint32_t channel, const Event* event,
                                 std::map<Sender, std::size_t>& next) const {
    if (event == nullptr) return "recorded no message";
    const std::string what = "received message " + std::to_string(event->value) + " from channel " +
                             std::to_string(channel);
    std::string wrong = ", which nobody sent";
    for (const auto& [sender, messages] : sent_.at(channel)) {
      std::size_t& taken = next[{channel, sender}];
      if (taken < messages.size() && messages[taken].value == event->value) {
        return check(what, messages[taken++], *event);
      }
      const auto carries = [&](const Step& message) { return message.value == event->value; };
      const auto found = std::find_if(messages.begin(), messages.end(), carries);
      if (found == messages.end()) continue;
      wrong =
          found < messages.begin() + static_cast<std::ptrdiff_t>(taken)
              ? ", which had come before"
              : ", when " + std::to_string(messages[taken].value) + " of the same sender was due";
    }
    return what + wrong;
  }

  static std::string check(const std::string& what, const Step& due, const Event& event) {
    if ((event.aux & kDamaged) != 0) return what + " damaged";
    if (event.aux == due.count) return "";
    return what + " with " + std::to_string(event.aux) + " bytes instead of " +
           std::to_string(due.count);
  }

  Program program_;
  std::map<std::uint32_t, std::map<std::size_t, std::vector<Step>>> sent_;
};

Case case_of(const Plan& plan) {
  ProgramMaker maker(plan.units);
  maker.append(plan, true);
  const auto deliveries = std::make_shared<const Deliveries>(maker.take());
  Case made;
  made.program = deliveries->program();
  made.labels = deliveries->labels();
  made.judge = [deliveries](const Trace& trace) { return deliveries->judge(trace); };
  return made;
}

/// Fewer large messages for many units, whose memory adds up.
std::uint32_t most_bytes(std::size_t units) {
  constexpr std::uint32_t kMiB = 1024 * 1024;
  return units < kMostInPairs ? kMiB : 32 * 1024;
}

rc::Gen<Case> cases_of(const Mix& mix, std::size_t units) {
  return cases_from(plans(mix, units), &case_of);
}

/// Every two units have a channel of their own, where each message can be of any size.
rc::Gen<Case> cases_of_pairs(std::size_t units) {
  Mix mix{.kinds = {{Kind::kSend, 10}, {Kind::kYield, 2}, {Kind::kSpin, 1}, {Kind::kSleep, 1}},
          .most_moves = 96,
          .most_bytes = most_bytes(units)};
  // A pipe for every pair costs two descriptors.
  mix.to_one = units > kMostInPairs;
  mix.ordered = !mix.to_one;
  mix.least_bytes = mix.to_one ? 4 : 0;
  return cases_of(mix, units);
}

/// One receiver: messages have 4 bytes or more, which tell who sent them.
rc::Gen<Case> cases_of_many_to_one(std::size_t units) {
  return cases_of({.kinds = {{Kind::kSend, 10}, {Kind::kYield, 2}, {Kind::kSpin, 1}},
                   .most_moves = 96,
                   .least_bytes = 4,
                   .most_bytes = most_bytes(units),
                   .ordered = false,
                   .to_one = true},
                  units);
}

/// The sizes at which buffers, pages and pipes end, one byte less, and one more.
std::uint32_t edge_bytes(Draw& draw) {
  const std::uint32_t power = std::uint32_t{1} << (4 + draw.below32(13));
  return power - 1 + draw.below32(3);
}

/// A few units send each other thousands of messages, small ones for the most part. Receivers come
/// late, so that many wait at once where there is room for them.
Plan stream_plan(std::size_t units, const rc::Random& random) {
  constexpr std::int64_t kLateNs = 2'000'000;
  constexpr std::size_t kMostTogether = 4;
  Draw draw(random);
  Plan plan;
  plan.ordered = false;
  plan.units = units > 0 ? static_cast<std::uint32_t>(units) : 2 + draw.below32(kMostTogether - 1);
  plan.to_one = plan.units > kMostTogether || draw.one_in(2);
  plan.one_core = draw.one_in(4);
  if (plan.units < 2) return plan;
  plan.moves.push_back({0, sleep(kLateNs)});
  for (std::size_t i = 1; i <= kStreamMessages; ++i) {
    const std::uint32_t to = plan.to_one ? 0 : draw.below32(plan.units);
    const std::uint32_t other = draw.below32(plan.units - 1);
    const std::uint32_t from = other < to ? other : other + 1;
    if (draw.one_in(64)) plan.moves.push_back({from, yield()});
    const std::uint32_t bytes = draw.one_in(24) ? edge_bytes(draw) : 4 + draw.below32(13);
    plan.moves.push_back({from, send(to, static_cast<std::int64_t>(i), bytes)});
  }
  return plan;
}

rc::Gen<Case> cases_of_streams(std::size_t units) {
  const auto plan = [units](const rc::Random& random, int) {
    return shrinkable_plan(stream_plan(units, random));
  };
  return cases_from(rc::Gen<Plan>(plan), &case_of);
}

const PropertyRegistration kPairs({TraitId::kCommunication,
                                   "MessagesOfPairsComeOnceWholeAndInOrder",
                                   &cases_of_pairs,
                                   {kEmptyMessage, kOverPipe, kSeveralWaiting}});
const PropertyRegistration kManyToOne({TraitId::kCommunication,
                                       "MessagesOfManySendersComeOnceWholeAndInOrder",
                                       &cases_of_many_to_one,
                                       {kManySenders, kOverPipe, kSeveralWaiting}});
const PropertyRegistration kStreams({.trait = TraitId::kCommunication,
                                     .name = "ThousandsOfMessagesComeOnceWholeAndInOrder",
                                     .cases = &cases_of_streams,
                                     .must_occur = {kStream, kSeveralWaiting},
                                     .weight = 16});

}  // namespace
}  // namespace assay
