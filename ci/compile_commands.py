"""Prints a compilation database from the actions of a build.

Usage: compile_commands.py ACTIONS ROOT EXECUTION_ROOT

ACTIONS is what `bazel aquery --output=jsonproto` printed. A source that is compiled several times (in
variants) is listed once, as the first action that names no sanitizer compiles it.
"""

import json
import sys


def source_of(arguments):
    """The file that an action compiles: what follows -c."""
    return arguments[arguments.index("-c") + 1] if "-c" in arguments else None


def is_sanitized(arguments):
    """Whether it is of a variant."""
    return any(argument.startswith("-fsanitize=") for argument in arguments)


def without_precompiled(arguments):
    """Without the common headers of ci/precompiled.bzl, which are there after a build only."""
    kept = []
    for argument in arguments:
        if kept and kept[-1] == "-include" and "/ci/common_headers" in argument:
            kept.pop()
        else:
            kept.append(argument)
    return kept


def commands(actions, root, execution_root):
    """The database. Sources are named where people edit them, generated ones where Bazel puts them."""
    found = {}
    for action in actions.get("actions", []):
        arguments = action.get("arguments", [])
        source = source_of(arguments)
        if source is None:
            continue
        if source in found and not (is_sanitized(found[source]) and not is_sanitized(arguments)):
            continue
        found[source] = arguments
    database = []
    for source, arguments in sorted(found.items()):
        own = not source.startswith(("external/", "bazel-out/"))
        database.append(
            {
                "directory": execution_root,
                "file": f"{root}/{source}" if own else source,
                # Own headers before the links of the execution root, so that one file has one name.
                "arguments": arguments[:1] + ["-iquote", root] + without_precompiled(arguments[1:]),
            }
        )
    return database


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        actions = json.load(file)
    json.dump(commands(actions, sys.argv[2], sys.argv[3]), sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
