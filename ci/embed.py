"""Writes files as C++ strings: what a program carries with it.

Usage: embed.py FUNCTION HEADER FILE... >SOURCE

The source defines `std::span<const EmbeddedFile> assay::FUNCTION()`, which HEADER declares: the name
(without folders) and the text of each file, in the order given.
"""

import os
import sys

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\t": "\\t", "\r": "\\r", "?": "\\?"}


def literal(line):
    """A line, with its end, as a C++ string."""
    return '"' + "".join(_ESCAPES.get(c, c) for c in line) + '\\n"'


def main():
    function, header, files = sys.argv[1], sys.argv[2], sys.argv[3:]
    print(f'#include "{header}"\nnamespace assay {{\nnamespace {{')
    for number, path in enumerate(files):
        with open(path, encoding="utf-8") as file:
            lines = file.read().removesuffix("\n").split("\n")
        print(f"constexpr char kText{number}[] =")
        print("\n".join(literal(line) for line in lines) + ";")
    print("constexpr EmbeddedFile kFiles[] = {")
    for number, path in enumerate(files):
        name = literal(os.path.basename(path)).replace("\\n", "")
        print(f"    {{{name}, {{kText{number}, sizeof(kText{number}) - 1}}}},")
    print("};\n}  // namespace")
    print(f"std::span<const EmbeddedFile> {function}() {{ return kFiles; }}")
    print("}  // namespace assay")


if __name__ == "__main__":
    main()
