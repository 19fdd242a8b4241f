#!/bin/bash
# The line that .ci/run ends with, for events as Bazel writes them.
set -uo pipefail
cd "$TEST_TMPDIR" || exit 1
count=$TEST_SRCDIR/$TEST_WORKSPACE/ci/count_results.py
failures=0

# expect SENTENCE EXIT_STATUS EXPECTED: counts events.json.
expect() {
  local found
  found=$(python3 "$count" events.json "$2")
  [ "$found" = "$3" ] && return
  echo "$1: expected '$3', found '$found'" >&2
  failures=$((failures + 1))
}

# result LABEL STATUS XML: one finished run of a test.
result() {
  echo "{\"id\":{\"testResult\":{\"label\":\"$1\"}},\"testResult\":{\"status\":\"$2\",\
\"testActionOutput\":[{\"name\":\"test.xml\",\"uri\":\"file://$PWD/$3\"}]}}"
}

target() {
  echo "{\"id\":{\"targetConfigured\":{\"label\":\"$1\"}},\"configured\":{\"testSize\":\"SMALL\"}}"
}

cat >cases.xml <<'XML'
<testsuites><testsuite name="A">
<testcase name="a" status="run" result="completed"/>
<testcase name="b" status="run" result="completed"><failure message="x"/></testcase>
<testcase name="c" status="run" result="skipped"><skipped/></testcase>
<testcase name="d" status="notrun" result="suppressed"/>
</testsuite></testsuites>
XML
echo '<testsuites><testcase name="a"/><testcase name="b"/></testsuites>' >good.xml
echo '<testsuites></testsuites>' >empty.xml
echo '<testsuites><testca' >torn.xml

{ target //a:a; result //a:a FAILED cases.xml; } >events.json
expect "cases are counted, skipped ones as neither" 3 "1 passed, 1 failed"
{ target //a:a; result //a:a PASSED good.xml; result //a:a PASSED good.xml; } >events.json
expect "shards add up" 0 "4 passed, 0 failed"
{ target //a:a; result //a:a PASSED empty.xml; } >events.json
expect "a target without cases is one" 0 "1 passed, 0 failed"
{ target //a:a; result //a:a TIMEOUT torn.xml; } >events.json
expect "a torn XML of a failed target is one failure" 3 "0 passed, 1 failed"
{ target //a:a; result //a:a FAILED good.xml; } >events.json
expect "a target that failed without a failing case adds one" 3 "2 passed, 1 failed"
{ target //a:a; target //b:b; result //a:a PASSED good.xml; } >events.json
expect "a test that was not built is one failure" 1 "2 passed, 1 failed"
: >events.json
expect "a run that failed before any test is one failure" 1 "0 passed, 1 failed"
rm events.json
expect "a run that never started Bazel is one failure" 1 "0 passed, 1 failed"
exit "$((failures > 0))"
