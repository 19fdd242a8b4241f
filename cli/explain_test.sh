#!/bin/bash
# `assay explain` as a stranger runs it: files, standard input, commands, wrong input.
reports=$PWD/sanitizers/reports/testdata
export NO_COLOR=1
source cli/testing.sh || exit 1

race=$reports/race_global.clang_tsan.txt
sentence='thread T2 writes `counter` while T1 writes it, and nothing orders the two'

expect 1 "$assay" explain "$race"
says "$sentence" out.txt
says "of the libraries" out.txt
expect 1 "$assay" explain --all-frames "$race"
says "std::thread::_State_impl" out.txt
expect 1 sh -c "cat '$race' | '$assay' explain -"
says "$sentence" out.txt
expect 1 sh -c "cat '$race' '$race' '$race' | '$assay' explain --group"
says "seen 3 times" out.txt
expect 1 "$assay" explain --json=r.json --sarif=r.sarif "$race"
published explanation-1 r.json
says '"kind": "data-race"' r.json
says '"version": "2.1.0"' r.sarif
says '"uri": "race_global.cc"' r.sarif
without_lines=$reports/stripped.gcc_tsan.txt
cp "$without_lines" own.txt
expect 1 "$assay" explain --sarif=r.sarif "$PWD/own.txt"
says '"uri": "own.txt"' r.sarif
expect 1 sh -c "'$assay' explain --sarif=r.sarif - <own.txt"
says '"uri": "standard%20input"' r.sarif
expect 1 "$assay" explain --sarif=r.sarif -- cat own.txt
says '"uri": "output%20of%20the%20command"' r.sarif

head -c 900 "$race" >cut.txt
expect 1 "$assay" explain cut.txt
says "CUT OFF" out.txt

# A command: its output stays where it was, the explanation is on standard error.
expect 1 "$assay" explain -- sh -c "echo mine; cat '$race' >&2"
[ "$(cat out.txt)" = mine ] || fail "expected the command's own output alone, found: $(cat out.txt)"
says "$sentence" err.txt
expect 1 "$assay" explain -- cat "$race"
says "$sentence" err.txt
expect 66 "$assay" explain -- sh -c "cat '$race' >&2; exit 66"
expect 143 "$assay" explain -- sh -c 'kill -TERM $$'
expect 0 "$assay" explain -- echo --empty=
says "no report in the output of the command" err.txt
# Whoever reads the output may go: the explanation is still wanted.
"$assay" explain -- sh -c "head -c 1000000 /dev/zero; cat '$race' >&2" 2>err.txt | head -c 1 >/dev/null
says "$sentence" err.txt
one_line 2 "No such file or directory" "$assay" explain -- ./not_there
# Where the reports went to a file, the status alone tells of them.
expect 66 "$assay" explain -- sh -c "exit 66"
says "log_path in TSAN_OPTIONS" err.txt

# Wrong input.
one_line 2 "not_there: No such file or directory" "$assay" explain not_there
one_line 2 "is a directory" "$assay" explain .
one_line 2 "expected one FILE, found 2" "$assay" explain a b
: >empty.txt
one_line 3 "empty.txt is empty" "$assay" explain empty.txt
echo hello >hello.txt
one_line 0 "no report in hello.txt (1 lines)" "$assay" explain hello.txt
printf 'a\0b\1c' >binary
one_line 3 "binary is not text, and has no report" "$assay" explain binary
# A program has the words of its detector's reports in it, and is none.
one_line 2 "is a program, not what one printed; \`assay explain -- $assay\` runs it" "$assay" explain "$assay"
one_line 2 "\`assay explain -- PROGRAM\` runs it" sh -c "'$assay' explain - <'$assay'"

exit "$((failures > 0))"
