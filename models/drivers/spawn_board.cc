#include "models/drivers/spawn_board.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "models/interpreter.h"

namespace assay {
namespace {

constexpr std::size_t kLine = 64;

std::size_t aligned(std::size_t bytes) { return (bytes + kLine - 1) / kLine * kLine; }

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// Hands out room, one part after the other.
class Room {
 public:
  std::uint64_t take(std::size_t bytes) {
    const std::uint64_t at = used_;
    used_ += aligned(bytes);
    return at;
  }
  [[nodiscard]] std::uint64_t used() const { return used_; }

 private:
  std::uint64_t used_ = 0;
};

}  // namespace

struct SpawnBoard::ChannelPlace {
  PipeChannel::Ends ends;
  alignas(kLine) std::array<std::byte, sizeof(PipeChannel::Shared)> shared;
};

Program program_of_one(std::vector<Step> steps) {
  Program program;
  program.units.push_back(std::move(steps));
  return program;
}

SpawnBoard::SpawnBoard(const Program& program) : fd_(memfd_create("assay-board", MFD_CLOEXEC)) {
  if (fd_ < 0) fail("cannot make the file that units share");
  Room room;
  room.take(sizeof(Header));
  const std::size_t units = program.units.size();
  const std::uint64_t ends_at = room.take(EndRecords::bytes_for(units));
  const std::uint64_t locks_at = room.take(program.locks * sizeof(std::atomic<std::uint32_t>));
  const std::uint64_t channels_at = room.take(program.channels * sizeof(ChannelPlace));
  const std::uint64_t cells_at = room.take(kCells * sizeof(std::int64_t));
  const std::uint64_t places_at = room.take(units * sizeof(Place));
  std::vector<Place> places;
  places.reserve(units);
  for (const auto& steps : program.units) {
    const std::uint64_t steps_at = room.take(steps.size() * sizeof(Step));
    places.push_back(
        {steps_at, steps.size(), room.take(TraceLayout(program_of_one(steps)).bytes())});
  }
  if (ftruncate(fd_, static_cast<off_t>(room.used())) != 0) {
    const int error = errno;
    close(fd_);
    errno = error;
    fail("cannot make the file that units share");
  }
  map();
  Header& own = header();
  own.units = units;
  own.channels = program.channels;
  own.locks = program.locks;
  own.ends_at = ends_at;
  own.locks_at = locks_at;
  own.channels_at = channels_at;
  own.cells_at = cells_at;
  own.places_at = places_at;
  for (std::size_t unit = 0; unit < units; ++unit) {
    place(unit) = places[unit];
    const auto& steps = program.units[unit];
    std::copy(steps.begin(), steps.end(), at<Step>(places[unit].steps_at));
  }
}

SpawnBoard::SpawnBoard(int fd) : fd_(fd) { map(); }

SpawnBoard::~SpawnBoard() {
  if (data_ != nullptr) munmap(data_, bytes_);
  close(fd_);
}

void SpawnBoard::map() {
  struct stat file{};
  if (fstat(fd_, &file) != 0) fail("cannot look at the file that units share");
  bytes_ = static_cast<std::size_t>(file.st_size);
  void* mapped = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
  if (mapped == MAP_FAILED) fail("cannot map the file that units share");
  data_ = static_cast<std::byte*>(mapped);
}

void SpawnBoard::make_channels(std::vector<std::unique_ptr<Channel>>& channels) const {
  for (std::uint64_t i = 0; i < header().channels; ++i) {
    ChannelPlace& place = at<ChannelPlace>(header().channels_at)[i];
    auto made = std::make_unique<PipeChannel>(place.shared.data());
    place.ends = made->ends();
    for (const PipeChannel::Pipe& pipe : {place.ends.messages, place.ends.bytes}) {
      for (const int end : {pipe.reading, pipe.writing}) fcntl(end, F_SETFD, 0);
    }
    channels.push_back(std::move(made));
  }
}

void SpawnBoard::open_channels(std::vector<std::unique_ptr<Channel>>& channels) const {
  for (std::uint64_t i = 0; i < header().channels; ++i) {
    ChannelPlace& place = at<ChannelPlace>(header().channels_at)[i];
    channels.push_back(std::make_unique<PipeChannel>(place.shared.data(), place.ends));
  }
}

std::vector<Step> SpawnBoard::steps(std::size_t unit) const {
  const Step* first = at<Step>(place(unit).steps_at);
  return {first, first + place(unit).steps};
}

std::byte* SpawnBoard::trace(std::size_t unit) const { return data_ + place(unit).trace_at; }

std::vector<UnitTrace> SpawnBoard::traces(const Program& program, const End& host) const {
  std::vector<UnitTrace> all;
  for (std::size_t unit = 0; unit < header().units; ++unit) {
    const TraceLayout layout(program_of_one(program.units[unit]));
    all.push_back({layout.events(trace(unit), 0), ends().result(unit, host)});
  }
  return all;
}

}  // namespace assay
