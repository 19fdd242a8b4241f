#include "models/registry.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace assay {
namespace {

class Named : public Runtime {
 public:
  explicit Named(std::string name, std::string language = "C++") {
    info_ = {std::move(name), Model::kThread, std::move(language), "for a test", {}};
  }
  [[nodiscard]] const RuntimeInfo& info() const override { return info_; }
  Trace run(const Program& /*program*/) override { return {}; }

 private:
  RuntimeInfo info_;
};

TEST(Registry, FindsTheReferenceOfEveryModelByName) {
  for (const char* name : {"fork", "std_thread", "coroutine"}) {
    Runtime* found = find_runtime(name);
    ASSERT_NE(found, nullptr) << name;
    EXPECT_EQ(&reference(found->info().model), found);
  }
  EXPECT_EQ(find_runtime("pthread"), nullptr);
}

TEST(Registry, AddsARuntimeOnce) {
  static Named mine("mine");
  const RuntimeRegistration registration(mine);
  EXPECT_EQ(find_runtime("mine"), &mine);
  EXPECT_EQ(runtimes().back(), &mine);
  Named again("mine");
  EXPECT_THROW(register_runtime(again), std::invalid_argument);
}

TEST(Registry, RefusesANameThatNoTestCouldCarry) {
  for (const char* name : {"", "my runtime", "a.b", "a/b"}) {
    Named runtime(name);
    EXPECT_THROW(register_runtime(runtime), std::invalid_argument) << name;
  }
}

TEST(Registry, RivalsAreTheOtherModelsInTheSameLanguage) {
  const Named thread("another_thread");
  EXPECT_EQ(rivals_of(thread),
            (std::vector<Runtime*>{&reference(Model::kProcess), &reference(Model::kCoroutine)}));
  EXPECT_TRUE(rivals_of(Named("threading", "Python")).empty());
}

}  // namespace
}  // namespace assay
