"""Prints coverage by folder, and in total, from `llvm-cov export -summary-only`.

Usage: coverage_table.py COVERAGE_JSON ROOT

ROOT is what the names of files start with; it need not be there. The last two lines are
`TOTAL lines 91.2% (...)` and `TOTAL branches 84.0% (...)`.
"""

import collections
import json
import os
import sys

KINDS = ("lines", "branches")


def by_folder(files, root):
    """{folder: {kind: [covered, count]}}; a folder has no others inside."""
    table = collections.defaultdict(lambda: {kind: [0, 0] for kind in KINDS})
    for file in files:
        folder = os.path.dirname(os.path.relpath(file["filename"], root))
        for kind in KINDS:
            counts = file["summary"][kind]
            table[folder][kind][0] += counts["covered"]
            table[folder][kind][1] += counts["count"]
    return table


def share(covered, count):
    return f"{100 * covered / count:.1f}%" if count else "none"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        data = json.load(file)["data"][0]
    table = by_folder(data["files"], sys.argv[2])
    print(f"{'folder':<28}{'lines':>9}{'branches':>10}")
    for folder, kinds in sorted(table.items()):
        print(f"{folder:<28}{share(*kinds['lines']):>9}{share(*kinds['branches']):>10}")
    for kind in KINDS:
        covered = sum(kinds[kind][0] for kinds in table.values())
        count = sum(kinds[kind][1] for kinds in table.values())
        print(f"TOTAL {kind} {share(covered, count)} ({covered} of {count})")


if __name__ == "__main__":
    main()
