"""Prints `N passed, N failed`, counted in test cases, for one run of `bazel test`.

Usage: count_results.py BUILD_EVENTS EXIT_STATUS

BUILD_EVENTS is what --build_event_json_file wrote (one JSON object a line), EXIT_STATUS is Bazel's.
A target without test cases in its XML counts as one case; so does a target that failed although
none of its cases did (it crashed, timed out or was not built), and a run that failed as a whole.
Cases that were skipped count as neither.
"""

import json
import os
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree


def read_events(path):
    """The events of a build; none if Bazel did not come as far as writing them."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def count_cases(path):
    """(passed, failed) cases of one JUnit XML file; (0, 0) if it cannot be read."""
    try:
        cases = list(ElementTree.parse(path).getroot().iter("testcase"))
    except (OSError, ElementTree.ParseError):
        return 0, 0
    failed = sum(1 for c in cases if c.find("failure") is not None or c.find("error") is not None)
    skipped = sum(
        1
        for c in cases
        if c.find("skipped") is not None
        or c.get("status") == "notrun"
        or c.get("result") in ("skipped", "suppressed")
    )
    return len(cases) - failed - skipped, failed


def count_result(result):
    """(passed, failed) cases of one run (or shard) of one test target."""
    passed = failed = 0
    for output in result.get("testActionOutput", []):
        if output.get("name") == "test.xml":
            path = urllib.parse.unquote(urllib.parse.urlparse(output["uri"]).path)
            cases = count_cases(path)
            passed, failed = passed + cases[0], failed + cases[1]
    if result.get("status") != "PASSED":
        return passed, max(failed, 1)
    return max(passed, 1), failed


def count(events, status):
    """(passed, failed) cases of a whole run that ended with Bazel's exit status `status`."""
    passed = failed = 0
    tests, tested = set(), set()
    for event in events:
        identity = event.get("id", {})
        if "testResult" in event:
            cases = count_result(event["testResult"])
            passed, failed = passed + cases[0], failed + cases[1]
            tested.add(identity["testResult"]["label"])
        elif "configured" in event and "testSize" in event["configured"]:
            tests.add(identity["targetConfigured"]["label"])
    if status != 0:
        failed += len(tests - tested)
        failed = max(failed, 1)
    return passed, failed


def main():
    passed, failed = count(read_events(sys.argv[1]), int(sys.argv[2]))
    print(f"{passed} passed, {failed} failed")


if __name__ == "__main__":
    main()
