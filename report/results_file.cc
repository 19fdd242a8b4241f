#include "report/results_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace assay {
namespace {

constexpr mode_t kMode = 0666;

std::string folder_of(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  return folder.empty() ? "." : folder.string();
}

}  // namespace

ResultsFile::ResultsFile(std::string path) : path_(std::move(path)), target_(path_) {
  if (path_.empty()) {
    errno = ENOENT;
    refuse("name a file");
  }
  struct stat at{};
  const bool exists = stat(path_.c_str(), &at) == 0;
  if (exists && S_ISDIR(at.st_mode)) {
    errno = EISDIR;
    refuse("name a file, not a folder");
  }
  if (exists && access(path_.c_str(), W_OK) != 0) refuse("name a file that you may write to");
  device_ = exists && !S_ISREG(at.st_mode);
  if (device_) {
    fd_ = open(path_.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd_ < 0) refuse("name a file that you may write to");
    return;
  }
  if (exists) target_ = std::filesystem::canonical(path_).string();
  const std::string folder = folder_of(target_);
  if (access(folder.c_str(), W_OK | X_OK) == 0) {
    fd_ = open(folder.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, kMode);
  }
  if (fd_ < 0 && errno != EOPNOTSUPP && errno != EISDIR) {
    refuse("name a file in a folder that exists and that you may write to");
  }
  if (fd_ < 0) part_ = target_ + "." + std::to_string(getpid()) + ".part";
}

ResultsFile::~ResultsFile() {
  if (fd_ >= 0) close(fd_);
}

void ResultsFile::write(const std::string& text) {
  if (fd_ < 0) fd_ = open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kMode);
  if (fd_ < 0) refuse("the results are lost");
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t wrote = ::write(fd_, text.data() + done, text.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) {
      const int error = errno;
      if (!part_.empty()) unlink(part_.c_str());
      errno = error;
      refuse("the results are lost; free space there");
    }
    done += static_cast<std::size_t>(wrote);
  }
  if (!device_) give_name();
}

void ResultsFile::give_name() {
  const std::string unnamed = "/proc/self/fd/" + std::to_string(fd_);
  const auto link = [&](const std::string& name) {
    return linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
  };
  if (part_.empty()) {
    if (link(target_)) return;
    part_ = target_ + "." + std::to_string(getpid()) + ".part";
    if (errno != EEXIST || !link(part_)) refuse("the results are lost");
  }
  if (rename(part_.c_str(), target_.c_str()) != 0) {
    const int error = errno;
    unlink(part_.c_str());
    errno = error;
    refuse("the results are lost");
  }
}

void ResultsFile::refuse(const std::string& what) const {
  throw std::system_error(errno, std::generic_category(),
                          "cannot write results to '" + path_ + "': " + what);
}

}  // namespace assay
