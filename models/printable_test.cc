#include "models/printable.h"

#include <gtest/gtest.h>

#include <string>

#include "models/trace.h"

namespace assay {
namespace {

constexpr std::size_t kAll = 1'000;

TEST(Printable, TextStaysAsItIs) {
  for (const char* text : {"", "plain", "two\nlines\tand a tab", "grün € 𝄞 \u00a0"}) {
    EXPECT_EQ(printable(text, kAll), text);
  }
}

TEST(Printable, WhatATerminalTakesAsACommandIsShownAsBytes) {
  EXPECT_EQ(printable("\033[31mred\a\r\x7f", kAll), "\\x1b[31mred\\x07\\x0d\\x7f");
  EXPECT_EQ(printable(std::string_view("a\0b", 3), kAll), "a\\x00b");
  EXPECT_EQ(printable("\u009b", kAll), "\\xc2\\x9b");
}

TEST(Printable, BytesThatAreNoTextAreShown) {
  EXPECT_EQ(printable("a\xff\xc3", kAll), "a\\xff\\xc3");
  EXPECT_EQ(printable("\xc3(", kAll), "\\xc3(");
  EXPECT_EQ(printable("\xc0\xaf \xed\xa0\x80 \xf5", kAll), "\\xc0\\xaf \\xed\\xa0\\x80 \\xf5");
}

TEST(Printable, LongTextIsCutBetweenCharacters) {
  EXPECT_EQ(printable("abcdef", 6), "abcdef");
  EXPECT_EQ(printable("abcdefg", 6), "abcdef...");
  EXPECT_EQ(printable("a€", 3), "a...");
}

TEST(Printable, TheEndOfAUnitIs) {
  const End end{EndKind::kThrew, 0, "\033]0;title\a" + std::string(1'000'000, 'x')};
  const std::string text = to_string(end);
  EXPECT_EQ(text.substr(0, 24), "threw: \\x1b]0;title\\x07x");
  EXPECT_LT(text.size(), 2'000U);
}

}  // namespace
}  // namespace assay
