#!/bin/bash
# `assay` as a stranger runs it: exit status, messages, output, and what it leaves behind.
liar=$PWD/cli/assay_with_liar
unset NO_COLOR ASSAY_COMMAND
source cli/testing.sh || exit 1

# refuses TEXT FLAGS...: usage, one line on standard error, nothing on standard output.
refuses() { one_line 2 "$1" "$assay" "${@:2}"; }

# Traits that take little of the ten seconds that `--quick` has, also where the machine is busy.
quick=(--quick --trait=own_stack,thread_local_storage,registers)

test_table() {
  expect 0 "$assay" "${quick[@]}"
  says "coroutine" out.txt
  says "+ shared" out.txt
  says "+ confirmed" out.txt
  says "9 claims: " out.txt
  [ ! -s err.txt ] || fail "expected silence on standard error, found: $(cat err.txt)"
  ! grep -q $'\033' out.txt || fail "expected no escape in a pipe"
  awk 'length($0) > 100 { print; bad = 1 } END { exit bad }' out.txt >&2 ||
    fail "expected at most 100 columns"
  # Stable: but for what was counted and timed, a second run prints the same.
  grep -v '[0-9]' out.txt >first.txt
  expect 0 "$assay" "${quick[@]}"
  grep -v '[0-9]' out.txt | diff first.txt - >&2 || fail "expected the same text again"
}

test_terminal() {
  script -qec "'$assay' ${quick[*]}" /dev/null >tty.txt </dev/null
  grep -q $'\033\[36m' tty.txt || fail "expected colour on a terminal"
  grep -q "s left" tty.txt || fail "expected progress on a terminal"
  NO_COLOR=1 script -qec "'$assay' ${quick[*]}" /dev/null >tty.txt </dev/null
  ! grep -q $'\033\[3' tty.txt || fail "expected no colour with NO_COLOR"
}

test_refuted() {
  expect 1 "$liar" check --quick --runtime=coroutine_as_std_thread --trait=preemption --json=lie.json
  published results-1 lie.json
  says "X thread.preemption (coroutine_as_std_thread): refuted" out.txt
  says "expected yes" out.txt
  expect 1 "$liar" "${quick[@]}" --runtime=all
  says "coroutine_as_std_thread" out.txt
  says "assay check --runtime=coroutine_as_std_thread --trait=registers --seed=1 --quick" out.txt
  awk 'length($0) > 100 { print; bad = 1 } END { exit bad }' out.txt >&2 ||
    fail "expected at most 100 columns of four runtimes"
}

test_other_commands() {
  expect 0 "$assay" list
  says "coroutine.memory_space" out.txt
  says "sched(7)" out.txt
  awk 'length($0) > 100 { print; bad = 1 } END { exit bad }' out.txt >&2 ||
    fail "expected at most 100 columns of the list"
  expect 0 "$assay" doctor
  says "cores:" out.txt
  expect 0 "$assay" --version
  says "assay 0" out.txt
  expect 0 "$assay" --help
  says "Exit status" out.txt
}

test_profile() {
  expect 0 "$assay" profile --quick --runtime=coroutine --trait=registers,thread_local_storage
  says "+ shared" out.txt
  says "Resembles" out.txt
  # Blind: what a liar declares is not in it.
  expect 0 "$liar" profile --quick --runtime=coroutine_as_std_thread --trait=preemption,registers
  says "~ no (" out.txt
  says "as \`coroutine\` declares to be in 2 of 2 traits" out.txt
}

test_driver() {
  echo 'print("rubbish")' >mute.py
  expect 3 "$assay" profile --quick --driver="python3 mute.py" --trait=registers,scheduling
  says "X nothing that the trait knows" out.txt
  says "found 'rubbish'" out.txt
  says 'assay profile --driver="python3 mute.py" --trait=registers --seed=1 --quick' out.txt
  # The verdicts of others stand.
  expect 1 "$assay" check --quick --driver="python3 mute.py" --model=thread \
    --runtime=std_thread --trait=registers
  says "~ thread.registers (std_thread): unrefuted" out.txt
  says "X thread.registers (mute): refuted" out.txt
  says "assay check --driver=\"python3 mute.py\" --model=thread --trait=registers" out.txt
  refuses "is no program that can be run here" profile --driver=no_such_program
}

test_sweep() {
  local pid lines
  local plan=(sweep --runtime=coroutine --trait=registers,thread_local_storage)
  expect 0 "$assay" "${plan[@]}" --seeds=3 --jobs=2 --json=sweep.json
  says "6 verdicts: 0 refuted, 0 inconclusive" out.txt
  published sweep-1 sweep.json
  expect 1 "$liar" sweep --seeds=2 --seed=5 --runtime=coroutine_as_std_thread --trait=preemption \
    --json=refuted.json
  published sweep-1 refuted.json
  says "X preemption of coroutine_as_std_thread, seed 6" out.txt
  says "assay check --runtime=coroutine_as_std_thread --trait=preemption --seed=6 --quick" out.txt
  refuses "--seeds: expected a number from 1 to" sweep --seeds=0
  # Killed, it goes on where it was.
  ASSAY_TEST_MARK=mark_sweep "$assay" "${plan[@]}" --seeds=1000000 --journal=sweep.jsonl >/dev/null 2>&1 &
  pid=$!
  for _ in $(seq 400); do [ "$(cat sweep.jsonl 2>/dev/null | wc -l)" -ge 5 ] && break; sleep 0.05; done
  kill -KILL "$pid"
  wait "$pid" 2>/dev/null
  wait_for_none mark_sweep
  lines=$(wc -l <sweep.jsonl)
  expect 0 "$assay" "${plan[@]}" --seeds=2 --journal=sweep.jsonl
  [ "$(wc -l <sweep.jsonl)" -eq "$lines" ] || fail "expected nothing new in the journal of $lines lines"
  says "4 verdicts: 0 refuted" out.txt
  published sweep-journal-1 sweep.jsonl
  refuses "is of another sweep" "${plan[@]}" --duration=70ms --journal=sweep.jsonl
}

test_bad_input() {
  refuses "did you mean 'fork'?" --runtime=frok
  refuses "did you mean 'preemption'?" check --trait=premption
  refuses "did you mean '--quick'?" --quik
  refuses "did you mean 'list'?" lst
  refuses "expected at least 1 unit, found 0" --units=0
  refuses "expected numbers of units" --units=many
  refuses "which is the limit by" --units=99999999
  refuses "--duration: expected 1ms to 60m" --duration=soon
  refuses "--seed: expected a number" --seed=pi
  refuses "cannot write results to 'missing/x.json'" --json=missing/x.json
  refuses "cannot write results to '.'" --json=.
}

test_output() {
  for command in "plan --frequency=1/1000" list doctor; do
    one_line 3 "assay: cannot write to the standard output: No space left on device" \
      bash -c "\"\$0\" $command >/dev/full" "$assay"
  done
  expect 3 bash -c '"$0" plan --frequency=1/1000 >&-' "$assay"
  says "assay: cannot write to the standard output: Bad file descriptor" err.txt
  expect 0 bash -c '"$0" plan --frequency=1/1000 <&-' "$assay"
  # What was measured is kept, whichever stream is broken.
  for stream in 1 2; do
    expect $((stream == 1 ? 3 : 0)) bash -c "exec \"\$0\" ${quick[*]} --json=kept-$stream.json $stream>/dev/full" "$assay"
    published results-1 "kept-$stream.json"
    [ "$(grep -c '"verdict": {' "kept-$stream.json")" -eq 9 ] || fail "expected 9 verdicts in kept-$stream.json"
  done
  expect 3 bash -c '"$0" plan --frequency=1/1000 >/dev/full 2>/dev/full' "$assay"
  # Through a pipe, as no file may grow.
  bash -c 'ulimit -f 0; "$0" check --quick --runtime=fork --trait=isolation; echo "status $?"' \
    "$assay" 2>&1 | cat >out.txt
  says "status 0" out.txt
}

test_json() {
  expect 0 "$assay" "${quick[@]}" --seed=42 --json=results.json
  published results-1 results.json
  python3 - results.json <<'END' || fail "the results are not as documented"
import json, sys
document = json.load(open(sys.argv[1]))
assert document["run"]["seed"] == 42 and document["run"]["effort"] == "quick"
assert "--seed=42" in document["run"]["arguments"] and not document["run"]["interrupted"]
assert document["host"]["cores"] >= 1 and document["build"]["flags"]
assert len(document["results"]) == 9
assert {r["runtime"] for r in document["results"]} == {"fork", "std_thread", "coroutine"}
assert all(r["claim"]["source"] and r["observation"]["evidence"] for r in document["results"])
END
}

# As a user without privileges, because root's own would make these pass. The program is named by an
# open file: that user need not reach the folders above it.
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@" 9<"$assay"; }

test_limits() {
  if ! as_nobody true 2>err.txt; then
    echo "limits of another user are not tested: $(cat err.txt)"
    return
  fi
  mkdir -p locked && chmod 755 . locked
  expect 2 as_nobody /proc/self/fd/9 "${quick[@]}" --json=locked/x.json
  says "cannot write results to 'locked/x.json'" err.txt
  says "Permission denied" err.txt
  expect 3 as_nobody bash -c 'ulimit -u 1; exec "$@"' - /proc/self/fd/9 "${quick[@]}"
  says "RLIMIT_NPROC is 1" err.txt
  says "ulimit -u" err.txt
  [ "$(wc -l <err.txt)" -eq 1 ] || fail "expected one line, found: $(cat err.txt)"
  expect 0 as_nobody /proc/self/fd/9 "${quick[@]}"
}

# inconclusive NAME LIMIT FLAGS...: under the limit (flags of ulimit) nothing is refuted, and one line
# names it.
inconclusive() {
  local name=$1 limit=$2 status
  shift 2
  (ulimit $limit && exec "$assay" "$@") >out.txt 2>err.txt
  status=$?
  [ "$status" -eq 3 ] || fail "expected 3 with 'ulimit $limit', found $status: $(cat out.txt err.txt)"
  says "$name is " err.txt
  says "raise it (ulimit ${limit% *}" err.txt
  [ "$(wc -l <err.txt)" -eq 1 ] || fail "expected one line with 'ulimit $limit', found: $(cat err.txt)"
}

test_low_limits() {
  local limit
  for limit in 40000 60000 100000 200000 400000; do
    inconclusive RLIMIT_AS "-v $limit" --quick --trait=memory_space,scheduling,preemption,registers
  done
  inconclusive RLIMIT_DATA "-d 100000" "${quick[@]}"
  inconclusive RLIMIT_NOFILE "-n 16" "${quick[@]}"
}

# Processes of a run carry ASSAY_TEST_MARK in their environment.
processes() { grep -lsz "^ASSAY_TEST_MARK=$1\$" /proc/[0-9]*/environ | wc -l; }

wait_for_none() {
  local i
  for i in $(seq 200); do
    [ "$(processes "$1")" -eq 0 ] && return
    sleep 0.05
  done
  fail "expected no process of $1, found: $(grep -lsz "^ASSAY_TEST_MARK=$1\$" /proc/[0-9]*/environ)"
}

test_signals() {
  local signal status pid before
  for signal in INT TERM; do
    rm -f part.json out.txt
    ASSAY_TEST_MARK=mark_$signal "$assay" check --trait=thread_local_storage,isolation \
      --json=part.json >out.txt 2>err.txt &
    pid=$!
    # The first verdict is printed; the next ones take long.
    for _ in $(seq 400); do grep -qs again out.txt && break; sleep 0.05; done
    kill "-$signal" "$pid"
    wait "$pid"
    status=$?
    [ "$status" -eq "$([ "$signal" = INT ] && echo 130 || echo 143)" ] ||
      fail "exit status of SIG$signal: found $status"
    says "process.thread_local_storage" out.txt
    says "assay: interrupted after" err.txt
    grep -q '"interrupted": true' part.json || fail "expected the results so far in part.json"
    wait_for_none "mark_$signal"
  done
  mkdir -p killed
  for i in 1 2 3 4 5; do
    (cd killed && ASSAY_TEST_MARK=mark_$i exec "$assay" --json=killed.json >/dev/null 2>&1) &
    pid=$!
    sleep "0.$i"
    kill -KILL "$pid"
    wait "$pid" 2>/dev/null
    wait_for_none "mark_$i"
  done
  before=$(ls -A killed)
  [ -z "$before" ] || fail "expected no file after SIGKILL, found $before"
}

for test in table terminal refuted other_commands profile driver sweep bad_input output json limits \
  low_limits signals; do
  echo "== $test"
  "test_$test"
done
exit "$((failures > 0))"
