"""The flags that the compiler is called with, as a C++ header."""

load("//ci:precompiled.bzl", "COMPILES", "compile_command")

def _compile_flags_impl(ctx):
    flags = compile_command(ctx).flags
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
    attrs = dict(
        COMPILES.attrs,
        header = attr.string(mandatory = True),
    ),
    fragments = COMPILES.fragments,
    incompatible_use_toolchain_transition = True,
    toolchains = COMPILES.toolchains,
)
