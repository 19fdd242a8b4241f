/// The board of a run: what a program and its units share, in an anonymous file that fresh images
/// inherit and map.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/process/pipe_channel.h"
#include "models/program.h"
#include "models/trace.h"
#include "models/unit.h"

namespace assay {

class SpawnBoard {
 public:
  struct Header {
    std::uint64_t units;
    std::uint64_t channels;
    std::uint64_t locks;
    std::uint64_t ends_at;
    std::uint64_t locks_at;
    std::uint64_t channels_at;
    std::uint64_t cells_at;
    std::uint64_t places_at;
    std::atomic<std::uint64_t> finished;
    std::int64_t wall_ns;
    std::int64_t cpu_ns;
  };

  /// Makes the board of a program. Throws std::system_error when it is refused.
  explicit SpawnBoard(const Program& program);
  /// The board that another process made, by its inherited descriptor.
  explicit SpawnBoard(int fd);
  SpawnBoard(const SpawnBoard&) = delete;
  SpawnBoard& operator=(const SpawnBoard&) = delete;
  ~SpawnBoard();

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] Header& header() const { return *at<Header>(0); }
  [[nodiscard]] EndRecords ends() const {
    return {at<std::byte>(header().ends_at), header().units};
  }
  [[nodiscard]] std::span<std::atomic<std::uint32_t>> locks() const {
    return {at<std::atomic<std::uint32_t>>(header().locks_at), header().locks};
  }
  [[nodiscard]] std::int64_t* shared_cells() const { return at<std::int64_t>(header().cells_at); }

  /// Makes the channels, with descriptors that fresh images inherit.
  void make_channels(std::vector<std::unique_ptr<Channel>>& channels) const;
  /// The channels that another process made.
  void open_channels(std::vector<std::unique_ptr<Channel>>& channels) const;

  [[nodiscard]] std::vector<Step> steps(std::size_t unit) const;
  /// Where the events of a unit lie, in the layout of a program of this unit alone.
  [[nodiscard]] std::byte* trace(std::size_t unit) const;

  /// What became of the units, given what became of their host.
  [[nodiscard]] std::vector<UnitTrace> traces(const Program& program, const End& host) const;

 private:
  struct Place {
    std::uint64_t steps_at;
    std::uint64_t steps;
    std::uint64_t trace_at;
  };
  struct ChannelPlace;

  template <typename T>
  [[nodiscard]] T* at(std::uint64_t offset) const {
    return reinterpret_cast<T*>(data_ + offset);
  }
  [[nodiscard]] Place& place(std::size_t unit) const { return at<Place>(header().places_at)[unit]; }
  void map();

  int fd_;
  std::size_t bytes_ = 0;
  std::byte* data_ = nullptr;
};

/// A program of one unit with these steps: its trace has the layout of a unit on a board.
Program program_of_one(std::vector<Step> steps);

}  // namespace assay
