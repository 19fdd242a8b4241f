#!/bin/bash
# Each lint finds what is wrong on purpose.
set -uo pipefail
failures=0

# finds LINT WORDS COMMAND...: the command must fail and say the words.
finds() {
  local lint=$1 words=$2 output
  shift 2
  if output=$("$@" 2>&1); then
    echo "$lint: expected a failure, found success" >&2
    failures=$((failures + 1))
  elif [[ $output != *"$words"* ]]; then
    echo "$lint: expected the words '$words', found '$output'" >&2
    failures=$((failures + 1))
  fi
}

finds "clang-tidy, bad name" "invalid case style for function 'BadlyNamed'" ci/tidy_of_badly_named.sh
finds "clang-tidy, likely bug" "'moved' used after it was moved" ci/tidy_of_badly_named.sh
finds "clang-tidy, a file of no target" "ci/preflight_text.h: expected to be in srcs or hdrs" \
  ci/tidy_of_badly_named.sh
echo 'int  f( );' >"$TEST_TMPDIR/bad.h"
finds "clang-format" "bad.h:1:" \
  clang-format-19 --style=file:.clang-format --dry-run -Werror "$TEST_TMPDIR/bad.h"
echo 'x( name="a" )' >"$TEST_TMPDIR/BUILD"
finds "buildifier" "reformat" ../buildifier/buildifier --mode=check --lint=warn "$TEST_TMPDIR/BUILD"
exit "$((failures > 0))"
