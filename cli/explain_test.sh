#!/bin/bash
# `assay explain` as a stranger runs it: files, standard input, commands, wrong input.
set -uo pipefail
assay=$PWD/cli/assay
reports=$PWD/sanitizers/reports/testdata
export NO_COLOR=1
failures=0
cd "$TEST_TMPDIR" || exit 1

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
  [ "$status" -eq "$expected" ] || {
    fail "expected exit status $expected of '$*', found $status"
    cat out.txt err.txt >&2
  }
}

says() { grep -qF -- "$2" "$1" || fail "expected '$2' in $1, found: $(cat "$1")"; }

# one_line STATUS TEXT COMMAND...: that status, one line on standard error, no output.
one_line() {
  local status=$1 text=$2
  shift 2
  expect "$status" "$@"
  says err.txt "$text"
  [ "$(wc -l <err.txt)" -eq 1 ] || fail "expected one line for '$*', found: $(cat err.txt)"
  [ ! -s out.txt ] || fail "expected no output for '$*', found: $(cat out.txt)"
}

race=$reports/race_global.clang_tsan.txt
sentence='thread T2 writes `counter` while T1 writes it, and nothing orders the two'

expect 1 "$assay" explain "$race"
says out.txt "$sentence"
says out.txt "of the libraries"
expect 1 "$assay" explain --all-frames "$race"
says out.txt "std::thread::_State_impl"
expect 1 sh -c "cat '$race' | '$assay' explain -"
says out.txt "$sentence"
expect 1 sh -c "cat '$race' '$race' '$race' | '$assay' explain --group"
says out.txt "seen 3 times"
expect 1 "$assay" explain --json=r.json --sarif=r.sarif "$race"
says r.json '"kind": "data-race"'
says r.sarif '"version": "2.1.0"'

head -c 900 "$race" >cut.txt
expect 1 "$assay" explain cut.txt
says out.txt "CUT OFF"

# A command: its output stays where it was, the explanation is on standard error.
expect 1 "$assay" explain -- sh -c "echo mine; cat '$race' >&2"
[ "$(cat out.txt)" = mine ] || fail "expected the command's own output alone, found: $(cat out.txt)"
says err.txt "$sentence"
expect 1 "$assay" explain -- cat "$race"
says err.txt "$sentence"
expect 66 "$assay" explain -- sh -c "cat '$race' >&2; exit 66"
expect 143 "$assay" explain -- sh -c 'kill -TERM $$'
expect 0 "$assay" explain -- echo --empty=
says err.txt "no report in the output of the command"
one_line 2 "No such file or directory" "$assay" explain -- ./not_there

# Wrong input.
one_line 2 "not_there: No such file or directory" "$assay" explain not_there
one_line 2 "is a directory" "$assay" explain .
one_line 2 "expected one FILE, found 2" "$assay" explain a b
: >empty.txt
one_line 3 "empty.txt is empty" "$assay" explain empty.txt
echo hello >hello.txt
one_line 0 "no report in hello.txt (1 lines)" "$assay" explain hello.txt
head -c 100000 "$assay" >binary
one_line 3 "binary is not text, and has no report" "$assay" explain binary

[ "$failures" -eq 0 ] || exit 1
