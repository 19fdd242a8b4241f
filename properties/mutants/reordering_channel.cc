// Threads whose channel delivers the youngest message first.
#include <mutex>
#include <vector>

#include "properties/mutants/threads.h"

namespace assay {
namespace {

class Stack : public Channel {
 public:
  void send(std::span<const std::byte> message) override {
    {
      const std::lock_guard hold(mutex_);
      messages_.emplace_back(message.begin(), message.end());
    }
    arrived_.notify_one();
  }
  bool try_receive(Message& message) override {
    const std::lock_guard hold(mutex_);
    return !messages_.empty() && take(message);
  }
  bool receive_blocking(Message& message) override {
    std::unique_lock hold(mutex_);
    arrived_.wait(hold, [this] { return !messages_.empty(); });
    return take(message);
  }

 private:
  bool take(Message& message) {
    message = std::move(messages_.back());
    messages_.pop_back();
    return true;
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Message> messages_;
};

class ReorderingChannel : public MutantThreads {
 public:
  ReorderingChannel() : MutantThreads("reordering_channel") {}

 private:
  std::unique_ptr<Channel> make_channel() override { return std::make_unique<Stack>(); }
};

ReorderingChannel mutant;
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "std_thread",
     .breaks = "a channel delivers the youngest of its messages first",
     .dies = {{TraitId::kCommunication, "messages of one sender come in another order"}}});

}  // namespace
}  // namespace assay
