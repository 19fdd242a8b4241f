#!/usr/bin/env python3
"""The CI files are YAML, run the whole matrix, and call only what is in this repository."""

import os
import re
import sys
import unittest

import yaml

sys.dont_write_bytecode = True


class NoDuplicates(yaml.SafeLoader):
    """YAML says that a key stands once; the usual loader takes the last of two in silence."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.YAMLError(f"'{key}' stands twice, {node.start_mark}")
        return super().construct_mapping(node, deep)


def load(text):
    return yaml.load(text, Loader=NoDuplicates)


def read(path):
    with open(path, encoding="utf-8") as file:
        return load(file)


def commands(node):
    """Every string that is run as shell commands."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("run", "script", "before_script", "after_script"):
                yield from [value] if isinstance(value, str) else value if value else []
            else:
                yield from commands(value)
    elif isinstance(node, list):
        for value in node:
            yield from commands(value)


class Workflows(unittest.TestCase):
    def test_the_matrix_is_every_compiler_and_variant(self):
        github = read("ci/github.yml")["jobs"]["test"]["strategy"]["matrix"]
        self.assertEqual(github["compiler"], ["clang", "gcc"])
        self.assertEqual(github["variant"], ["plain", "tsan", "asan"])
        (gitlab,) = read("ci/gitlab.yml")["test"]["parallel"]["matrix"]
        self.assertEqual(gitlab["COMPILER"], github["compiler"])
        self.assertEqual(gitlab["VARIANT"], github["variant"])

    def test_github_jobs_are_whole(self):
        document = read("ci/github.yml")
        # YAML 1.1 reads the key `on` as true.
        self.assertIn("schedule", document[True])
        for name, job in document["jobs"].items():
            self.assertIn("runs-on", job, name)
            self.assertIn("timeout-minutes", job, name)
            for step in job["steps"]:
                self.assertEqual(("run" in step) + ("uses" in step), 1, step)
                if "uses" in step:
                    self.assertRegex(step["uses"], r"^[\w-]+/[\w/-]+@v\d+$")

    def test_gitlab_jobs_are_whole(self):
        document = read("ci/gitlab.yml")
        for name, job in document.items():
            if isinstance(job, dict) and "stage" in job:
                self.assertIn(job["stage"], document["stages"], name)
                self.assertTrue(job["script"], name)
                self.assertIn("timeout", job, name)
        self.assertEqual(document["test"]["artifacts"]["reports"]["junit"], "results/junit/*.xml")

    def test_every_command_of_ours_is_there_and_can_be_run(self):
        for path in ("ci/github.yml", "ci/gitlab.yml"):
            called = set()
            for line in commands(read(path)):
                called.update(re.findall(r"(?:^|[\s|&(])(ci/[\w.]+)", line))
            self.assertLessEqual({"ci/matrix", "ci/collect", "ci/assay", "ci/soak", "ci/coverage"}, called)
            for command in called:
                self.assertTrue(os.access(command, os.X_OK), f"{path} calls {command}")

    def test_the_container_copies_what_set_up_reads(self):
        with open("ci/Containerfile", encoding="utf-8") as file:
            copied = re.findall(r"ci/[\w.-]+", re.search(r"^COPY .*$", file.read(), re.M).group())
        for path in copied:
            self.assertTrue(os.path.exists(path), path)
        with open("ci/setup", encoding="utf-8") as file:
            needed = set(re.findall(r"\$(?:here|dir)/([\w.-]+)", file.read())) - {"node_modules", ".."}
        self.assertLessEqual({f"ci/{name}" for name in needed}, set(copied))

    def test_a_broken_file_is_found(self):
        for broken in ("a: [1", "a: 1\na: 2", "a:\n\t- 1"):
            with self.assertRaises(yaml.YAMLError):
                load(broken)


if __name__ == "__main__":
    unittest.main(verbosity=2)
