"""The programs of the gallery: each defect and its twin, built once for every detector's compiler."""

load("//sanitizers:variants.bzl", "VARIANTS", "variant_binary")

# The variants that the detectors need; Helgrind and DRD run the plain one.
_VARIANTS = [
    "asan",
    "gcc_tsan",
    "plain",
    "tsan",
]

_COPTS = [
    # Each access stays where the source has it, and each name is there to be reported. Valgrind
    # 3.19 reads no newer DWARF from clang.
    "-O0",
    "-g",
    "-gdwarf-4",
    "-Wall",
    "-Wextra",
    "-Werror",
    # What only one of the two uses, such as the mutex that only the twin locks.
    "-Wno-unused-but-set-variable",
    "-Wno-unused-function",
    "-Wno-unused-variable",
]

# The headers of C++20 take two to four times as long to read, and there are many programs, each
# compiled eight times; those that need it are named.
_STANDARD = "-std=c++17"
_NEWER_STANDARD = "-std=c++20"

_LINKOPTS = [
    "-pthread",
    # Valgrind 3.19 takes the second writable segment that lld makes of this for another file, and
    # then knows the names of no variables.
    "-Wl,-z,norelro",
]

def defects_in_every_variant(name, labels):
    """The defects `labels` in the variants that no detector needs, beside the others.

    Args:
      name: a filegroup of them in all variants.
      labels: as in defect_programs.
    """
    for label in labels:
        for variant in VARIANTS:
            if variant not in _VARIANTS:
                variant_binary(
                    name = "%s/%s" % (variant, label),
                    program = ":" + label,
                    variant = variant,
                )
    native.filegroup(
        name = name,
        srcs = ["%s/%s" % (variant, label) for label in labels for variant in VARIANTS],
    )

def defect_programs(name, labels, cxx20):
    """For each label, `VARIANT/LABEL` and its twin `VARIANT/LABEL_fixed`; `name` is all of them.

    Args:
      name: a filegroup of all programs and their sources.
      labels: the names of the sources, without `.cc`.
      cxx20: those of them that are C++20; the others are C++17.
    """
    programs = []
    for label in labels:
        standard = _NEWER_STANDARD if label in cxx20 else _STANDARD
        for program, defines in [(label, []), (label + "_fixed", ["FIXED"])]:
            native.cc_binary(
                name = program,
                srcs = [label + ".cc"],
                copts = _COPTS + [standard],
                linkopts = _LINKOPTS,
                local_defines = defines,
                # A source is linted once, as the defect.
                tags = ["no-lint"] if defines else [],
                deps = ["//sanitizers/gallery:in_order"],
            )
            for variant in _VARIANTS:
                variant_binary(
                    name = "%s/%s" % (variant, program),
                    program = ":" + program,
                    variant = variant,
                )
                programs.append("%s/%s" % (variant, program))
    for variant in _VARIANTS:
        native.filegroup(
            name = variant,
            srcs = [p for p in programs if p.startswith(variant + "/")],
        )
    native.filegroup(
        name = "labels",
        srcs = [label + ".cc" for label in labels],
    )
    native.filegroup(
        name = name,
        srcs = [":labels"] + [":" + variant for variant in _VARIANTS],
    )
