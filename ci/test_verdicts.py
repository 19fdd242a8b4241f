"""Prints `LABEL VERDICT`, sorted, for each test of a run of `bazel test`.

Usage: test_verdicts.py BUILD_EVENTS

BUILD_EVENTS is what --build_event_json_file wrote. A test that ran several times (in shards, or by
--runs_per_test) has one line; it passed if all of its runs did.
"""

import json
import sys


def main():
    verdicts = {}
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            if "testSummary" in event:
                verdicts[event["id"]["testSummary"]["label"]] = event["testSummary"]["overallStatus"]
    for label, verdict in sorted(verdicts.items()):
        print(label, verdict)


if __name__ == "__main__":
    main()
