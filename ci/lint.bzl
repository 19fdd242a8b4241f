"""Lints as tests: clang-format, clang-tidy and buildifier over every file of a package.

Every BUILD file ends with `lint()`. It must be the last call, because it looks at the targets above
it (except those tagged `no-lint`); a file that it cannot cover fails `clang_tidy`, a package without
it fails `//ci:lint_coverage_test`. `ci/format` mends the formatting.
"""

load(":precompiled.bzl", "COMPILES", "compile_command", "parsed_headers")

_CPP = [
    "cc",
    "h",
]

_TIDY = "/usr/bin/clang-tidy-19"

# What .bazelrc gives the compiler; the warnings are the compiler's own business.
_TIDY_FLAGS = [
    "-std=c++20",
    '-DASSAY_VARIANT="plain"',
]

# `native-*` is for Bazel 8, where the rules moved out of Bazel; `lint()` has no name on purpose.
_BUILDIFIER_OFF = [
    "native-cc-binary",
    "native-cc-common",
    "native-cc-import",
    "native-cc-info",
    "native-cc-library",
    "native-cc-test",
    "native-sh-binary",
    "native-sh-library",
    "native-sh-test",
    "unnamed-macro",
]

TidyInfo = provider(
    doc = "What clang-tidy found in the files of one target.",
    fields = {
        "files": "Short paths of the files that it covers.",
        "reports": "One file of findings a source file, empty when there are none.",
    },
)

def _own_files(rule, attribute):
    files = []
    for target in getattr(rule.attr, attribute, []):
        files += [f for f in target.files.to_list() if f.extension in _CPP]
    return files

def _prefixed(prefix, values):
    return [prefix + v for v in values]

def _without_common_headers(copts):
    return [c for c in copts if c != "-include" and not c.startswith("$(execpath ")]

def _tidy_one(ctx, source, header_filter, headers, compilation):
    report = ctx.actions.declare_file("%s.%s.tidy" % (ctx.rule.attr.name, source.basename))
    copts = getattr(ctx.rule.attr, "copts", [])

    # A header that is read by itself includes what it uses.
    parsed = parsed_headers(copts, compilation.headers) if source.extension == "cc" else None
    if parsed:
        # Clang compares the flags, those of code generation as well.
        flags = compile_command(ctx, use_pic = True).flags + ["-include-pch", parsed.path]
    else:
        flags = _TIDY_FLAGS
    flags = (
        flags + _without_common_headers(copts) +
        _prefixed("-D", compilation.defines.to_list() + compilation.local_defines.to_list()) +
        _prefixed("-I", ["."] + compilation.includes.to_list()) +
        _prefixed("-iquote", compilation.quote_includes.to_list()) +
        _prefixed("-isystem", compilation.system_includes.to_list())
    )
    arguments = ctx.actions.args()
    arguments.add_all([report, _TIDY, source])
    arguments.add("--load=" + ctx.file._own_files.path)
    arguments.add_all(["--quiet", "--warnings-as-errors=*", "--header-filter=" + header_filter])
    arguments.add("--config-file=" + ctx.file._config.path)
    arguments.add_all(["--", "-xc++"])
    arguments.add_all(flags)
    ctx.actions.run_shell(
        arguments = [arguments],
        # Findings are the output of the action, not its failure: a test shows them.
        command = """report=$1; shift
status=0
"$@" >"$report" 2>"$report.err" || status=$?
if [ $status -eq 0 ]; then : >"$report"; elif [ ! -s "$report" ]; then cat "$report.err" >"$report"; fi
sed -i "s,$PWD/,,g" "$report"
rm -f "$report.err" """,
        inputs = depset(
            [source, ctx.file._config, ctx.file._own_files] + headers,
            transitive = [compilation.headers],
        ),
        mnemonic = "ClangTidy",
        outputs = [report],
        progress_message = "clang-tidy " + source.short_path,
        use_default_shell_env = True,
    )
    return report

def _tidy_aspect_impl(target, ctx):
    if CcInfo not in target:
        return [TidyInfo(files = [], reports = [])]
    compilation = target[CcInfo].compilation_context
    sources = [f for f in _own_files(ctx.rule, "srcs") if f.extension == "cc"]
    headers = [f for f in _own_files(ctx.rule, "srcs") if f.extension == "h"]
    headers += _own_files(ctx.rule, "hdrs")
    stems = [f.path[:-len(".cc")] for f in sources]

    # x.cc is read together with x.h; a header without a source is read by itself.
    alone = [f for f in headers if f.path[:-len(".h")] not in stems]
    reports = [
        _tidy_one(ctx, f, "(^|/)" + f.path[:-len("cc")] + "h$", headers, compilation)
        for f in sources + alone
    ]
    return [TidyInfo(files = [f.short_path for f in sources + headers], reports = reports)]

_tidy_aspect = aspect(
    implementation = _tidy_aspect_impl,
    attrs = dict(
        COMPILES.attrs,
        _config = attr.label(default = "//:.clang-tidy", allow_single_file = True),
        _own_files = attr.label(
            default = "//ci:tidy_own_files.so",
            allow_single_file = True,
            cfg = "exec",
        ),
    ),
    fragments = COMPILES.fragments,
    incompatible_use_toolchain_transition = True,
    toolchains = COMPILES.toolchains,
)

def _tidy_test_impl(ctx):
    covered = [path for t in ctx.attr.targets for path in t[TidyInfo].files]
    reports = depset([r for t in ctx.attr.targets for r in t[TidyInfo].reports]).to_list()
    uncovered = [f.short_path for f in ctx.files.sources if f.short_path not in covered]
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(script, """#!/bin/sh
status=0
for file in %s; do
  echo "$file: expected to be in srcs or hdrs of a cc_ target above lint() in its BUILD file, found none" >&2
  status=1
done
for report in %s; do
  [ -s "$report" ] || continue
  cat "$report" >&2
  status=1
done
[ $status -eq 0 ] || echo "What to do: %s --fix FILE -- -xc++ -std=c++20 -I. mends names; mend the rest by hand" >&2
exit $status
""" % (
        " ".join(uncovered),
        " ".join([r.short_path for r in reports]),
        _TIDY,
    ), is_executable = True)
    return [DefaultInfo(executable = script, runfiles = ctx.runfiles(files = reports))]

tidy_test = rule(
    doc = "Fails with what clang-tidy finds in the targets, and with every source that none of them has.",
    implementation = _tidy_test_impl,
    attrs = {
        "sources": attr.label_list(allow_files = True),
        "targets": attr.label_list(aspects = [_tidy_aspect]),
    },
    test = True,
)

def _command_test_impl(ctx):
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    command = ctx.attr.command
    if ctx.file.tool:
        command = ctx.file.tool.short_path + " " + command
    files = [f.short_path for f in ctx.files.sources]
    ctx.actions.write(script, """#!/bin/sh
if ! %s %s; then
  echo "%s: What to do: ci/format mends the formatting; mend other findings by hand" >&2
  exit 1
fi
""" % (command, " ".join(files), ctx.label.name), is_executable = True)
    data = ctx.files.sources + ctx.files.data + ctx.files.tool
    return [DefaultInfo(executable = script, runfiles = ctx.runfiles(files = data))]

_command_test = rule(
    implementation = _command_test_impl,
    attrs = {
        "command": attr.string(mandatory = True),
        "data": attr.label_list(allow_files = True),
        "sources": attr.label_list(allow_files = True),
        "tool": attr.label(allow_single_file = True),
    },
    test = True,
)

def lint():
    """Tests over the files of this package: `buildifier`, `clang_format` and `clang_tidy`.

    And `sources`: all of its files, for tests that build the repository from without.
    """

    # Below the root are other packages, and Bazel's links into its output.
    prefix = "**/*" if native.package_name() else "*"
    native.filegroup(
        name = "sources",
        srcs = native.glob([prefix, ".bazel*"], exclude = ["bazel-*", "node_modules/**"]),
        visibility = ["//visibility:public"],
    )
    targets = [
        ":" + rule["name"]
        for rule in native.existing_rules().values()
        if rule["kind"] in ["cc_binary", "cc_library", "cc_test"] and "no-lint" not in rule["tags"]
    ]
    sources = native.glob([prefix + "." + extension for extension in _CPP])
    _command_test(
        name = "buildifier",
        size = "small",
        command = "--mode=check --lint=warn --warnings=" + ",".join(_prefixed("-", _BUILDIFIER_OFF)),
        sources = native.glob(["BUILD", "WORKSPACE", prefix + ".bzl", prefix + ".BUILD"]),
        tags = ["lint"],
        tool = "@buildifier//:buildifier",
    )
    if not sources:
        return
    _command_test(
        name = "clang_format",
        size = "small",
        command = "/usr/bin/clang-format-19 --style=file:.clang-format --dry-run -Werror",
        data = ["//:.clang-format"],
        sources = sources,
        tags = ["lint"],
    )
    tidy_test(
        name = "clang_tidy",
        size = "small",
        sources = sources,
        tags = ["lint"],
        targets = targets,
        testonly = True,
    )
