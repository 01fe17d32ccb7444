"""The report for the terminal and the page: what they show, and what strangers' names cannot do to them."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from dataset_tools.card import Card, card_html
from dataset_tools.stats import Statistics, collect, format_statistics, open_dataset
from dataset_tools.stats.attempts import Attempts, Verdicts
from dataset_tools.stats.wording import bytes_text, percent, ranked, time_text, value_text
from tests.dataset_tools.stats_clips import clip_of, labels_of, meta_of, poses

EVIL = "</style><script>window.owned = 1</script><img src=x onerror='window.owned = 2'>{{style}} \"&lt;"
DRAWN = {"svg", "path", "rect", "circle", "line", "text", "title"}


@pytest.fixture(scope="module")
def golden(shared) -> Statistics:
    return collect(open_dataset(shared / "golden"), pixels=True)


def named(name: str) -> Statistics:
    """Statistics of two clips in which every text is `name`, or holds it."""
    keys = ("asset_id", "name", "category", "source", "licence", "author", "family", "facing")
    meta = meta_of(
        [dict.fromkeys(keys, name)], camera=name, environment=name, floor=name, qa={name: 1.0, name + "2": 2.0}
    )
    other = meta_of([dict.fromkeys(keys, name + "2")], camera=name + "2", environment=name + "2", floor=name + "2")
    labels = labels_of(poses([[0.0], [90.0]]))
    found = collect([clip_of(labels, meta), clip_of(labels, other, 1)])
    verdicts = {name: Verdicts(1, 4), name + "2": Verdicts(5, 0)}
    by = dict.fromkeys(("family", "camera", "objects", "asset"), verdicts)
    attempts = Attempts(6, 4, 1, {name: 3, name + "2": 1}, {name: 1}, by, 2.0, 3.0)
    told = {"name": name, "attempts": attempts, "findings": (name,), "left_out": (name,), "splits": {name: found.total}}
    return Statistics(**{**found.__dict__, **told, "members": {name: 3}})


def stats_html(statistics: Statistics) -> str:
    """The page of the numbers alone, titled with their name."""
    return card_html(Card(statistics.name, statistics))


class Reader(HTMLParser):
    """Elements with their attributes, and all text outside of the style sheet."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] != "style":
            self.words.append(data)


def test_the_report_tells_the_same_numbers(golden):
    report = format_statistics(golden)
    assert report.startswith("golden: 5 clips, 60 frames, 7.5 s of video")
    assert re.search(r"^  egg +3 +60 % ", report, re.MULTILINE)
    assert re.search(r"^  train +3 +36 +4.5 s", report, re.MULTILINE)
    assert re.search(r"^  Trajectory family +circle_arc$", report, re.MULTILINE)
    assert "Ledger: 5 of 5 attempts accepted" in report
    thirds = re.search(r"Where centres lie in the picture\n(.*)\n(.*)\n(.*)\n", report).groups()
    told = [int(number) for line in thirds for number in re.findall(r"(\d+) %", line)]
    assert told == np.round(100 * np.array(golden.thirds.shares)).ravel().astype(int).tolist()
    for finding in golden.findings:
        assert f"  - {finding}" in report


def test_columns_of_the_report_are_aligned(golden):
    lines = format_statistics(golden).splitlines()
    first = next(k for k, line in enumerate(lines) if line.startswith("Measured"))
    rows = lines[first + 1 : first + 1 + len(golden.histograms)]
    end = lines[first].index("most") + len("most")
    assert [row[end : end + 2] for row in rows] == ["  "] * len(rows)
    assert all(row[end - 1] != " " for row in rows)


def test_no_name_acts_on_the_terminal():
    report = format_statistics(named("\x1b[2J\x07\u202e\n\rname"))
    assert all(letter.isprintable() or letter == "\n" for letter in report)
    assert "?[2J????name" in report


def test_names_cannot_become_elements():
    calm, evil = Reader(stats_html(named("calm"))), Reader(stats_html(named(EVIL)))
    assert [tag for tag, _ in evil.tags] == [tag for tag, _ in calm.tags]
    assert "script" not in {tag for tag, _ in evil.tags} and "img" not in {tag for tag, _ in evil.tags}
    assert evil.words.count(EVIL) == calm.words.count("calm") > 15


def test_the_page_names_nothing_outside_itself_and_styles_nothing_inline(golden):
    page = Reader(stats_html(golden))
    linked = [value for _, found in page.tags for name, value in found.items() if name in ("src", "href")]
    assert linked[0] == "data:," and all(value.startswith("#") for value in linked[1:])
    assert not [found for _, found in page.tags if "style" in found]
    assert not re.search(r"https?://|@import|url\(", stats_html(golden))


def test_every_chart_lies_within_its_picture(golden):
    page = Reader(stats_html(golden))
    assert sum(tag == "svg" for tag, _ in page.tags) > len(golden.histograms) + 3
    assert not re.search(r"\b(nan|inf)\b", stats_html(golden))
    left = top = width = height = 0.0
    for tag, found in page.tags:
        if "viewbox" in found:
            left, top, width, height = map(float, found["viewbox"].split())
        if tag == "rect" and "x" in found:
            x, y, wide, high = (float(found[name]) for name in ("x", "y", "width", "height"))
            assert left <= x <= x + wide <= left + width + 1e-6 and top <= y <= y + high <= top + height + 1e-6
        if tag == "path" and "d" in found:
            points = re.findall(r"(-?[\d.]+) (-?[\d.]+)", found["d"])
            assert all(abs(float(x)) <= max(width, height) and abs(float(y)) <= max(width, height) for x, y in points)


def test_a_dataset_of_which_little_is_known_has_a_report_and_a_page():
    meta = {"kind": "real", "fps": 8, "width": 64, "height": 48}
    bare = collect([clip_of({"center_px": np.full((1, 1, 2), np.nan, np.float32)}, meta)])
    assert "1 clip, 1 frame" in format_statistics(bare)
    assert "No clip has world_from_object" in stats_html(bare)


def test_numbers_are_written_as_a_person_reads_them():
    assert [bytes_text(n) for n in (0, 812, 999_499, 1_000_000, 12_345_678_901)] == [
        "0 B",
        "812 B",
        "999 kB",
        "1 MB",
        "12.3 GB",
    ]
    assert [time_text(s) for s in (0.5, 90, 600, 36_000)] == ["0.5 s", "90 s", "10 min", "10.0 hours"]
    assert [percent(share) for share in (0, 1e-6, 0.005, 0.126, 1)] == ["0 %", "<1 %", "<1 %", "13 %", "100 %"]
    assert value_text(12345.6, "px") == "12,346 px" and value_text(0.125, "°") == "0.125°"
    assert ranked({"10": 1, "9": 5}) == [("9", 5), ("10", 1)]
    assert ranked({"b": 2, "a": 2, "c": 3}) == [("c", 3), ("a", 2), ("b", 2)]


@pytest.mark.browser
@pytest.mark.parametrize("width", [1400, 360])
def test_the_page_shows_in_a_browser_asks_for_nothing_and_fits(browser, golden, tmp_path, width):
    path = tmp_path / "stats.html"
    path.write_text(stats_html(golden), encoding="utf-8")
    browser.resize(width, 900)
    browser.open(path.as_uri())
    assert browser.requested == [path.as_uri()] and browser.complaints == []
    assert browser.run("document.querySelectorAll('svg.chart').length") == len(golden.histograms) + 3
    assert browser.run("document.documentElement.scrollWidth <= window.innerWidth")
    assert browser.run(
        "[...document.querySelectorAll('svg.chart')].every(chart => chart.getBoundingClientRect().height > 60)"
    )
    colour = browser.run("getComputedStyle(document.querySelector('.bar')).fill")
    assert colour != browser.run("getComputedStyle(document.querySelector('.groove')).fill") != "rgb(0, 0, 0)"


@pytest.mark.browser
def test_a_script_in_a_name_is_shown_and_never_run(browser, tmp_path):
    path = tmp_path / "stats.html"
    path.write_text(stats_html(named(EVIL)), encoding="utf-8")
    browser.open(path.as_uri())
    assert browser.run("typeof window.owned") == "undefined"
    assert browser.run("document.querySelector('h1').textContent") == EVIL
    assert browser.run("document.querySelectorAll('main img, main script').length") == 0
    assert browser.complaints == []
