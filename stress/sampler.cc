#include "stress/sampler.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <new>
#include <numeric>
#include <random>
#include <utility>

#include "models/pinning.h"

namespace assay::internal {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kSliceNs = 2'000'000;
constexpr std::size_t kLine = 64;

constexpr std::size_t aligned(std::size_t bytes) { return (bytes + kLine - 1) / kLine * kLine; }

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch())
      .count();
}

std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

/// Waits for a moment of a random order of magnitude, up to some microseconds.
void jitter(std::uint64_t draw) {
  const std::uint64_t magnitude = draw % 8;
  for (std::uint64_t left = (draw >> 8) % (std::uint64_t{1} << magnitude); left > 0; --left)
    batch::relax();
}

}  // namespace

/// What the leader of a group, its unit 0, chose for the batch to come.
struct Sampler::Next {
  bool stop = false;
  std::size_t setting = 0;
  std::size_t offset = 0;
  std::uint64_t draw = 0;
};

struct Sampler::Group {
  alignas(kLine) std::atomic<std::uint32_t> arrived{0};
  alignas(kLine) std::atomic<std::uint32_t> epoch{0};
  std::atomic<std::uint32_t> sleepers{0};
  alignas(kLine) std::atomic<std::int64_t> progress_ns{0};
  alignas(kLine) Next next;

  /// The last unit to arrive calls `last` before it lets the others go.
  template <typename Last>
  bool arrive(std::size_t units, std::uint32_t before, Last last) {
    if (arrived.fetch_add(1, std::memory_order_acq_rel) + 1 < units) return false;
    last();
    arrived.store(0, std::memory_order_relaxed);
    epoch.store(before + 1);
    if (sleepers.load() > 0) syscall(SYS_futex, &epoch, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
    return true;
  }
  /// False when somebody will never come, as `broken` says.
  template <typename Last, typename Broken>
  bool meet(std::size_t units, Last last, Broken broken) {
    // About 50 us: on cores of their own units wait less. A run whose units only yielded once took
    // 10 s without a sample on a busy machine; why is not known.
    constexpr int kSpins = 2'000;
    const std::uint32_t before = epoch.load(std::memory_order_acquire);
    if (arrive(units, before, last)) return true;
    for (int tries = 0; epoch.load(std::memory_order_acquire) == before; ++tries) {
      if (tries < kSpins) {
        batch::relax();
      } else {
        sleep_while(before);
        if (epoch.load(std::memory_order_acquire) == before && broken()) return false;
      }
    }
    return true;
  }
  /// At most 10 ms, on a futex that processes share.
  void sleep_while(std::uint32_t before) {
    const timespec bound{0, 10'000'000};
    sleepers.fetch_add(1);
    syscall(SYS_futex, &epoch, FUTEX_WAIT, before, &bound, nullptr, 0);
    sleepers.fetch_sub(1);
  }
  template <typename Last>
  Routine<> meet_suspending(const UnitOf<Real>& unit, std::size_t units, Last last) {
    const std::uint32_t before = epoch.load(std::memory_order_acquire);
    if (arrive(units, before, last)) co_return;
    co_await unit.until([&] { return epoch.load(std::memory_order_acquire) != before; });
  }
};

struct Sampler::Head {
  std::atomic<std::int64_t> progress_ns{0};
  std::int64_t deadline_ns = 0;
  std::uint64_t attempt = 0;
  real::Ledger ledger;  ///< Of nobody: what UnitOf<Real> asks for.
};

/// Chooses what its group does next.
class Sampler::Leader {
 public:
  Leader(Sampler& sampler, std::size_t group)
      : sampler_(&sampler),
        group_(group),
        random_(mixed(sampler.plan_.seed + mixed(sampler.head().attempt * 1000 + group))),
        rates_(sampler.plan_.settings.size()),
        order_(rates_.size()),
        since_ns_(now_ns()),
        slice_ns_(since_ns_) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[random_() % i]);
    next_.setting = order_[0];
    draw();
  }

  Next first() const { return next_; }

  /// After a batch.
  Next next() {
    const std::int64_t now = now_ns();
    sampler_->time_ns(group_, next_.setting)
        .fetch_add(static_cast<std::uint64_t>(now - since_ns_), std::memory_order_relaxed);
    since_ns_ = now;
    if (now - slice_ns_ >= kSliceNs) {
      slice_ns_ = now;
      tell_progress(now);
      note_rate();
      choose();
    }
    ++batches_;
    next_.stop = now >= sampler_->head().deadline_ns && batches_ >= sampler_->plan_.least_batches;
    draw();
    return next_;
  }

 private:
  void draw() {
    next_.offset = random_();
    next_.draw = random_();
  }
  void tell_progress(std::int64_t now) {
    sampler_->group(group_).progress_ns.store(now, std::memory_order_relaxed);
    for (std::size_t group = 0; group < sampler_->plan_.groups; ++group)
      now = std::min(now, sampler_->group(group).progress_ns.load(std::memory_order_relaxed));
    sampler_->head().progress_ns.store(now, std::memory_order_relaxed);
  }
  /// Of what is wanted, by what the leader collected itself.
  void note_rate() {
    const std::size_t setting = next_.setting;
    std::uint64_t count = 0;
    for (const OutcomeTally::Entry& entry : sampler_->tally(group_, 0, setting).entries()) {
      if (entry.count != 0 && wanted(entry.outcome)) count += entry.count;
    }
    rates_[setting] =
        static_cast<double>(count) / static_cast<double>(sampler_->time_ns(group_, setting).load());
  }
  [[nodiscard]] bool wanted(const Outcome& outcome) const {
    const auto& all = sampler_->plan_.wanted;
    return outcome.broken() != nullptr || std::find(all.begin(), all.end(), outcome) != all.end();
  }
  void choose() {
    const auto best = std::max_element(rates_.begin(), rates_.end());
    focuses_ = !focuses_ && *best > 0;
    if (!focuses_) turn_ = (turn_ + 1) % order_.size();
    next_.setting = focuses_ ? static_cast<std::size_t>(best - rates_.begin()) : order_[turn_];
  }

  Sampler* sampler_;
  std::size_t group_;
  std::mt19937_64 random_;
  std::vector<double> rates_;  ///< Of each setting, so far.
  /// In which all settings have their turn: a short run has some of each kind.
  std::vector<std::size_t> order_;
  std::size_t turn_ = 0;
  bool focuses_ = false;
  std::size_t batches_ = 0;
  std::int64_t since_ns_;
  std::int64_t slice_ns_;
  Next next_;
};

Sampler::Sampler(SamplerPlan plan)
    : plan_(std::move(plan)),
      most_(std::max_element(plan_.settings.begin(), plan_.settings.end(),
                             [](const Setting& a, const Setting& b) { return a.batch < b.batch; })
                ->batch),
      bytes_a_group_(aligned(most_ * plan_.samples->bytes()) +
                     aligned(most_ * sizeof(batch::Marks)) + aligned(sizeof(batch::Shared))),
      control_(aligned(sizeof(Head)) +
               plan_.groups * (sizeof(Group) + plan_.settings.size() *
                                                   (aligned(sizeof(OutcomeTally)) * plan_.units +
                                                    sizeof(std::atomic<std::uint64_t>)))) {
  const std::size_t bytes = plan_.groups * bytes_a_group_;
  if (plan_.private_memory) {
    private_ = static_cast<std::byte*>(::operator new(bytes, std::align_val_t(kLine)));
    instances_ = private_;
  } else {
    instances_ = shared_.emplace(bytes).data();
  }
  new (&head()) Head();
}

Sampler::~Sampler() {
  if (private_ != nullptr) ::operator delete(private_, std::align_val_t(kLine));
}

Sampler::Head& Sampler::head() const { return *control_.at<Head>(0); }
Sampler::Group& Sampler::group(std::size_t index) const {
  return *control_.at<Group>(aligned(sizeof(Head)) + index * sizeof(Group));
}
OutcomeTally& Sampler::tally(std::size_t group, std::size_t unit, std::size_t setting) const {
  const std::size_t index = (group * plan_.units + unit) * plan_.settings.size() + setting;
  return *control_.at<OutcomeTally>(aligned(sizeof(Head)) + plan_.groups * sizeof(Group) +
                                    index * aligned(sizeof(OutcomeTally)));
}
std::atomic<std::uint64_t>& Sampler::time_ns(std::size_t group, std::size_t setting) const {
  const std::size_t tallies = plan_.groups * plan_.units * plan_.settings.size();
  const std::size_t index = group * plan_.settings.size() + setting;
  return *control_.at<std::atomic<std::uint64_t>>(
      aligned(sizeof(Head)) + plan_.groups * sizeof(Group) +
      tallies * aligned(sizeof(OutcomeTally)) + index * sizeof(std::atomic<std::uint64_t>));
}

void Sampler::prepare(Clock::time_point deadline, std::uint64_t attempt) {
  head().attempt = attempt;
  head().deadline_ns =
      std::chrono::duration_cast<std::chrono::nanoseconds>(deadline.time_since_epoch()).count();
  const std::int64_t now = now_ns();
  head().progress_ns = now;
  for (std::size_t i = 0; i < plan_.groups; ++i) {
    new (&group(i)) Group();
    group(i).progress_ns = now;
  }
}

const std::atomic<std::int64_t>* Sampler::progress_ns() const { return &head().progress_ns; }

Samples::Pass Sampler::pass(std::size_t group, const Next& next) const {
  const Setting& setting = plan_.settings[next.setting];
  std::byte* base = instances_ + group * bytes_a_group_;
  std::byte* marks = base + aligned(most_ * plan_.samples->bytes());
  return {.instances = base,
          .marks = reinterpret_cast<batch::Marks*>(marks),
          .shared = reinterpret_cast<batch::Shared*>(marks + aligned(most_ * sizeof(batch::Marks))),
          .mask = setting.batch - 1,
          .offset = next.offset & (setting.batch - 1),
          .stride = setting.stride,
          .units = plan_.units};
}

void Sampler::make_all(std::size_t group) const {
  const Samples::Pass all = pass(group, {});
  new (all.shared) batch::Shared();
  plan_.samples->make(all, 0, most_);
}

void Sampler::place(std::size_t group, std::size_t unit, Placement placement) const {
  if (!plan_.pins) return;
  if (const auto cpu = plan_.topology.cpu(placement, group, unit, plan_.units)) return pin_to(*cpu);
  pin_to(plan_.topology.numbers());
}

void Sampler::collect(const Samples::Pass& pass, OutcomeTally& tally, std::size_t unit) const {
  const std::size_t from = pass.size() * unit / plan_.units;
  const std::size_t to = pass.size() * (unit + 1) / plan_.units;
  plan_.samples->collect(pass, from, to, tally);
  if (!plan_.private_memory) return;
  plan_.samples->make(pass, 0, from);
  plan_.samples->make(pass, to, pass.size());
}

void Sampler::run(Unit& self) {
  const std::size_t of = self.index() / plan_.units;
  const std::size_t unit = self.index() % plan_.units;
  Group& mine = group(of);
  std::optional<Leader> leader;
  if (unit == 0) mine.next = leader.emplace(*this, of).first();
  if (unit == 0 || plan_.private_memory) make_all(of);
  batch::Shared& shared = *pass(of, {}).shared;
  const auto clear = [&shared] {
    shared.marked.store(false, std::memory_order_relaxed);
    shared.passed.store(0, std::memory_order_relaxed);
  };
  // A process that crashed: the others must not wait for it.
  const auto broken = [&] {
    for (std::size_t i = 0; i < plan_.units; ++i) {
      if (i != unit && self.ended(of * plan_.units + i)) return true;
    }
    return false;
  };
  const auto meet = [&] { return mine.meet(plan_.units, [] {}, broken); };
  std::optional<Placement> placed;
  for (;;) {
    if (!mine.meet(plan_.units, clear, broken)) return;
    const Next next = mine.next;
    if (next.stop) return;
    if (plan_.private_memory) clear();
    const Samples::Pass now = pass(of, next);
    const Placement placement = plan_.settings[next.setting].placement;
    if (placed != placement) {
      place(of, unit, placement);
      placed = placement;
      if (!meet()) return;
    }
    jitter(mixed(next.draw + unit));
    plan_.samples->run(now, unit);
    shared.passed.fetch_or(UnitOf<Batch>::bit(unit), std::memory_order_release);
    if (!meet()) return;
    collect(now, tally(of, unit, next.setting), unit);
    if (leader) mine.next = leader->next();
  }
}

Routine<> Sampler::run_suspending(Unit& unit) {
  Group& mine = group(0);
  const std::size_t index = unit.index();
  const UnitOf<Real> self(unit, head().ledger);
  std::optional<Leader> leader;
  if (index == 0) {
    mine.next = leader.emplace(*this, 0).first();
    make_all(0);
  }
  const auto nothing = [] {};
  std::size_t first = 0;
  for (;;) {
    // Who comes last need not wait, and may be ahead for the whole batch: chance says who that is.
    if (index == first) {
      co_await self.until(
          [&] { return mine.arrived.load(std::memory_order_acquire) + 1 == plan_.units; });
    }
    co_await mine.meet_suspending(self, plan_.units, nothing);
    const Next next = mine.next;
    first = mixed(next.draw) % plan_.units;
    if (next.stop) co_return;
    const Samples::Pass now = pass(0, next);
    co_await plan_.samples->run_suspending(now, unit, mixed(next.draw + index));
    co_await mine.meet_suspending(self, plan_.units, nothing);
    collect(now, tally(0, index, next.setting), index);
    if (leader) mine.next = leader->next();
  }
}

OutcomeTally Sampler::tally(std::size_t setting) const {
  OutcomeTally sum;
  for (std::size_t of = 0; of < plan_.groups; ++of) {
    for (std::size_t unit = 0; unit < plan_.units; ++unit) sum.add(tally(of, unit, setting));
  }
  return sum;
}

double Sampler::seconds(std::size_t setting) const {
  std::uint64_t sum = 0;
  for (std::size_t of = 0; of < plan_.groups; ++of) sum += time_ns(of, setting).load();
  return static_cast<double>(sum) * 1e-9;
}

}  // namespace assay::internal
