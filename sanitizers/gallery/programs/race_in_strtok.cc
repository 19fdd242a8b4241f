// strtok keeps its place in a variable of the C library, which all threads share: the second thread
// takes the first one's away.
//
// kind: data-race
// places: call
// shows: the next word of 'one word' is 'words'
// missed by: clang_tsan, gcc_tsan because the C library was built without them
// missed by: helgrind, drd because suppressions that come with Valgrind hide what is inside the C
//   library
// missed by: asan because every address that it uses may be used
// found by: outcome
#include <cstdio>
#include <cstring>

#include "sanitizers/gallery/in_order.h"

namespace {
void first_word(char* text, char** rest) {
#ifdef FIXED
  strtok_r(text, " ", rest);
#else
  (void)rest;
  std::strtok(text, " ");  // <- call
#endif
}

const char* next_word(char** rest) {
#ifdef FIXED
  return strtok_r(nullptr, " ", rest);
#else
  (void)rest;
  return std::strtok(nullptr, " ");
#endif
}
}  // namespace

int main() {
  char one[] = "one word";
  char two[] = "two words";
  char* rest_of_one = nullptr;
  char* rest_of_two = nullptr;
  in_order([&] { first_word(one, &rest_of_one); }, [&] { first_word(two, &rest_of_two); });
  std::printf("the next word of 'one word' is '%s'\n", next_word(&rest_of_one));
}
