"""Tests and programs in variants: plain, under ThreadSanitizer, under AddressSanitizer and friends.

A variant is a way of building a whole program: the test *and everything it depends on*, down to
GoogleTest. `VARIANTS` is the one table of them; a new row is at once a value of the `variants` of
every `assay_test` and of the `variant` of every `variant_binary`.

A plain `bazel test //...` runs all of them; `--test_tag_filters=tsan` (or `-asan`, ...) selects.
"""

load("//ci:precompiled.bzl", "starting_with_headers")

# The full name, not /usr/bin/llvm-symbolizer-19: g++ 12's runtimes know the tool by its file name.
_SYMBOLIZER = "external_symbolizer_path=/usr/lib/llvm-19/bin/llvm-symbolizer"

_TSAN_COPTS = ["-fsanitize=thread"]
_TSAN_ENV = {
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1:" + _SYMBOLIZER,
}

# Leak detection is part of AddressSanitizer; its exit status (and that of UBSan) fails the test.
_ASAN_COPTS = [
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
]
_ASAN_ENV = {
    "ASAN_OPTIONS": "detect_leaks=1:strict_string_checks=1:" + _SYMBOLIZER,
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:" + _SYMBOLIZER,
}

def _variant(sanitizer_copts = [], env = {}, gcc = False):
    return struct(sanitizer_copts = sanitizer_copts, env = env, gcc = gcc)

# The rows without `gcc` are built by the default compiler (clang 19, or g++ 12 with --config=gcc).
VARIANTS = {
    "asan": _variant(_ASAN_COPTS, _ASAN_ENV),
    "gcc": _variant(gcc = True),
    "gcc_asan": _variant(_ASAN_COPTS, _ASAN_ENV, gcc = True),
    "gcc_tsan": _variant(_TSAN_COPTS, _TSAN_ENV, gcc = True),
    "plain": _variant(),
    "tsan": _variant(_TSAN_COPTS, _TSAN_ENV),
}

DEFAULT_VARIANTS = [
    "plain",
    "tsan",
    "asan",
]

# What every sanitized build adds. -g1: reports name source lines. -O1: at -O0 sanitized code is many
# times slower, above it accesses that the source names may be merged. _FORTIFY_SOURCE replaces
# functions that the sanitizers want to intercept.
_SANITIZED_COPTS = [
    "-g1",
    "-O1",
    "-U_FORTIFY_SOURCE",
]

# Clang is called as a C compiler by Bazel, and would leave out the parts of its runtimes that watch
# `operator new`, `delete` and virtual calls.
_CLANG_LINKOPTS = ["-fsanitize-link-c++-runtime"]

# Asked of a remote worker by what measures: one that runs nothing else meanwhile. (Bazel 4 keeps what is
# tagged `exclusive` on the machine that it runs on; later ones send it where --config=remote says.)
MEASURING = {"Pool": "measuring"}

# What --config=coverage adds. Only plain programs of clang are counted: g++ does not know these flags, and
# ThreadSanitizer reports the counters.
_CLANG_COVERAGE = [
    "-fcoverage-mapping",
    "-fprofile-instr-generate",
    "-mllvm=-runtime-counter-relocation",
]

_VARIANT_DEFINE = "-DASSAY_VARIANT="
_COPT = "//command_line_option:copt"
_CROSSTOOL = "//command_line_option:crosstool_top"
_LINKOPT = "//command_line_option:linkopt"
_STRIP = "//command_line_option:strip"
_GCC_CROSSTOOL = "@local_config_gcc//:toolchain"

def _without_variant(copts, linkopts):
    """The flags before any variant added its own, so that variants replace each other."""
    defined = [i for i in range(len(copts)) if copts[i].startswith(_VARIANT_DEFINE)]
    if not defined:
        return copts, linkopts
    if copts[defined[-1]] == _define("plain"):
        return [c for c in copts if not c.startswith(_VARIANT_DEFINE)], linkopts

    # What a variant added starts with its name. (By their text some could not be told from the caller's:
    # -O1 is in .bazelrc as well.)
    added = _CLANG_LINKOPTS
    for variant in VARIANTS.values():
        added = added + variant.sanitizer_copts
    return copts[:defined[-1]], [o for o in linkopts if o not in added]

def _define(variant):
    return '%s"%s"' % (_VARIANT_DEFINE, variant)

def _linker(linkopts, gcc):
    others = [o for o in linkopts if not o.startswith("-fuse-ld=")]
    return others + ["-fuse-ld=" + ("gold" if gcc else "lld")]

def _variant_transition_impl(settings, attr):
    row = VARIANTS[attr.variant]
    gcc = row.gcc or "local_config_gcc" in str(settings[_CROSSTOOL])
    copts, linkopts = settings[_COPT], settings[_LINKOPT]
    if _define(attr.variant) in copts:
        # It has all that is added below.
        return {
            _COPT: copts,
            _CROSSTOOL: str(settings[_CROSSTOOL]),
            _LINKOPT: linkopts,
            _STRIP: "never",
        }
    copts, linkopts = _without_variant(copts, linkopts)
    copts = copts + [_define(attr.variant)]
    if row.sanitizer_copts:
        copts = copts + _SANITIZED_COPTS + row.sanitizer_copts
        linkopts = linkopts + row.sanitizer_copts + ([] if gcc else _CLANG_LINKOPTS)
    if attr.variant != "plain":
        copts = [c for c in copts if c not in _CLANG_COVERAGE]
        linkopts = [o for o in linkopts if o not in _CLANG_COVERAGE]
    return {
        _COPT: copts,
        _CROSSTOOL: _GCC_CROSSTOOL if row.gcc else str(settings[_CROSSTOOL]),
        _LINKOPT: _linker(linkopts, gcc),
        # Otherwise a fastbuild drops the debug lines that -g1 asked for.
        _STRIP: "never",
    }

_variant_transition = transition(
    implementation = _variant_transition_impl,
    inputs = [
        _COPT,
        _CROSSTOOL,
        _LINKOPT,
    ],
    outputs = [
        _COPT,
        _CROSSTOOL,
        _LINKOPT,
        _STRIP,
    ],
)

def _program_in_variant(ctx):
    # A transition makes the attribute a list, of one target here.
    program = ctx.attr.program[0][DefaultInfo]
    executable = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(
        output = executable,
        target_file = program.files_to_run.executable,
        is_executable = True,
    )
    return executable, program

def _variant_test_impl(ctx):
    environment = {"ASSAY_VARIANT": ctx.attr.variant}
    environment.update(VARIANTS[ctx.attr.variant].env)
    for name, value in ctx.attr.env.items():
        value = ctx.expand_location(value, ctx.attr.data)

        # Options of a sanitizer are added to those of the table; the later of two wins.
        if name in environment and name.endswith("SAN_OPTIONS"):
            value = environment[name] + ":" + value
        environment[name] = value
    executable, program = _program_in_variant(ctx)
    runfiles = ctx.runfiles(files = [executable]).merge(program.default_runfiles)
    return [DefaultInfo(executable = executable, runfiles = runfiles), testing.TestEnvironment(environment)]

def _variant_binary_impl(ctx):
    executable, program = _program_in_variant(ctx)

    # Not the program by its own name: who has the plain one among its runfiles, too, would find this one
    # there.
    others = [f for f in program.default_runfiles.files.to_list() if f != program.files_to_run.executable]
    return DefaultInfo(
        executable = executable,
        files = depset([executable]),
        runfiles = ctx.runfiles(files = [executable] + others),
    )

_COMMON_ATTRS = {
    "variant": attr.string(mandatory = True, values = VARIANTS.keys()),
    "_allowlist_function_transition": attr.label(
        default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
    ),
}

_variant_test = rule(
    implementation = _variant_test_impl,
    attrs = dict(
        _COMMON_ATTRS,
        # In the same variant as the program, which has the same files among its runfiles.
        data = attr.label_list(allow_files = True, cfg = _variant_transition),
        env = attr.string_dict(),
        program = attr.label(mandatory = True, executable = True, cfg = _variant_transition),
    ),
    test = True,
)

variant_binary = rule(
    doc = """A program built in a variant, whatever the variant of those who use it.

    `program` is a cc_binary (or any other executable). The result is one file with debug lines that
    can be run, or be the `data` of a test. Options of the sanitizers (TSAN_OPTIONS, ...) are the
    caller's.""",
    implementation = _variant_binary_impl,
    attrs = dict(
        _COMMON_ATTRS,
        program = attr.label(mandatory = True, executable = True, cfg = _variant_transition),
    ),
    executable = True,
)

def assay_test(
        name,
        srcs,
        variants = DEFAULT_VARIANTS,
        size = "small",
        timeout = None,
        tags = [],
        env = {},
        args = [],
        data = [],
        shard_count = None,
        visibility = None,
        common_headers = True,
        **cc_test_attributes):
    """A GoogleTest program, and one test of it a variant.

    `name` runs the variant plain, `name_tsan` the variant tsan, and so on; the name of the variant
    is among the tags. Code and environment have ASSAY_VARIANT, the variant's name (in C++ a string
    literal). GoogleTest's filter, sharding and XML work as in a cc_test.

    Args:
      name: the name of the plain test and the stem of the others.
      srcs: the sources of the test; `main` comes from `deps`.
      variants: names of rows of VARIANTS. One thread of control leaves ThreadSanitizer nothing to find.
      size: as in a cc_test; it holds for every variant, so think of the slowest.
      timeout: as in a cc_test.
      tags: as in a cc_test.
      env: the environment; a value of a sanitizer's options is added to those of the table.
      args: as in a cc_test.
      data: as in a cc_test. A program is built in the variant of the test, a `variant_binary` in its own.
      shard_count: as in a cc_test.
      visibility: as in a cc_test.
      common_headers: False where copts change what a header means (-O, -fopenmp, -fsanitize).
      **cc_test_attributes: all others, such as `deps`. `copts` come after -O0, which test
        sources have unless the build is optimized.
    """
    for variant in variants:
        if variant not in VARIANTS:
            fail("assay_test %s: expected variants among %s, found '%s'" %
                 (name, VARIANTS.keys(), variant))

    # A test's own source is a frame of assertions: to optimize it takes as long as all else of its build.
    # What it tests is in libraries, which have the flags of the build.
    cc_test_attributes.update(starting_with_headers(
        cc_test_attributes.pop("copts", []),
        cc_test_attributes.pop("deps", []),
        optimize = False,
        common_headers = common_headers,
    ))
    exec_properties = MEASURING if "exclusive" in tags else {}
    runs_plain = "plain" in variants
    program = name if runs_plain else name + "_program"
    native.cc_test(
        name = program,
        size = size,
        timeout = timeout,
        srcs = srcs,
        args = args,
        data = data,
        env = dict({"ASSAY_VARIANT": "plain"}, **env),
        exec_properties = exec_properties,
        shard_count = shard_count,
        tags = tags + (["plain"] if runs_plain else ["manual"]),
        visibility = visibility,
        **cc_test_attributes
    )
    for variant in variants:
        if variant == "plain":
            continue
        _variant_test(
            name = "%s_%s" % (name, variant),
            size = size,
            timeout = timeout,
            args = args,
            data = data,
            env = env,
            exec_properties = exec_properties,
            program = ":" + program,
            shard_count = shard_count,
            tags = tags + [variant],
            variant = variant,
            visibility = visibility,
        )
