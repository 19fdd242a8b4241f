"""Repositories over what Debian's packages installed (their list is ci/packages.txt)."""

load("@bazel_tools//tools/cpp:lib_cc_configure.bzl", "get_cpu_value")
load("@bazel_tools//tools/cpp:unix_cc_configure.bzl", "configure_unix_toolchain")

def _debian_headers_impl(ctx):
    # Only the named entries are linked into a folder of their own: with the whole of /usr/include
    # on the -isystem path, `#include_next <stdlib.h>` of libstdc++ finds nothing behind it.
    for header in ctx.attr.headers:
        source = ctx.path(ctx.attr.folder + "/" + header)
        if not source.exists:
            fail("%s is expected from Debian's package %s and is missing: run ci/setup" %
                 (source, ctx.attr.package))
        ctx.symlink(source, "include/" + header)
    ctx.symlink(ctx.attr.build_file, "BUILD")

debian_headers = repository_rule(
    doc = "Header files and folders that packages installed, alone on an include path of their own.",
    implementation = _debian_headers_impl,
    attrs = {
        "build_file": attr.label(mandatory = True, allow_single_file = True),
        "folder": attr.string(default = "/usr/include"),
        "headers": attr.string_list(mandatory = True, doc = "Entries of the folder."),
        "package": attr.string(mandatory = True, doc = "The Debian package that they come from."),
    },
    local = True,
)

def _debian_sources_impl(ctx):
    for folder in ctx.attr.folders:
        source = ctx.path(ctx.attr.path + "/" + folder)
        if not source.exists:
            fail("%s is expected from Debian's package %s and is missing: run ci/setup" %
                 (source, ctx.attr.package))
        ctx.symlink(source, folder)
    ctx.symlink(ctx.attr.build_file, "BUILD")

debian_sources = repository_rule(
    doc = "Folders of sources. (What new_local_repository does; module extensions cannot call that.)",
    implementation = _debian_sources_impl,
    attrs = {
        "build_file": attr.label(mandatory = True, allow_single_file = True),
        "folders": attr.string_list(mandatory = True, doc = "Below the path."),
        "package": attr.string(mandatory = True, doc = "The Debian package that they come from."),
        "path": attr.string(mandatory = True),
    },
    local = True,
)

def _gcc_toolchain_impl(ctx):
    gcc = ctx.which("gcc-12")
    if not gcc or not ctx.which("g++-12"):
        fail("gcc-12 and g++-12 are expected from Debian's package g++-12; not found: run ci/setup")
    configure_unix_toolchain(ctx, get_cpu_value(ctx), {"gcc": str(gcc)})

gcc_toolchain = repository_rule(
    doc = "A second C++ toolchain, with g++ 12, beside the default one (see .bazelrc).",
    implementation = _gcc_toolchain_impl,
    environ = ["PATH"],
    configure = True,
    local = True,
)

def _buildifier_impl(ctx):
    machine = ctx.execute(["uname", "-m"]).stdout.strip()
    arch = {"aarch64": "arm64", "x86_64": "amd64"}.get(machine, machine)
    path = "ci/node_modules/@bazel/buildifier/buildifier-linux_" + arch
    binary = ctx.path(str(ctx.path(Label("//:WORKSPACE")).dirname) + "/" + path)
    if not binary.exists:
        fail("%s is expected from the npm packages of ci/package-lock.json and is missing: run ci/setup" % path)
    ctx.symlink(binary, "buildifier")
    ctx.file("BUILD", 'exports_files(["buildifier"])\n')

npm_buildifier = repository_rule(
    doc = "buildifier, which Debian does not package, from the npm package that ci/setup installs.",
    implementation = _buildifier_impl,
    local = True,
)
