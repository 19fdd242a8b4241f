#!/usr/bin/env python3
"""`assay report` as a stranger runs it, and its page in a real browser: Debian's Chromium.

The figure of how long a page with 100,000 samples takes to open is printed, not judged. Screenshots
are left among the outputs of the test.
"""

import copy
import json
import os
import random
import re
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from browser import Browser  # noqa: E402

ASSAY = os.path.abspath("cli/assay")
STORED = os.path.abspath("report/testdata")
FOLDER = os.environ["TEST_TMPDIR"]
SHOTS = os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR", FOLDER)
ARROW_RIGHT, ARROW_LEFT, ESCAPE, ENTER = "\ue014", "\ue012", "\ue00c", "\ue007"
HOSTILE = "</script><script>window.hostile = 1</script><img src=x onerror='window.hostile = 1'>"


def stored(name):
    return os.path.join(STORED, name)


def load(name):
    with open(stored(name), encoding="utf-8") as file:
        return json.load(file)


def write(name, document):
    path = os.path.join(FOLDER, name)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file)
    return path


def assay(*words):
    """(exit status, standard output, standard error) of `assay report`."""
    done = subprocess.run(
        [ASSAY, "report", *words], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


def page(name, *files):
    """The path of a page made of these files."""
    out = os.path.join(FOLDER, name)
    status, _, said = assay(*["--from=" + f for f in files], "--out=" + out)
    if status != 0:
        raise AssertionError(f"expected a page, found exit status {status}: {said}")
    return out


class Command(unittest.TestCase):
    def refuses(self, expected, *words):
        status, out, said = assay(*words)
        self.assertEqual((status, out), (2, ""), said)
        self.assertIn(expected, said)
        self.assertEqual(said.count("\n"), 1, said)

    def test_what_cannot_be_reported_is_refused_in_one_line(self):
        self.refuses("No such file", "--from=none.json")
        self.refuses("it is a folder", "--from=" + FOLDER)
        broken = os.path.join(FOLDER, "broken.json")
        with open(broken, "w", encoding="utf-8") as file:
            file.write('{"schema": "assay-results", ')
        self.refuses("cut short", "--from=" + broken)
        newer = write("newer.json", {"schema": "assay-results", "schema_version": 99})
        self.refuses("use a newer one", "--from=" + newer)
        self.refuses("folder that exists", "--from=" + newer, "--out=/no/such/folder/a.html")
        self.refuses("expected a value", "--from=")

    def test_markdown_goes_to_standard_output_alone(self):
        status, out, _ = assay("--from=" + stored("results-1.json"), "--markdown")
        self.assertEqual(status, 0)
        self.assertIn("| Memory space |", out)
        self.assertFalse(os.path.exists(os.path.join(FOLDER, "assay.html")))

    def test_every_stored_version_makes_a_page_that_stands_alone(self):
        files = sorted(os.listdir(STORED))
        with open(page("all.html", *map(stored, files)), encoding="utf-8") as file:
            text = file.read()
        self.assertLess(len(text), 2_000_000)
        for name in files:
            self.assertIn(name, text)
        for outside in ("http://", "https://"):
            shown = text.split('<script type="application/json"')[0]
            self.assertNotIn(outside, shown.replace("http://www.w3.org/2000/svg", ""))


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = Browser(FOLDER)
        cls.browser.open(os.path.join(STORED, "results-1.json"))
        cls.browser.requests()

    @classmethod
    def tearDownClass(cls):
        cls.browser.__exit__()

    def setUp(self):
        self.opened = set()
        self.browser.requests()
        self.browser.resize(1280, 1000)
        self.browser.prefer("light")

    def open(self, path):
        self.opened.add("file://" + path)
        self.browser.open(path)

    def tearDown(self):
        """Whatever a test did: no error, and no request but for the pages themselves."""
        errors = [entry["message"] for entry in self.browser.log("browser")]
        self.assertEqual(errors, [])
        asked = [r for r in self.browser.requests() if not r.startswith("data:")]
        self.assertLessEqual(set(asked), self.opened)

    def text(self, selector):
        return self.browser.run("return document.querySelector(arguments[0]).textContent", selector)

    def count(self, selector):
        return self.browser.run("return document.querySelectorAll(arguments[0]).length", selector)

    def test_a_click_on_a_cell_opens_its_evidence(self):
        self.open(page("click.html", stored("results-1.json")))
        document = load("results-1.json")
        self.assertEqual(self.count(".cell"), len(document["results"]))
        result = next(r for r in document["results"] if r["claim"]["slug"] == "thread.switch_cost")
        self.browser.click('[data-cell="thread.switch_cost/std_thread"]')
        shown = self.text("#evidence")
        for expected in (
            result["verdict"]["kind"],
            result["claim"]["wording"],
            result["claim"]["source"],
            result["command"],
            document["host"]["kernel"],
            document["build"]["compiler"],
        ):
            self.assertIn(expected, shown)
        self.assertGreater(self.count("#evidence svg rect.bar"), 2, "a histogram of the samples")
        self.browser.screenshot(os.path.join(SHOTS, "evidence.png"))
        self.browser.press(ESCAPE)
        self.assertFalse(self.browser.run("return document.getElementById('evidence').open"))
        focused = self.browser.run("return document.activeElement.dataset.cell")
        self.assertEqual(focused, "thread.switch_cost/std_thread", "the focus comes back")

    def test_the_keyboard_opens_a_cell_as_well(self):
        self.open(page("keys.html", stored("results-1.json")))
        self.browser.run("document.querySelector('.cell').focus()")
        self.browser.press(ENTER)
        self.assertTrue(self.browser.run("return document.getElementById('evidence').open"))
        self.browser.press(ESCAPE)

    def test_every_cell_says_its_verdict_in_words_and_by_a_mark(self):
        self.open(page("words.html", stored("results-1.json")))
        cells = self.browser.run(
            "return [...document.querySelectorAll('.cell')].map(c => "
            "[c.dataset.cell, c.getAttribute('aria-label'), c.querySelector('.mark').textContent])"
        )
        marks = {"confirmed": "+", "unrefuted": "~", "refuted": "X", "inconclusive": "?"}
        found = {cell: (label, mark) for cell, label, mark in cells}
        for result in load("results-1.json")["results"]:
            label, mark = found[result["claim"]["slug"] + "/" + result["runtime"]]
            self.assertIn(result["verdict"]["kind"], label)
            self.assertEqual(mark, marks.get(result["verdict"]["kind"], mark))

    def test_a_lesson_is_stepped_forwards_and_backwards(self):
        self.open(page("lesson.html", stored("exploration-1.json")))
        story = load("exploration-1.json")["story"]
        (variable,) = story["initial"]
        value = "return document.querySelector('.story table td').textContent"
        values, now = [str(story["initial"][variable])], story["initial"][variable]
        for step in story["steps"]:
            now = now if step["written"] is None else step["written"]
            values.append(str(now))
        shown = [self.browser.run(value)]
        for number, step in enumerate(story["steps"], 1):
            self.browser.click(".stepper button:nth-of-type(3)")
            shown.append(self.browser.run(value))
            self.assertIn(f"Step {number} of {len(story['steps'])}", self.text(".says"))
            self.assertIn(step["text"], self.text(".says"))
        self.assertEqual(shown, values)
        self.assertIn(story["failures"][0]["text"], self.text(".says"))
        for expected in reversed(values[:-1]):
            self.browser.keys(".story", ARROW_LEFT)
            self.assertEqual(self.browser.run(value), expected)
        self.browser.keys(".story", ARROW_RIGHT)
        self.assertIn("Step 1 of", self.text(".says"))
        self.browser.run("document.getElementById('lessons').scrollIntoView()")
        self.browser.screenshot(os.path.join(SHOTS, "lesson.png"))

    def test_a_lesson_marks_the_racing_lines_and_shows_the_fix(self):
        self.open(page("source.html", stored("exploration-1.json")))
        lines = self.browser.run(
            "return [...document.querySelectorAll('.source .racing')].map(l => l.textContent)"
        )
        self.assertEqual(len(lines), 2, lines)
        self.assertTrue(any(".read(" in line for line in lines), lines)
        self.assertTrue(any(".write(" in line for line in lines), lines)
        self.assertIn("fetch_add", self.text(".source .plus"))

    def test_what_assay_race_saw_stands_in_the_lesson_of_its_scenario(self):
        runs = load("race-0.json")["defect"]["real"]["runs"]
        samples = load("race-1.json")["defect"]["real"]["samples"]
        for name, says in (
            ("race-0.json", [f"{runs:,} runs on real std_thread"]),
            (
                "race-1.json",
                [f"{samples:,} samples on real std_thread", "wrong: no update is lost"],
            ),
        ):
            race = load(name)["defect"]
            for files in ([name], ["exploration-1.json", name]):
                self.open(page("race.html", *map(stored, files)))
                self.browser.run(
                    "document.querySelectorAll('.lesson').forEach(node => node.make())"
                )
                lesson = self.text('.lesson[data-lesson="lost_update"]')
                for words in says + race["sanitized"]["reports"][0]["fixes"][:1]:
                    self.assertIn(words, lesson)
                self.assertEqual(self.count('.lesson[data-lesson="lost_update"]'), 1)

    def test_outcomes_of_assay_stress_have_their_interval(self):
        for name in ("stress-0.json", "stress-1.json"):
            self.open(page("stress.html", stored(name)))
            for outcome in load(name)["results"][0]["outcomes"]:
                low = 100 * outcome.get("interval", outcome)["low"]
                says = self.text("body").split(outcome["reason"])
                self.assertGreater(len(says), 1, outcome)
                found = re.match(r" 95% interval of the share ([0-9.e-]+)% to", says[1])
                self.assertIsNotNone(found, f"{name}: {outcome}, found: {says[1][:80]}")
                self.assertAlmostEqual(float(found.group(1)), low, delta=low / 100)

    def test_what_hung_on_real_threads_is_told(self):
        race = load("race-1.json")
        race["defect"]["real"]["no_end"] = 3
        self.open(page("hung.html", write("hung.json", race)))
        self.browser.run("document.querySelectorAll('.lesson').forEach(node => node.make())")
        self.assertIn("3 times units did not end", self.text(".lesson"))

    def test_each_plot_is_there_or_said_to_be_missing(self):
        self.open(page("none.html", stored("exploration-1.json")))
        missing = self.text(".missing")
        for title in ("Cost by runtime", "Ladders", "Memory", "Contention", "Latency", "Mutants"):
            self.assertIn(title, self.browser.run("return document.body.textContent"))
        self.assertIn("assay --json=FILE", missing)
        files = [stored(f) for f in sorted(os.listdir(STORED))]
        self.open(page("every.html", *files))
        plots = self.browser.run("return document.querySelector('#plots').textContent")
        for title in (
            "What a switch costs",
            "Memory of all live units",
            "Memory of one live unit",
            "Latency of an echo",
            "Latency under load: 99.9th percentile",
            "all outcomes",
            "Which detector finds which defect",
            "Which probe kills which mutant",
            "Contention",
        ):
            self.assertIn(title, plots)
        numbers = self.browser.run(
            "return [...document.querySelectorAll('svg')].filter(s => /NaN|undefined|Infinity/"
            ".test(s.outerHTML)).length"
        )
        self.assertEqual(numbers, 0, "drawings with numbers that are none")

    def test_two_files_side_by_side_show_what_differs_beyond_noise(self):
        before = load("results-1.json")
        after = copy.deepcopy(before)
        changed = next(r for r in after["results"] if r["claim"]["slug"] == "thread.switch_cost")
        evidence = changed["observation"]["evidence"]
        evidence["samples_ns"] = [3 * v for v in evidence["samples_ns"]]
        refuted = next(r for r in after["results"] if r["claim"]["slug"] == "process.memory_space")
        refuted["verdict"] = {**refuted["verdict"], "kind": "refuted", "reason": "seen"}
        self.open(page("two.html", stored("results-1.json"), write("after.json", after)))
        rows = self.browser.run(
            "return [...document.querySelectorAll('#compare tr.changed')].map(r => r.textContent)"
        )
        self.assertEqual(len(rows), 2, rows)
        self.assertTrue(any("(3x; the intervals do not meet)" in row for row in rows), rows)
        self.assertTrue(any("the verdicts differ" in row for row in rows), rows)
        self.browser.run("document.querySelector('#file').value = 1; document.querySelector"
                         "('#file').dispatchEvent(new Event('change'))")
        self.assertEqual(self.count("#table .cell .mark.refuted"), 1)

    def test_no_text_of_the_data_becomes_markup(self):
        document = load("results-1.json")
        for result in document["results"]:
            result["claim"]["wording"] = HOSTILE
            result["observation"]["figure"] = HOSTILE
            result["verdict"]["reason"] = HOSTILE
            result["observation"]["counterexample"] = HOSTILE
        document["host"]["cpu"] = HOSTILE + " {{script}} {{data}}"
        self.open(page("hostile.html", write("hostile.json", document)))
        self.browser.click('[data-cell="thread.switch_cost/std_thread"]')
        self.assertIsNone(self.browser.run("return window.hostile ?? null"))
        self.assertEqual(self.count("img"), 0)
        self.assertIn(HOSTILE, self.text(".cell"))
        self.browser.press(ESCAPE)

    def test_it_fits_narrow_screens_and_both_schemes(self):
        self.open(page("narrow.html", *[stored(f) for f in sorted(os.listdir(STORED))]))
        colours = []
        for scheme in ("light", "dark"):
            self.browser.prefer(scheme)
            colours.append(
                self.browser.run("return getComputedStyle(document.body).backgroundColor")
            )
            self.browser.screenshot(os.path.join(SHOTS, scheme + ".png"))
        self.assertEqual(len(set(colours)), 2, colours)
        self.browser.resize(360, 740)
        width = self.browser.run("return document.documentElement.scrollWidth")
        self.assertLessEqual(width, 360, "nothing is wider than a narrow screen")
        self.browser.screenshot(os.path.join(SHOTS, "narrow.png"))
        self.browser.pdf(os.path.join(SHOTS, "print.pdf"))

    def test_a_hundred_thousand_samples_open(self):
        document = load("results-1.json")
        draw = random.Random(1)
        with_samples = [
            r["observation"]["evidence"]
            for r in document["results"]
            if "samples_ns" in r["observation"]["evidence"]
        ]
        for evidence in with_samples:
            middle = evidence["ns"]
            each = 100_000 // len(with_samples) + 1
            evidence["samples_ns"] = [middle * draw.lognormvariate(0, 0.1) for _ in range(each)]
        path = page("large.html", write("large.json", document))
        self.assertLess(os.path.getsize(path), 2_000_000)
        self.open(path)
        took = self.browser.run(
            "return performance.getEntriesByType('navigation')[0].loadEventEnd"
        )
        print(f"\na page with 100,000 samples, {os.path.getsize(path) / 1e6:.2f} MB: loaded and "
              f"drawn in {took:.0f} ms")
        self.browser.click('[data-cell="thread.switch_cost/std_thread"]')
        self.assertIn(f"{len(with_samples[0]['samples_ns']):,} samples", self.text("#evidence"))
        self.browser.press(ESCAPE)


if __name__ == "__main__":
    unittest.main(verbosity=2)
