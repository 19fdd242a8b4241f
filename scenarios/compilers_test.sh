#!/bin/bash
# A schedule gives the same execution whatever compiler built it: every step, value, outcome, failure and
# race of some ten thousand executions of all scenarios, by the default compiler and by g++.
set -uo pipefail
default=$PWD/scenarios/schedules
gcc=$PWD/scenarios/schedules_gcc_tsan
cd "$TEST_TMPDIR" || exit 1
failures=0

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

! cmp -s "$default" "$gcc" || fail "expected two programs, found one"
"$default" >default.txt || fail "$default: exit status $?"
"$gcc" >gcc.txt || fail "$gcc: exit status $?"

# The first line names the compiler.
echo "the default compiler: $(head -1 default.txt); g++: $(head -1 gcc.txt)"
head -1 gcc.txt | grep -q '^[0-9.]*$' || fail "expected a version of g++, found: $(head -1 gcc.txt)"
sed -i 1d default.txt gcc.txt
executions=$(wc -l <default.txt)
echo "$executions executions"
[ "$executions" -ge 5000 ] || fail "expected at least 5000 executions, found $executions"
cmp default.txt gcc.txt ||
  fail "expected the same executions; < is the default compiler's and > is that of g++:
$(diff default.txt gcc.txt | head -10)"

# What g++ makes of a template of an unnamed namespace may be visible to other files: of two with one name
# the linker then takes one for both, and a scenario runs another's code.
nm "$gcc" >symbols.txt || fail "nm: exit status $?"
grep -q _GLOBAL__N_ symbols.txt || fail "expected names of unnamed namespaces in $gcc"
shared=$(grep ' [A-Zu] .*_GLOBAL__N_' symbols.txt)
[ -z "$shared" ] || fail "expected nothing of an unnamed namespace that the linker shares, found:
$(c++filt <<<"$shared" | head -5)"

exit "$((failures > 0))"
