// Coroutines whose channel drops large messages.
#include "properties/mutants/coroutines.h"

namespace assay {
namespace {

/// Small messages, by which programs keep their order, come.
constexpr std::size_t kLarge = 1'024;

class Drops : public QueueChannel {
 public:
  void send(std::span<const std::byte> message) override {
    if (message.size() < kLarge) QueueChannel::send(message);
  }
};

class DroppingChannel : public MutantCoroutines {
 public:
  DroppingChannel() : MutantCoroutines("dropping_channel") {}

 private:
  std::unique_ptr<Channel> make_channel() override { return std::make_unique<Drops>(); }
};

DroppingChannel mutant;
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "coroutine",
     .breaks = "a channel drops messages of 1 KiB and more",
     .dies = {{TraitId::kCommunication, "a receiver waits for a message that never comes"}}});

}  // namespace
}  // namespace assay
