"""The libraries of Assay, for its own workspace and for those that depend on it."""

load(":debian.bzl", "debian_headers", "debian_sources", "gcc_toolchain", "npm_buildifier")

# Boost has 15,000 headers; these are what Boost.Context and Boost.Fiber include.
_BOOST = [
    "assert.hpp",
    "config",
    "config.hpp",
    "context",
    "core",
    "cstdint.hpp",
    "detail",
    "fiber",
    "intrusive",
    "intrusive_ptr.hpp",
    "move",
    "predef",
    "predef.h",
    "smart_ptr",
    "static_assert.hpp",
]

# What Boost.Lockfree includes beside those.
_BOOST_LOCKFREE = [
    "align",
    "array.hpp",
    "assert",
    "checked_delete.hpp",
    "current_function.hpp",
    "exception",
    "integer_traits.hpp",
    "limits.hpp",
    "lockfree",
    "mp11",
    "mpl",
    "noncopyable.hpp",
    "parameter",
    "preprocessor",
    "ref.hpp",
    "throw_exception.hpp",
    "tuple",
    "type_traits",
    "utility",
    "version.hpp",
]

# Name of the repository, Debian package, and entries of /usr/include.
_HEADERS = [
    ("asio", "libasio-dev", ["asio", "asio.hpp"]),
    ("benchmark", "libbenchmark-dev", ["benchmark"]),
    ("boost", "libboost-fiber1.81-dev", ["boost/" + entry for entry in _BOOST]),
    (
        "boost_lockfree",
        "libboost1.81-dev",
        ["boost/" + entry for entry in _BOOST + _BOOST_LOCKFREE if entry not in ["context", "fiber"]],
    ),
    ("cli11", "libcli11-dev", ["CLI"]),
    ("concurrentqueue", "libconcurrentqueue-dev", ["concurrentqueue"]),
    ("fmt", "libfmt-dev", ["fmt"]),
    ("libuv", "libuv1-dev", ["uv", "uv.h"]),
    ("nlohmann_json", "nlohmann-json3-dev", ["nlohmann"]),
    ("rapidcheck", "librapidcheck-dev", ["rapidcheck", "rapidcheck.h"]),
    ("tbb", "libtbb-dev", ["oneapi", "tbb"]),
]

def _build_file(name):
    return str(Label("//ci/deps:%s.BUILD" % name))

# Repositories have the names that targets use; the macro itself needs none.
# buildifier: disable=unnamed-macro
def assay_repositories(assay = ".", coverage_tools = True):
    """Defines the repositories that Assay's targets use, all from Debian's packages.

    Args:
      assay: the folder of Assay, from that of the workspace or absolute.
      coverage_tools: whether Bazel lacks tools of its own for coverage, as those before 7 do offline.
    """
    gcc_toolchain(name = "local_config_gcc")
    npm_buildifier(name = "buildifier")

    # `bazel test` asks for this repository even where no coverage is wanted.
    if coverage_tools:
        native.local_repository(
            name = "remote_coverage_tools",
            path = assay + "/ci/deps/remote_coverage_tools",
        )

    # From sources, so that each variant instruments it.
    debian_sources(
        name = "googletest",
        build_file = _build_file("googletest"),
        folders = [
            "googlemock",
            "googletest",
        ],
        package = "googletest",
        path = "/usr/src/googletest",
    )
    for name, package, headers in _HEADERS:
        debian_headers(
            name = name,
            build_file = _build_file(name),
            headers = headers,
            package = package,
        )
    debian_headers(
        name = "clang",
        build_file = _build_file("clang"),
        folder = "/usr/lib/llvm-19/include",
        headers = [
            "clang",
            "clang-c",
            "llvm",
            "llvm-c",
        ],
        package = "libclang-19-dev",
    )
