#include "models/drivers/driver.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include "models/drivers/driver_costs.h"
#include "models/drivers/driver_session.h"
#include "models/drivers/exec.h"
#include "models/host.h"
#include "models/interpreter.h"
#include "models/program_json.h"
#include "models/shared_mapping.h"

namespace assay {
namespace {

constexpr std::size_t kShown = 120;

/// An anonymous file. Throws std::system_error when it is refused.
class File {
 public:
  explicit File(const char* name) : fd_(memfd_create(name, MFD_CLOEXEC)) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), name);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { close(fd_); }

  [[nodiscard]] int fd() const { return fd_; }

  /// Fills the file; what reads from it starts at its beginning.
  void fill(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t written = ::write(fd_, text.data(), text.size());
      if (written < 0) throw std::system_error(errno, std::generic_category(), "write a request");
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    lseek(fd_, 0, SEEK_SET);
  }

  [[nodiscard]] std::string text() const {
    std::string all(static_cast<std::size_t>(lseek(fd_, 0, SEEK_END)), '\0');
    std::size_t have = 0;
    while (have < all.size()) {
      const ssize_t got =
          pread(fd_, all.data() + have, all.size() - have, static_cast<off_t>(have));
      if (got <= 0) break;
      have += static_cast<std::size_t>(got);
    }
    all.resize(have);
    return all;
  }

 private:
  int fd_;
};

/// Far more than any answer takes.
std::size_t answer_bound(const Program& program) {
  constexpr std::size_t kLeast = std::size_t{16} * 1024 * 1024;
  constexpr std::size_t kUnit = 1024;
  constexpr std::size_t kStep = 128;
  std::size_t bytes = kLeast + program.units.size() * kUnit;
  for (const auto& steps : program.units) bytes += steps.size() * kStep;
  return bytes;
}

std::string quoted(const std::string& text) {
  return "'" + text.substr(0, kShown) + (text.size() > kShown ? "...'" : "'");
}

/// The last of what the driver printed on standard error, on one line.
std::string tail_of(const std::string& output) {
  constexpr std::size_t kTail = 300;
  std::string tail = output.size() > kTail ? output.substr(output.size() - kTail) : output;
  while (!tail.empty() && tail.back() == '\n') tail.pop_back();
  std::replace(tail.begin(), tail.end(), '\n', ' ');
  return tail.empty() ? "; it printed nothing on standard error"
                      : "; its standard error ends: " + tail;
}

/// Throws std::invalid_argument when the trace cannot be one of the program.
void check_against(const Program& program, const Trace& trace) {
  if (trace.units.size() != program.units.size()) {
    throw std::invalid_argument("expected a trace of " + std::to_string(program.units.size()) +
                                " units, found one of " + std::to_string(trace.units.size()));
  }
  for (std::size_t u = 0; u < trace.units.size(); ++u) {
    const auto& events = trace.units[u].events;
    const std::size_t steps = program.units[u].size();
    const std::string expected =
        "unit " + std::to_string(u) + ": expected events of " + std::to_string(steps) + " steps, ";
    if (!events.empty() && events.back().step >= steps) {
      throw std::invalid_argument(expected + "found one of step " +
                                  std::to_string(events.back().step));
    }
    if (trace.units[u].end.ok() && events.size() != steps) {
      throw std::invalid_argument(expected + "found " + std::to_string(events.size()) +
                                  " although it completed");
    }
  }
}

/// The trace that a line says. Throws std::invalid_argument when it says none.
Trace trace_of_line(const std::string& line, const Program& program) {
  if (line.empty() || line.front() != '{') {
    throw std::invalid_argument("expected a line of JSON, found " + quoted(line));
  }
  Trace trace = trace_from_json(line);
  check_against(program, trace);
  return trace;
}

/// Reads the one line. Throws std::invalid_argument when it is none, or more than one.
Trace trace_of(const std::string& answer, const Program& program) {
  const std::size_t end = answer.find('\n');
  if (answer.empty()) throw std::invalid_argument("expected a line of JSON, found nothing");
  const std::string line = answer.substr(0, end);
  if (end == std::string::npos && line.front() == '{') {
    throw std::invalid_argument("expected a line of JSON, found half a line: " + quoted(line));
  }
  if (end + 1 < answer.size() && line.front() == '{') {
    throw std::invalid_argument("expected one line, found more: " + quoted(answer.substr(end + 1)));
  }
  return trace_of_line(line, program);
}

Trace failed(const Program& program, End host, const std::string& output) {
  Trace trace;
  // Nothing is known of them: they may have run.
  trace.units.assign(program.units.size(), {{}, {EndKind::kRunning, 0, ""}});
  trace.host = std::move(host);
  trace.output = output;
  return trace;
}

Trace not_started(const Program& program, const std::string& why) {
  Trace trace;
  trace.units.resize(program.units.size());
  trace.units.front().end.what = why;
  trace.host = {EndKind::kThrew, 0, why};
  return trace;
}

End threw(std::string what) { return {EndKind::kThrew, 0, std::move(what)}; }

/// What a driver did that did not end as it should.
End end_without_answer(const std::string& name, const End& host, const std::string& rest) {
  if (host.kind == EndKind::kExited) {
    return threw(name + ": expected it to answer and exit with 0, but it " + to_string(host) +
                 rest);
  }
  return {host.kind, host.code,
          name + (host.what.empty() ? "" : " gave no answer " + host.what) + rest};
}

Trace too_much(const std::string& name, const Program& program, const std::string& answer,
               const std::string& output) {
  return failed(
      program,
      threw(name + ": expected an answer of less than " + std::to_string(answer_bound(program)) +
            " bytes, found more; it begins " + quoted(answer.substr(0, answer.find('\n')))),
      output);
}

Trace judge(const std::string& name, const Program& program, const HostResult& host,
            const std::string& answer) {
  if (answer.size() >= answer_bound(program)) return too_much(name, program, answer, host.output);
  const std::string tail = tail_of(host.output);
  if (!host.end.ok()) {
    const std::string wrote = answer.empty() ? "" : "; it had written " + quoted(answer);
    return failed(program, end_without_answer(name, host.end, wrote + tail), host.output);
  }
  try {
    Trace trace = trace_of(answer, program);
    trace.output += host.output;
    return trace;
  } catch (const std::invalid_argument& error) {
    return failed(program, threw(name + ": " + error.what() + tail), host.output);
  }
}

}  // namespace

DriverRuntime::DriverRuntime(DriverSpec spec)
    : spec_(std::move(spec)), name_("driver " + spec_.info.name) {
  if (spec_.command.empty()) {
    throw std::invalid_argument(spec_.info.name + ": expected a command of a driver, found none");
  }
  if (spec_.has_costs) costs_ = make_driver_costs(spec_);
}

DriverRuntime::~DriverRuntime() = default;

Trace DriverRuntime::run(const Program& program) {
  validate(program);
  return spec_.resident ? ask_resident(program) : run_once(program);
}

std::chrono::nanoseconds DriverRuntime::patience(const Program& program) const {
  return std::chrono::nanoseconds(program.bound_ns / 4 * 5) + spec_.own_time;
}

Trace DriverRuntime::refused(const Program& program, int error) const {
  return not_started(program, name_ + " cannot be started: " + spec_.command.front() + ": " +
                                  std::strerror(error) +
                                  (spec_.remedy.empty() ? "" : "; " + spec_.remedy));
}

/// A driver for this program alone.
Trace DriverRuntime::run_once(const Program& program) const {
  const File request("assay-request");
  const File answer("assay-answer");
  request.fill(to_json(program) + "\n");
  const SharedMapping memory(sizeof(int));
  int& refusal = *memory.at<int>(0);
  const HostOptions options{.bound = patience(program), .linger = {}, .linger_bound = {}};
  const HostResult host = run_in_host(options, [&] {
    const std::size_t bytes = answer_bound(program);
    const rlimit most{bytes, bytes};
    setrlimit(RLIMIT_FSIZE, &most);
    refusal = become(spec_.command, request.fd(), answer.fd());
  });
  if (refusal != 0) return refused(program, refusal);
  return judge(name_, program, host, answer.text());
}

/// The driver that stays; it is removed after anything but a program that completed.
Trace DriverRuntime::ask_resident(const Program& program) {
  if (!session_ || !session_->is_own()) session_ = std::make_unique<DriverSession>(spec_.command);
  const auto answer = session_->ask(to_json(program), patience(program), answer_bound(program));
  if (answer.whole) {
    try {
      Trace trace = trace_of_line(answer.text, program);
      if (trace.completed()) return trace;
      trace.output += session_->errors();
      session_.reset();
      return trace;
    } catch (const std::invalid_argument& error) {
      const HostResult host = session_->end(answer, patience(program));
      session_.reset();
      return failed(program, threw(name_ + ": " + error.what() + tail_of(host.output)),
                    host.output);
    }
  }
  const HostResult host = session_->end(answer, patience(program));
  const int refusal = session_->refusal();
  session_.reset();
  if (refusal != 0) return refused(program, refusal);
  if (answer.unasked || answer.text.find('\n') != std::string::npos) {
    const std::string when = answer.unasked ? " before it was asked" : "";
    return failed(
        program,
        threw(name_ + ": expected one line, found more" + when + ": " +
              quoted(answer.text.substr(0, answer.text.find('\n'))) + tail_of(host.output)),
        host.output);
  }
  return judge(name_, program, host, answer.text);
}

}  // namespace assay
