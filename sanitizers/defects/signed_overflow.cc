// A signed addition leaves the range of its type.
#include <limits>

int main() {
  volatile int largest = std::numeric_limits<int>::max();
  volatile int sum = 0;
  sum = largest + 1;  // REPORT
  return sum == 0 ? 1 : 0;
}
