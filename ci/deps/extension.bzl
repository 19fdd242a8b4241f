"""The repositories of repositories.bzl as a module extension, for MODULE.bazel."""

load(":repositories.bzl", "assay_repositories")

def _debian_impl(_ctx):
    assay_repositories(coverage_tools = False)

debian = module_extension(implementation = _debian_impl)
