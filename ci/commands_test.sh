#!/bin/bash
# ci/assay, ci/test and .ci/run, with a set-up and a Bazel of our own.
set -uo pipefail
source=$TEST_SRCDIR/$TEST_WORKSPACE
tree="$TEST_TMPDIR/a tree"
failures=0

fail() {
  echo "$*" >&2
  failures=$((failures + 1))
}

# same WHAT EXPECTED FOUND
same() { [ "$2" = "$3" ] || fail "$1: expected '$2', found '$3'"; }

script() { mkdir -p "$(dirname "$1")" && printf '#!/bin/bash\n%s\n' "$2" >"$1" && chmod +x "$1"; }

mkdir -p "$tree/ci" "$tree/.ci" "$TEST_TMPDIR/elsewhere"
cp "$source/ci/assay" "$source/ci/test" "$source/ci/count_results.py" "$tree/ci/"
cp "$source/.ci/run" "$tree/.ci/"
export HOME=$TEST_TMPDIR/home PATH=$TEST_TMPDIR/bin:$PATH CALLS=$TEST_TMPDIR/calls
export BIN="$TEST_TMPDIR/bazel bin" BUILD_STATUS=0 TEST_STATUS=0
unset XDG_CACHE_HOME
script "$tree/ci/setup" 'exit "${SETUP_STATUS:-0}"'
# shellcheck disable=SC2016
script "$TEST_TMPDIR/bin/bazel" 'echo "$PWD: $*" >>"$CALLS"
case $1 in
  build) echo "compiler output"; exit "$BUILD_STATUS" ;;
  info) echo "$BIN" ;;
  test) exit "$TEST_STATUS" ;;
esac'
# shellcheck disable=SC2016
script "$BIN/cli/assay" 'echo "$PWD|$*"; exit 3'

cd "$TEST_TMPDIR/elsewhere" || exit 1
output=$("$tree/ci/assay" --json=mine.json "two words" 2>&1)
same "ci/assay: exit status of assay" 3 "$?"
same "ci/assay: the caller's folder and flags, and no more output" \
  "$TEST_TMPDIR/elsewhere|--json=mine.json two words" "$output"
grep -q "^$tree: build --config=opt --disk_cache=$HOME/.cache/assay-bazel //cli:assay$" "$CALLS" ||
  fail "ci/assay: expected an optimized build in the tree, found $(cat "$CALLS")"

output=$("$tree/ci/assay" gallery --runs=1 2>&1)
same "ci/assay gallery: where the programs are, and the caller's flags" \
  "$TEST_TMPDIR/elsewhere|gallery --programs=$BIN/sanitizers/gallery/programs \
--sources=$tree/sanitizers/gallery/programs --runs=1" "$output"
grep -q "^$tree: build --disk_cache=$HOME/.cache/assay-bazel //sanitizers/gallery/programs$" "$CALLS" ||
  fail "ci/assay gallery: expected a build of the programs, found $(cat "$CALLS")"

output=$(BUILD_STATUS=1 "$tree/ci/assay" 2>&1 >/dev/null)
same "ci/assay: exit status of a failed build" 4 "$?"
[[ $output == *"compiler output"*"the build failed"* ]] ||
  fail "ci/assay: expected the build's output, found '$output'"

SETUP_STATUS=1 "$tree/ci/assay"
same "ci/assay: exit status of a failed set-up" 4 "$?"

: >"$CALLS"
XDG_CACHE_HOME=/cache "$tree/ci/test" --config=gcc
same "ci/test: all tests, with the caller's flags" \
  "$tree: test --disk_cache=/cache/assay-bazel --config=gcc //..." "$(cat "$CALLS")"
: >"$CALLS"
"$tree/ci/test" //ci:all
same "ci/test: the caller's targets" \
  "$tree: test --disk_cache=$HOME/.cache/assay-bazel //ci:all" "$(cat "$CALLS")"

output=$(TEST_STATUS=1 "$tree/.ci/run")
same ".ci/run: exit status of a failed run" 1 "$?"
same ".ci/run: a run that failed before any test" "0 passed, 1 failed" "$output"
SETUP_STATUS=1 "$tree/.ci/run" >/dev/null
same ".ci/run: exit status of a failed set-up" 1 "$?"
exit "$((failures > 0))"
