"""The flags that the compiler is called with, as a C++ header."""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "CPP_COMPILE_ACTION_NAME")
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

def _compile_flags_impl(ctx):
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
        user_compile_flags = ctx.fragments.cpp.copts + ctx.fragments.cpp.cxxopts,
    )
    flags = cc_common.get_memory_inefficient_command_line(
        action_name = CPP_COMPILE_ACTION_NAME,
        feature_configuration = features,
        variables = variables,
    )
    text = " ".join(flags).replace("\\", "\\\\").replace('"', '\\"')
    header = ctx.actions.declare_file(ctx.attr.header)
    ctx.actions.write(header, """#pragma once

namespace assay {
inline constexpr const char* kCompileFlags = "%s";
}  // namespace assay
""" % text)
    return [DefaultInfo(files = depset([header]))]

compile_flags = rule(
    doc = "A header with `assay::kCompileFlags`: the flags of this configuration, variants included.",
    implementation = _compile_flags_impl,
    attrs = {
        "header": attr.string(mandatory = True),
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
    },
    fragments = ["cpp"],
    incompatible_use_toolchain_transition = True,
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)
