"""explored_test: a GoogleTest whose tests run under every schedule.

The test, and all that it depends on, is compiled with -fsanitize=thread and linked against Assay's
library (models/controlled/unmodified) in place of ThreadSanitizer's runtime. The library itself, with
GoogleTest in it, is built as ever.
"""

# -O1 as in the variants of sanitizers/variants.bzl, for the same reasons. -g and frame pointers: tables
# of schedules name lines of source and variables.
_COPTS = [
    "-fsanitize=thread",
    "-g",
    "-fno-omit-frame-pointer",
    "-O1",
    "-U_FORTIFY_SOURCE",
]

# A read before a write to the same variable is an access as well: clang would leave it out. So would it
# an access to a part of a local variable whose own address goes nowhere, though that of the whole does:
# with no use looked at, every address may have gone anywhere. The others have the debug information tell
# one place of a variable that is in memory, as g++ has it, and not what each part of it holds where.
_CLANG_COPTS = [
    "-mllvm=-tsan-instrument-read-before-write",
    "-mllvm=-capture-tracking-max-uses-to-explore=0",
    "-mllvm=-instcombine-lower-dbg-declare=0",
    "-Xclang=-fexperimental-assignment-tracking=disabled",
]

# "atomic_thread_fence is not supported with -fsanitize=thread": here it is. Calls that g++ would
# replace by code of its own, after it has looked for accesses, stay calls.
_GCC_COPTS = [
    "-Wno-tsan",
    "-fno-builtin-memcmp",
    "-fno-builtin-memcpy",
    "-fno-builtin-memmove",
    "-fno-builtin-memset",
]

# What the program calls of the C library that touches memory for it.
_WRAPPED = [
    "bcmp",
    "memchr",
    "memcmp",
    "memcpy",
    "memmove",
    "memset",
    "stpcpy",
    "strcat",
    "strchr",
    "strcmp",
    "strcpy",
    "strlen",
    "strncmp",
    "strncpy",
    "strnlen",
]

_LINKOPTS = ["-Wl," + ",".join(["--wrap=" + name for name in _WRAPPED])]

_COPT = "//command_line_option:copt"
_CROSSTOOL = "//command_line_option:crosstool_top"
_LINKOPT = "//command_line_option:linkopt"
_STRIP = "//command_line_option:strip"
_CLANG_CROSSTOOL = "@bazel_tools//tools/cpp:toolchain"
_GCC_CROSSTOOL = "@local_config_gcc//:toolchain"

# As _CLANG_CROSSTOOL, by another name.
_LIBRARY_CROSSTOOL = str(Label("//models/controlled/unmodified:library_toolchain"))

def _linker(linkopts, gcc):
    others = [o for o in linkopts if not o.startswith("-fuse-ld=")]
    return others + ["-fuse-ld=" + ("gold" if gcc else "lld")]

def _explored_transition_impl(settings, attr):
    gcc = attr.compiler == "gcc"
    return {
        _COPT: settings[_COPT] + _COPTS + (_GCC_COPTS if gcc else _CLANG_COPTS),
        _CROSSTOOL: _GCC_CROSSTOOL if gcc else _CLANG_CROSSTOOL,
        _LINKOPT: _linker(settings[_LINKOPT], gcc),
        # Names of variables and lines of source come from the program itself.
        _STRIP: "never",
    }

_explored_transition = transition(
    implementation = _explored_transition_impl,
    inputs = [
        _COPT,
        _LINKOPT,
    ],
    outputs = [
        _COPT,
        _CROSSTOOL,
        _LINKOPT,
        _STRIP,
    ],
)

def _library_transition_impl(settings, _attr):
    added = _COPTS + _CLANG_COPTS + _GCC_COPTS

    # Bazel names the folder of a configuration after the settings that changed on the way to it. Each of
    # these changes, whatever the compiler of the test, so that the library is built once for both.
    return {
        _COPT: [c for c in settings[_COPT] if c not in added] + ["-fno-omit-frame-pointer", "-O2"],
        _CROSSTOOL: _LIBRARY_CROSSTOOL,
        _LINKOPT: _linker(settings[_LINKOPT], False) + ["-Wl,--as-needed"],
        _STRIP: "never",
    }

_library_transition = transition(
    implementation = _library_transition_impl,
    inputs = [
        _COPT,
        _LINKOPT,
    ],
    outputs = [
        _COPT,
        _CROSSTOOL,
        _LINKOPT,
        _STRIP,
    ],
)

_ALLOWLIST = attr.label(
    default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
)

def _explored_library_impl(ctx):
    return DefaultInfo(files = ctx.attr.library[0][DefaultInfo].files)

explored_library = rule(
    doc = "The shared library of all explored tests, built once and not explored itself.",
    implementation = _explored_library_impl,
    attrs = {
        "library": attr.label(mandatory = True, cfg = _library_transition),
        "_allowlist_function_transition": _ALLOWLIST,
    },
)

def _program(ctx):
    # A transition makes the attribute a list, of one target here.
    program = ctx.attr.program[0][DefaultInfo]
    executable = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(
        output = executable,
        target_file = program.files_to_run.executable,
        is_executable = True,
    )
    runfiles = ctx.runfiles(files = [executable]).merge(program.default_runfiles)
    return DefaultInfo(executable = executable, files = depset([executable]), runfiles = runfiles)

def _explored_test_impl(ctx):
    return [_program(ctx), testing.TestEnvironment(ctx.attr.env)]

def _explored_binary_impl(ctx):
    return [_program(ctx)]

_ATTRS = {
    "compiler": attr.string(default = "clang", values = ["clang", "gcc"]),
    "program": attr.label(mandatory = True, executable = True, cfg = _explored_transition),
    "_allowlist_function_transition": _ALLOWLIST,
}

_explored_test = rule(
    implementation = _explored_test_impl,
    attrs = dict(_ATTRS, env = attr.string_dict()),
    test = True,
)

explored_binary = rule(
    doc = """A program that is built as an explored_test is, without being a test.

    `program` is a cc_binary with EXPLORED_SRCS among its srcs and EXPLORED_DEPS among its deps.""",
    implementation = _explored_binary_impl,
    attrs = _ATTRS,
    executable = True,
)

EXPLORED_SRCS = [str(Label("//models/controlled/unmodified:library"))]

EXPLORED_DEPS = [str(Label("//models/controlled/unmodified:headers"))]

EXPLORED_LINKOPTS = _LINKOPTS

def explored_test(
        name,
        srcs,
        deps = [],
        strategy = "dfs",
        memory_model = "sc",
        executions = None,
        bound = None,
        steps = None,
        seconds = None,
        ignore_races = False,
        compiler = "clang",
        size = "small",
        timeout = None,
        tags = [],
        env = {},
        args = [],
        data = [],
        linkopts = [],
        visibility = None,
        **cc_test_attributes):
    """A GoogleTest program in which the body of every TEST is run under every schedule.

    A failing EXPECT or ASSERT, a data race, a deadlock and what else docs/exploring.md lists fails
    the test, which then prints the smallest schedule that fails and a command that replays it
    (ASSAY_REPLAY). What is said here can be said on the command line as well, for one run:
    --test_env=ASSAY_SEED=7, and so on.

    Args:
      name: the name of the test.
      srcs: sources with GoogleTest's TEST, TEST_F and so on. `main` and GoogleTest come with the rule.
      deps: what is tested; it is instrumented as well. GoogleTest must not be among it.
      strategy: "dfs" (every interleaving), "random" or "pct".
      memory_model: "sc" (sequential consistency) or "tso": atomic stores that are not sequentially
        consistent may wait in a buffer of their thread, as on x86.
      executions: at most so many.
      bound: at most so many preemptions in an execution ("dfs" only).
      steps: of one execution at most; one that has more is a livelock.
      seconds: of the search of one test at most. Without it a test ends before its timeout, and
        leaves time to those that follow.
      ignore_races: True where data races are known and are not what is tested; their accesses are
        steps all the same.
      compiler: "clang" or "gcc".
      size: as in a cc_test.
      timeout: as in a cc_test.
      tags: as in a cc_test.
      env: the environment.
      args: as in a cc_test.
      data: as in a cc_test.
      linkopts: as in a cc_test.
      visibility: as in a cc_test.
      **cc_test_attributes: all others, such as `copts`.
    """
    for dep in deps:
        if "googletest" in dep:
            fail("explored_test %s: GoogleTest comes with the rule, expected no '%s' in deps" %
                 (name, dep))
    settings = {
        "ASSAY_BOUND": bound,
        "ASSAY_EXECUTIONS": executions,
        "ASSAY_IGNORE_RACES": 1 if ignore_races else None,
        "ASSAY_MEMORY_MODEL": memory_model,
        "ASSAY_SECONDS": seconds,
        "ASSAY_STEPS": steps,
        "ASSAY_STRATEGY": strategy,
    }
    native.cc_test(
        name = name + "_program",
        srcs = srcs + EXPLORED_SRCS,
        deps = deps + EXPLORED_DEPS,
        linkopts = EXPLORED_LINKOPTS + linkopts,
        data = data,
        tags = tags + ["manual"],
        visibility = ["//visibility:private"],
        **cc_test_attributes
    )
    _explored_test(
        name = name,
        size = size,
        timeout = timeout,
        args = args,
        compiler = compiler,
        env = dict({k: str(v) for k, v in settings.items() if v != None}, **env),
        program = ":" + name + "_program",
        tags = tags + ["explored"],
        visibility = visibility,
    )
