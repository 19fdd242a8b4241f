// An object from operator new is given back with free. Found only if the part of the runtime that
// watches operator new is linked in.
#include <cstdlib>

namespace {
void* volatile g_cell = nullptr;
}  // namespace

int main() {
  g_cell = new int(1);
  std::free(g_cell);  // REPORT
  return 0;
}
