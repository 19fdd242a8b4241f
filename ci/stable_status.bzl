"""Values of ci/workspace_status as files."""

def _stable_status_impl(ctx):
    output = ctx.actions.declare_file(ctx.label.name + ".txt")
    ctx.actions.run_shell(
        arguments = [ctx.info_file.path, output.path, ctx.attr.key],
        command = 'grep -q "^$3 \\|^$3$" "$1" && sed -n "s/^$3 *//p" "$1" >"$2"',
        inputs = [ctx.info_file],
        mnemonic = "StableStatus",
        outputs = [output],
    )
    return [DefaultInfo(files = depset([output]), runfiles = ctx.runfiles(files = [output]))]

stable_status = rule(
    doc = "A file with the value of one key; the build fails if the status script did not print the key.",
    implementation = _stable_status_impl,
    attrs = {"key": attr.string(mandatory = True)},
)
