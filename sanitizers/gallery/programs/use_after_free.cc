// An element is read after it was deleted.
//
// kind: use-after-free
// variable: heap
// places: deletion, use
// seen by: asan, clang_tsan, gcc_tsan
// missed by: helgrind, drd because they forget memory that is freed
int main() {
  int* const cell = new int(1);
#ifdef FIXED
  [[maybe_unused]] const int read = *cell;
  delete cell;
#else
  delete cell;                              // <- deletion
  [[maybe_unused]] const int read = *cell;  // <- use
#endif
}
