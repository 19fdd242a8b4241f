// Threads whose channels deliver one of a thousand messages twice.
#include <atomic>

#include "properties/mutants/threads.h"

namespace assay {
namespace {

constexpr std::uint64_t kOneOf = 1'000;

class Repeats : public WaitingChannel {
 public:
  explicit Repeats(std::atomic<std::uint64_t>& sent) : sent_(&sent) {}
  void send(std::span<const std::byte> message) override {
    WaitingChannel::send(message);
    if (++*sent_ % kOneOf == 0) WaitingChannel::send(message);
  }

 private:
  std::atomic<std::uint64_t>* sent_;
};

class RareDuplicates : public MutantThreads {
 public:
  RareDuplicates() : MutantThreads("rare_duplicates") {}

 private:
  std::unique_ptr<Channel> make_channel() override { return std::make_unique<Repeats>(sent_); }

  std::atomic<std::uint64_t> sent_{0};
};

RareDuplicates mutant;
const MutantRegistration kRegistered({.runtime = &mutant,
                                      .pretends = "std_thread",
                                      .breaks = "one of a thousand messages is delivered twice",
                                      .dies = {{TraitId::kCommunication,
                                                "a message of a long stream is received again"}}});

}  // namespace
}  // namespace assay
