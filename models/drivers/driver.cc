#include "models/drivers/driver.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include "models/drivers/answer_lines.h"
#include "models/drivers/driver_costs.h"
#include "models/drivers/driver_session.h"
#include "models/drivers/exec.h"
#include "models/host.h"
#include "models/interpreter.h"
#include "models/printable.h"
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

std::string in_quotes(std::string_view text) { return "'" + printable(text, kShown) + "'"; }

/// The last of what the driver printed on standard error, on one line.
std::string tail_of(const std::string& output) {
  constexpr std::size_t kTail = 300;
  std::string tail = output.size() > kTail ? output.substr(output.size() - kTail) : output;
  tail = without_blanks(tail);
  std::replace(tail.begin(), tail.end(), '\n', ' ');
  return tail.empty() ? "; it printed nothing on standard error"
                      : "; its standard error ends: " + printable(tail, kTail);
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
Trace trace_of_line(std::string_view line, const Program& program) {
  if (line.empty()) throw std::invalid_argument("expected a line of JSON, found nothing");
  if (line.front() != '{') {
    throw std::invalid_argument("expected a line of JSON, found " + in_quotes(line));
  }
  Trace trace = trace_from_json(line);
  check_against(program, trace);
  return trace;
}

/// What is wrong with an answer that goes on after its first line.
std::string why_not_more(const Lines& lines) {
  const bool is_part = lines.first.starts_with('{') && !lines.first.ends_with('}');
  return is_part ? "expected the answer in one line, found one that goes on after " +
                       in_quotes(lines.first)
                 : "expected one line, found more: " + in_quotes(lines.more);
}

/// Reads the one line. Throws std::invalid_argument when it is none, or more than one.
Trace trace_of(const std::string& answer, const Program& program) {
  const Lines lines = lines_of(answer);
  if (!lines.ended && lines.first.starts_with('{')) {
    throw std::invalid_argument(
        "expected a line of JSON, found half a line, which no newline ends: " +
        in_quotes(lines.first));
  }
  if (!lines.more.empty() && lines.first.starts_with('{')) {
    throw std::invalid_argument(why_not_more(lines));
  }
  return trace_of_line(lines.first, program);
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
            " bytes, found more; it begins " + in_quotes(lines_of(answer).first)),
      output);
}

Trace judge(const std::string& name, const Program& program, const HostResult& host,
            const std::string& answer) {
  if (answer.size() >= answer_bound(program)) return too_much(name, program, answer, host.output);
  const std::string tail = tail_of(host.output);
  if (host.end.kind == EndKind::kGaveUp && lines_of(answer).ended) {
    const std::string why = "expected it to answer and exit, but it answered and went on " +
                            host.end.what + " (one that stays is --resident)";
    return failed(program, {EndKind::kGaveUp, 0, name + ": " + why + tail}, host.output);
  }
  if (!host.end.ok()) {
    const std::string wrote = answer.empty() ? "" : "; it had written " + in_quotes(answer);
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
  const std::string& file = spec_.command.front();
  // execve(2) says the same of a script and of the interpreter that its first line names.
  const bool is_there = file.find('/') != std::string::npos && access(file.c_str(), F_OK) == 0;
  return not_started(program, name_ + " cannot be started: " + file + ": " +
                                  (error == ENOENT && is_there
                                       ? "the interpreter that its first line names is missing"
                                       : std::strerror(error)) +
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
  const std::uint64_t answered = session_->answered();
  session_.reset();
  if (refusal != 0) return refused(program, refusal);
  const auto failed_as = [&](const std::string& why) {
    return failed(program, threw(name_ + ": " + why + tail_of(host.output)), host.output);
  };
  const Lines lines = lines_of(answer.text);
  if (answer.unasked) {
    return failed_as("expected one line, found more before it was asked: " +
                     in_quotes(lines.first));
  }
  if (!answer.ended && !lines.more.empty()) return failed_as(why_not_more(lines));
  if (host.end.ok() && lines.first.empty() && answered > 0) {
    return failed_as(
        "expected it to answer one program after the other (--resident), but it "
        "exited with 0 after " +
        std::to_string(answered) + (answered == 1 ? " answer" : " answers"));
  }
  return judge(name_, program, host, answer.text);
}

}  // namespace assay
