#!/bin/bash
# The commands of CI, with a Bazel that writes down how it is called.
set -uo pipefail
source=$TEST_SRCDIR/$TEST_WORKSPACE
failures=0
fail() {
  echo "$*" >&2
  failures=$((failures + 1))
}
# holds WHAT TEXT PATTERN
holds() { grep -qE -- "$3" <<<"$2" || fail "$1: expected '$3', found: $2"; }
script() {
  mkdir -p "$(dirname "$1")"
  printf '#!/bin/bash\n%s\n' "$2" >"$1"
  chmod +x "$1"
}

tree="$TEST_TMPDIR/a tree"
mkdir -p "$tree/ci"
cp "$source"/ci/{matrix,collect,soak,compile_commands.py,coverage_table.py,test_verdicts.py} "$tree/ci/"
# shellcheck disable=SC2016
script "$tree/ci/test" 'printf "%s\n" "$*"'
export HOME=$TEST_TMPDIR/home PATH=$TEST_TMPDIR/bin:$PATH LOGS="$TEST_TMPDIR/test logs" BIN=$TEST_TMPDIR/bin-of-bazel
# shellcheck disable=SC2016
script "$TEST_TMPDIR/bin/bazel" 'case $* in
  build*) echo "$*" >>"$BUILT"; exit "${BUILD_STATUS:-0}" ;;
  *) [ -z "${INFO_STATUS-}" ] || exit "$INFO_STATUS" ;;&
  *--config=gcc*bazel-testlogs*) echo "$LOGS-gcc" ;;
  *bazel-testlogs*) echo "$LOGS" ;;
  *bazel-bin*) echo "$BIN" ;;
esac'
export BUILT=$TEST_TMPDIR/built

# The matrix.
holds "clang plain" "$("$tree/ci/matrix" clang plain)" "^--keep_going --build_tests_only --test_tag_filters=-tsan,-asan$"
holds "gcc tsan" "$("$tree/ci/matrix" gcc tsan //models:all)" "--config=gcc --test_tag_filters=tsan //models:all$"
for wrong in "" "clang" "icc plain" "gcc msan"; do
  # shellcheck disable=SC2086
  said=$("$tree/ci/matrix" $wrong 2>&1)
  [ $? -eq 2 ] || fail "ci/matrix $wrong: expected exit status 2, found another and: $said"
  holds "ci/matrix $wrong" "$said" "Usage: ci/matrix"
done

# What a CI shows.
holds "collect without tests" "$("$tree/ci/collect" "$TEST_TMPDIR/out" 2>&1)" "no test ran yet with clang"
holds "collect without Bazel" "$(INFO_STATUS=127 "$tree/ci/collect" "$TEST_TMPDIR/out" 2>&1)" "no test ran yet with clang"
for wrong in "" "out icc" "out gcc more"; do
  # shellcheck disable=SC2086
  said=$("$tree/ci/collect" $wrong 2>&1)
  [ $? -eq 2 ] || fail "ci/collect $wrong: expected exit status 2, found another and: $said"
  holds "ci/collect $wrong" "$said" "Usage: ci/collect"
done
mkdir -p "$LOGS/models/good_test" "$LOGS/models/bad_test/shard_1_of_2" "$LOGS-gcc/models/good_test"
echo '<testsuites><testcase/></testsuites>' | tee "$LOGS/models/good_test/test.xml" >"$LOGS-gcc/models/good_test/test.xml"
"$tree/ci/collect" "$TEST_TMPDIR/out of gcc" gcc >/dev/null || fail "collect of gcc: expected exit status 0"
[ "$(ls "$TEST_TMPDIR/out of gcc/junit")" = models.good_test.xml ] || fail "collect of gcc: expected its one test"
[ ! -e "$BUILT" ] || fail "collect: expected no build when no test failed, found: $(cat "$BUILT")"
echo '<testsuites><testcase><failure/></testcase></testsuites>' >"$LOGS/models/bad_test/shard_1_of_2/test.xml"
echo 'WARNING: ThreadSanitizer: data race' >"$LOGS/models/bad_test/shard_1_of_2/test.log"
# shellcheck disable=SC2016
script "$BIN/cli/assay" 'for word; do case $word in --sarif=*) cp "${!#}" "${word#--sarif=}" ;; esac; done; exit 1'
"$tree/ci/collect" "$TEST_TMPDIR/out" >/dev/null || fail "collect: expected exit status 0"
for name in models.good_test models.bad_test.shard_1_of_2; do
  [ -s "$TEST_TMPDIR/out/junit/$name.xml" ] || fail "collect: expected $name.xml, found $(ls "$TEST_TMPDIR/out/junit")"
done
holds "SARIF of failed tests" "$(cat "$TEST_TMPDIR/out/sanitizers.sarif")" "ThreadSanitizer"
holds "what explains them is built" "$(cat "$BUILT")" "^build --disk_cache=.*/assay-bazel //cli:assay$"
said=$(BUILD_STATUS=1 "$tree/ci/collect" "$TEST_TMPDIR/out" 2>&1) && fail "collect: expected a failure when assay does not build"
holds "what explains them does not build" "$said" "no SARIF, since //cli:assay does not build"

# A night that cannot decide something is no failure; one in which something is refuted is.
# shellcheck disable=SC2016
script "$tree/ci/assay" 'echo "$*" >>"$NIGHT"
for word; do case $word in --out=*.journal) echo rounds >"${word#--out=}" ;; esac; done
[ "$1" != sweep ] || exit "$SWEEP"
exit 3'
export NIGHT=$TEST_TMPDIR/night.calls
SWEEP=3 "$tree/ci/soak" "$TEST_TMPDIR/night" 5 >/dev/null || fail "soak: expected exit status 0 for undecided claims"
SWEEP=1 "$tree/ci/soak" "$TEST_TMPDIR/night" 5 >/dev/null && fail "soak: expected a failure for a refuted claim"
[ "$(grep -c '^soak .*soak.journal$' "$NIGHT")" -eq 1 ] && [ "$(grep -c '^soak .*soak.journal --resume$' "$NIGHT")" -eq 1 ] ||
  fail "soak: expected the second run to go on with the journal of the first, found: $(cat "$NIGHT")"

# A source that is compiled in variants is listed once, as the plain one.
cat >"$TEST_TMPDIR/actions.json" <<'END'
{"actions": [
  {"arguments": ["clang", "-fsanitize=thread", "-c", "models/a.cc", "-o", "a"]},
  {"arguments": ["clang", "-O1", "-include", "bazel-out/x/bin/ci/common_headers.h", "-include", "bazel-out/x/bin/ci/common_headers.h.changes",
                 "-include", "own.h", "-c", "models/a.cc", "-o", "a"]},
  {"arguments": ["clang", "-c", "external/b.cc"]},
  {"arguments": ["ar", "x"]}]}
END
database=$(python3 "$tree/ci/compile_commands.py" "$TEST_TMPDIR/actions.json" /root/of/it /exec)
python3 - "$database" <<'END' || fail "compile_commands: not as expected: $database"
import json, sys
own, other = sorted(json.loads(sys.argv[1]), key=lambda entry: entry["file"])
assert own["file"] == "/root/of/it/models/a.cc" and "-fsanitize=thread" not in own["arguments"], own
# What is there after a build only would hide a source from an editor before it.
assert " ".join(own["arguments"]) == "clang -iquote /root/of/it -O1 -include own.h -c models/a.cc -o a", own
assert other["file"] == "external/b.cc" and other["directory"] == "/exec", other
END

# Coverage by folder.
cat >"$TEST_TMPDIR/coverage.json" <<'END'
{"data": [{"files": [
  {"filename": "/proc/self/cwd/models/a.cc", "summary": {"lines": {"covered": 3, "count": 4}, "branches": {"covered": 1, "count": 2}}},
  {"filename": "/proc/self/cwd/models/thread/b.cc", "summary": {"lines": {"covered": 0, "count": 4}, "branches": {"covered": 0, "count": 0}}}]}]}
END
table=$(python3 "$tree/ci/coverage_table.py" "$TEST_TMPDIR/coverage.json" /proc/self/cwd)
holds "coverage" "$table" "^models +75.0% +50.0%$"
holds "coverage" "$table" "^models/thread +0.0% +none$"
holds "coverage" "$table" "^TOTAL lines 37.5% \(3 of 8\)$"
holds "coverage" "$table" "^TOTAL branches 50.0% \(1 of 2\)$"

# Verdicts of a run, sorted.
cat >"$TEST_TMPDIR/events.json" <<'END'
{"id": {"testSummary": {"label": "//b:b"}}, "testSummary": {"overallStatus": "FAILED", "totalRunCount": 3}}
{"id": {"testSummary": {"label": "//a:a"}}, "testSummary": {"overallStatus": "PASSED", "totalRunCount": 1}}
{"id": {"started": {}}, "started": {}}
END
[ "$(python3 "$tree/ci/test_verdicts.py" "$TEST_TMPDIR/events.json")" = $'//a:a PASSED\n//b:b FAILED' ] ||
  fail "test_verdicts: not as expected"
holds "runs of a test" "$(python3 "$tree/ci/test_verdicts.py" --runs "$TEST_TMPDIR/events.json")" "^//b:b FAILED in 3 runs$"
exit "$((failures > 0))"
