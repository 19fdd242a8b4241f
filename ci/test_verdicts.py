"""Prints `LABEL VERDICT`, sorted, for each test of a run of `bazel test`.

Usage: test_verdicts.py [--runs] BUILD_EVENTS

With --runs, `LABEL VERDICT in N runs`: each seed counts, and each shard of it. BUILD_EVENTS is what
--build_event_json_file wrote. A test that ran several times (in shards, or by --runs_per_test) has
one line; it passed if all of its runs did.
"""

import json
import sys


def main():
    with_runs = sys.argv[1] == "--runs"
    verdicts = {}
    with open(sys.argv[-1], encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            if "testSummary" in event:
                summary = event["testSummary"]
                runs = f" in {summary['totalRunCount']} runs" if with_runs else ""
                verdicts[event["id"]["testSummary"]["label"]] = summary["overallStatus"] + runs
    for label, verdict in sorted(verdicts.items()):
        print(label, verdict)


if __name__ == "__main__":
    main()
