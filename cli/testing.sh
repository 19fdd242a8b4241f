# shellcheck shell=bash
# What the tests of `assay` share, for them to source: the program as a stranger runs it, away from the checkout,
# in a folder of the test's own. A test ends with `exit "$((failures > 0))"`.
set -uo pipefail
assay=$PWD/cli/assay
root=$PWD
failures=0
cd "$TEST_TMPDIR" || exit 1

assay() { "$assay" "$@"; }

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# expect STATUS COMMAND...: runs it; its output is in out.txt and err.txt.
expect() {
  local expected=$1 status
  shift
  "$@" >out.txt 2>err.txt
  status=$?
  [ "$status" -eq "$expected" ] ||
    fail "expected exit status $expected of '$*', found $status: $(cat out.txt err.txt)"
}

# says TEXT [FILE]: the text is there; without a file, in what the last command said.
says() {
  local text=$1
  shift
  [ $# -gt 0 ] || set -- out.txt err.txt
  grep -qF -- "$text" "$@" || fail "expected '$text' in $*, found: $(cat "$@")"
}

# one_line STATUS TEXT COMMAND...: that status, one line on standard error, nothing on standard output.
one_line() {
  local status=$1 text=$2
  shift 2
  expect "$status" "$@"
  says "$text" err.txt
  [ "$(wc -l <err.txt)" -eq 1 ] || fail "expected one line for '$*', found: $(cat err.txt)"
  [ ! -s out.txt ] || fail "expected no output for '$*', found: $(cat out.txt)"
}

# published NAME FILE: what was written holds to docs/schema/NAME.json.
published() {
  local found
  found=$(cd "$root" && report/check_schema "$1" "$TEST_TMPDIR/$2" 2>&1) || fail "$found"
}
