#include "report/line_child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace assay {
namespace {

[[noreturn]] void refuse() {
  const int error = errno;
  rlimit limit{};
  getrlimit(RLIMIT_NPROC, &limit);
  throw std::system_error(error, std::generic_category(),
                          "cannot start a worker process: RLIMIT_NPROC is " +
                              std::to_string(limit.rlim_cur) +
                              "; raise it (ulimit -u), or free memory, and see `assay doctor`");
}

}  // namespace

LineChild::LineChild(const std::function<void(int fd)>& be) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) refuse();
  const pid_t parent = getpid();
  std::fflush(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    close(ends[0]);
    signal(SIGPIPE, SIG_IGN);
    be(ends[1]);
  }
  const int error = errno;
  close(ends[1]);
  fd_ = ends[0];
  if (pid_ < 0) {
    close(fd_);
    errno = error;
    refuse();
  }
  fcntl(fd_, F_SETFL, O_NONBLOCK);
}

LineChild::~LineChild() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    wait();
  }
  close(fd_);
}

std::vector<std::string> LineChild::receive(bool& ended) {
  std::array<char, 65536> chunk{};
  ssize_t got = 0;
  while ((got = ::read(fd_, chunk.data(), chunk.size())) > 0 || (got < 0 && errno == EINTR)) {
    if (got > 0) buffer_.append(chunk.data(), static_cast<std::size_t>(got));
  }
  ended = got == 0;
  std::vector<std::string> lines;
  std::size_t from = 0;
  for (std::size_t end = 0; (end = buffer_.find('\n', from)) != std::string::npos; from = end + 1) {
    lines.push_back(buffer_.substr(from, end - from));
  }
  buffer_.erase(0, from);
  return lines;
}

int LineChild::wait() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return status;
}

void write_line(int fd, std::string line) {
  line += '\n';
  for (std::size_t done = 0; done < line.size();) {
    const ssize_t wrote = ::write(fd, line.data() + done, line.size() - done);
    if (wrote < 0 && errno != EINTR) _exit(1);
    if (wrote > 0) done += static_cast<std::size_t>(wrote);
  }
}

}  // namespace assay
