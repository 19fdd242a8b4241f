"""Text files that a program carries with it."""

def embedded_files(name, srcs, header, function, deps = [], **kwargs):
    """A library with the function `std::span<const EmbeddedFile> assay::FUNCTION()`.

    Args:
      name: of the library.
      srcs: the files; their order is that of the span.
      header: declares the function; written by hand, because people read it.
      function: its name.
      deps: what the header includes.
      **kwargs: of the library.
    """
    native.genrule(
        name = name + "_source",
        srcs = srcs,
        outs = [name + "_text.cc"],
        cmd = "python3 $(location //ci:embed.py) %s %s/%s %s >$@" % (
            function,
            native.package_name(),
            header,
            " ".join(["$(locations %s)" % source for source in srcs]),
        ),
        tools = ["//ci:embed.py"],
    )
    native.cc_library(
        name = name,
        srcs = [":%s_source" % name],
        hdrs = [header],
        # Its text is checked where it comes from.
        tags = ["no-lint"],
        deps = deps + ["//ci:embedded_file"],
        **kwargs
    )
