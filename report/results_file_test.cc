#include "report/results_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace assay {
namespace {

namespace fs = std::filesystem;

struct ResultsFileTest : testing::Test {
  ResultsFileTest() : folder(fs::path(testing::TempDir()) / "results_file_test") {
    fs::remove_all(folder);
    fs::create_directories(folder);
  }
  [[nodiscard]] std::string at(const char* name) const { return (folder / name).string(); }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
  }
  static std::string text_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  fs::path folder;
};

TEST_F(ResultsFileTest, AppearsWholeAndNotBefore) {
  ResultsFile file(at("new.json"));
  EXPECT_EQ(files(), 0U);
  file.write("{}");
  EXPECT_EQ(text_of(at("new.json")), "{}");
  EXPECT_EQ(files(), 1U);
}

TEST_F(ResultsFileTest, ReplacesWhatWasThereAlsoThroughALink) {
  std::ofstream(at("old.json")) << "something longer";
  fs::create_symlink("old.json", at("link.json"));
  ResultsFile(at("link.json")).write("[]");
  EXPECT_EQ(text_of(at("old.json")), "[]");
  EXPECT_TRUE(fs::is_symlink(at("link.json")));
  EXPECT_EQ(files(), 2U);
}

TEST_F(ResultsFileTest, LeavesNothingWhenNothingWasWritten) {
  {
    const ResultsFile file(at("never.json"));
  }
  EXPECT_EQ(files(), 0U);
}

TEST_F(ResultsFileTest, RefusesAFolderAndAMissingFolderBeforehand) {
  for (const std::string& path : {folder.string(), at("missing/file.json"), std::string()}) {
    try {
      const ResultsFile file(path);
      FAIL() << path;
    } catch (const std::system_error& error) {
      EXPECT_NE(
          std::string(error.what()).find("cannot write results to '" + path + "': name a file"),
          std::string::npos)
          << error.what();
    }
  }
}

TEST_F(ResultsFileTest, WritesADeviceAsItIs) {
  ResultsFile("/dev/null").write("{}");
  struct stat at{};
  ASSERT_EQ(stat("/dev/null", &at), 0);
  EXPECT_TRUE(S_ISCHR(at.st_mode));
  EXPECT_THROW(ResultsFile("/dev/full").write("{}"), std::system_error);
}

}  // namespace
}  // namespace assay
