// Processes whose channel delivers messages of some sizes twice.
#include <fcntl.h>

#include "properties/mutants/processes.h"

namespace assay {
namespace {

/// Small messages, by which programs keep their order, come once.
constexpr std::size_t kFrom = 256;
constexpr std::size_t kBelow = 1'024;

class SendsTwice : public PipeChannel {
 public:
  /// With room for what nobody receives, because duplicates were received instead.
  SendsTwice() {
    for (const int end : {ends().messages.writing, ends().bytes.writing}) {
      fcntl(end, F_SETPIPE_SZ, 1 << 20);
    }
  }
  void send(std::span<const std::byte> message) override {
    PipeChannel::send(message);
    const bool twice = message.size() >= kFrom && message.size() < kBelow;
    if (twice) PipeChannel::send(message);
  }
};

class DuplicatingChannel : public MutantProcesses {
 public:
  DuplicatingChannel() : MutantProcesses("duplicating_channel") {}

 private:
  std::unique_ptr<Channel> make_channel() override { return std::make_unique<SendsTwice>(); }
};

DuplicatingChannel mutant;
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "fork",
     .breaks = "a channel delivers messages of 256 bytes to 1 KiB twice",
     .dies = {{TraitId::kCommunication, "the same message is received again"}}});

}  // namespace
}  // namespace assay
