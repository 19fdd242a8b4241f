"""cc_library and cc_binary as they are, but quicker: most headers are parsed once a configuration.

A source of Assay spends most of its compilation in the headers of libraries. `precompiled` has clang parse
those of common_headers.h for each way of building (variant, compiler flags); `cc_library`, `cc_binary` and
the tests of //sanitizers:variants.bzl then start from there. g++ and optimized builds do without.
"""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "CPP_COMPILE_ACTION_NAME")
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

def compile_command(ctx, copts = [], use_pic = False):
    """The compiler and its flags in this configuration.

    Args:
      ctx: of a rule with COMPILES.
      copts: flags after those of the configuration.
      use_pic: for code that can stand anywhere.

    Returns:
      A struct of `compiler`, a path, `flags`, a list, and `toolchain`.
    """
    toolchain = find_cpp_toolchain(ctx)
    features = cc_common.configure_features(
        cc_toolchain = toolchain,
        ctx = ctx,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    variables = cc_common.create_compile_variables(
        cc_toolchain = toolchain,
        feature_configuration = features,
        use_pic = use_pic,
        user_compile_flags = ctx.fragments.cpp.copts + ctx.fragments.cpp.cxxopts + copts,
    )
    return struct(
        compiler = cc_common.get_tool_for_action(
            action_name = CPP_COMPILE_ACTION_NAME,
            feature_configuration = features,
        ),
        flags = cc_common.get_memory_inefficient_command_line(
            action_name = CPP_COMPILE_ACTION_NAME,
            feature_configuration = features,
            variables = variables,
        ),
        toolchain = toolchain,
    )

# What a rule that calls compile_command needs: `rule(attrs = dict(COMPILES.attrs, ...), ...)`.
COMPILES = struct(
    attrs = {"_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain")},
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)

def _precompiled_impl(ctx):
    command = compile_command(ctx, copts = ctx.attr.copts, use_pic = True)

    # `-include X` takes X.pch where that is. Bazel learns from the compiler what a source included, which
    # leaves out X.pch, so that a change of it would go unnoticed: X.changes, included as well, changes with it.
    header = ctx.actions.declare_file(ctx.label.name + ".h")
    changes = ctx.actions.declare_file(header.basename + ".changes")
    ctx.actions.write(header, "// Stands for %s.\n" % ctx.file.header.short_path)
    headers = [header, changes]
    if command.toolchain.compiler == "clang" and ctx.var["COMPILATION_MODE"] == "fastbuild":
        parsed = ctx.actions.declare_file(header.basename + ".pch")
        arguments = ctx.actions.args()
        arguments.add_all([ctx.file.header, parsed, changes, command.compiler])
        arguments.add_all(command.flags)

        # The header comes from standard input and the compiler is somewhere else, so that nothing names the
        # folder of this action: the same file serves other folders and machines.
        ctx.actions.run_shell(
            arguments = [arguments],
            command = """here=$PWD; header=$1; parsed=$2; changes=$3; shift 3
(cd / && exec "$@" -x c++-header - -Xclang -fno-pch-timestamp -fpch-instantiate-templates \
  -o "$here/$parsed" <"$here/$header") &&
  sha256sum <"$parsed" | sed 's,^,// ,' >"$changes" """,
            inputs = depset([ctx.file.header], transitive = [command.toolchain.all_files]),
            mnemonic = "CppPrecompile",
            outputs = [parsed, changes],
            progress_message = "Parsing common headers once",
        )
        headers.append(parsed)
    else:
        ctx.actions.write(changes, "")
    return [
        DefaultInfo(files = depset([header])),
        CcInfo(compilation_context = cc_common.create_compilation_context(headers = depset(headers))),
    ]

precompiled = rule(
    doc = "A header that every source of a target can start with, already parsed.",
    implementation = _precompiled_impl,
    attrs = dict(
        COMPILES.attrs,
        copts = attr.string_list(doc = "As those of the targets that start with it: clang compares."),
        header = attr.label(mandatory = True, allow_single_file = [".h"]),
    ),
    fragments = COMPILES.fragments,
    incompatible_use_toolchain_transition = True,
    toolchains = COMPILES.toolchains,
)

_OPTIMIZED = str(Label("//ci:common_headers"))
_PLAIN = str(Label("//ci:common_headers_o0"))

def parsed_headers(copts, headers):
    """The parsed headers that a target starts with.

    Args:
      copts: of the target, as starting_with_headers gave them.
      headers: a depset of those that the target may include.

    Returns:
      A file for clang's -include-pch, or None where the headers are not parsed beforehand.
    """
    for label in [_OPTIMIZED, _PLAIN]:
        if "$(execpath %s)" % label in copts:
            name = label.split(":")[1] + ".h.pch"
            for header in headers.to_list():
                if header.basename == name:
                    return header
    return None

def starting_with_headers(copts, deps, optimize = True, common_headers = True):
    """The copts and deps of a target whose sources start with the common headers.

    Args:
      copts: the target's own.
      deps: the target's own.
      optimize: as the configuration says; else -O0, unless the build is optimized as a whole.
      common_headers: False where copts change what a header means (-O, -fopenmp, -fsanitize).

    Returns:
      A dictionary of the two attributes.
    """
    unoptimized = [] if optimize else select({
        str(Label("//sanitizers:opt")): [],
        "//conditions:default": ["-O0"],
    })
    if not common_headers:
        return {"copts": unoptimized + copts, "deps": deps}
    label = _OPTIMIZED if optimize else _PLAIN
    path = "$(execpath %s)" % label
    return {
        "copts": unoptimized + ["-include", path, "-include", path + ".changes"] + copts,
        "deps": deps + [label],
    }

def _starting_with_headers(attributes):
    given = dict(attributes)
    given.update(starting_with_headers(
        given.pop("copts", []),
        given.pop("deps", []),
        optimize = given.pop("optimize", True),
        common_headers = given.pop("common_headers", True),
    ))
    return given

def cc_library(name, **attributes):
    """native.cc_library, with `optimize` and `common_headers` as starting_with_headers has them."""
    if attributes.get("srcs"):
        attributes = _starting_with_headers(attributes)
    native.cc_library(name = name, **attributes)

def cc_binary(name, **attributes):
    """native.cc_binary, with `optimize` and `common_headers` as starting_with_headers has them."""
    native.cc_binary(name = name, **_starting_with_headers(attributes))
