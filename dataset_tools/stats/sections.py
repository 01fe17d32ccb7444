"""The statistics as sections of an HTML page, with charts; every text of a dataset is escaped."""

import html
import re
from collections.abc import Iterable, Mapping, Sequence

from dataset_tools.captions import figure, spoken
from dataset_tools.stats.attempts import Attempts, Verdicts
from dataset_tools.stats.charts import bar, counter_clockwise, heat_map, histogram_chart, rose, seen_from_camera
from dataset_tools.stats.findings import LEAST_ACCEPTED
from dataset_tools.stats.histogram import Histogram
from dataset_tools.stats.options import OPTIONS
from dataset_tools.stats.statistics import Amount, Statistics
from dataset_tools.stats.wording import GOOD, bytes_text, counted, percent, ranked, time_text, value_text

MAX_ROWS = 14
MAX_ASSETS = 2000
MAX_FINDINGS = 6
"""Of more, the others are folded away."""
_BY = {"family": "family", "camera": "camera motion", "objects": "number of objects", "asset": "asset"}
_PLACES = "Where centres lie in the picture"


def findings(statistics: Statistics) -> str:
    """What to mend, and what could not be counted."""
    return section("Findings", [_findings(statistics)])


def content(statistics: Statistics) -> Iterable[str]:
    """Amounts, coverage, what is shown, and how it moves and looks: a section each."""
    yield section("At a glance", _glance(statistics), "glance")
    yield section("What is shown", _options(statistics), "flow")
    yield section("How it moves and looks", map(_measure, statistics.histograms.values()), "charts")


def making(statistics: Statistics, more: Sequence[str] = ()) -> str:
    """Self-check and ledger, then `more` panels."""
    return section("How it was made", [*_making(statistics), *more], "flow")


def assets(statistics: Statistics) -> str:
    """The assets, and how often they are shown."""
    return section("Assets", _assets(statistics))


def section(title: str, cards: Iterable[str], style: str = "") -> str:
    """A heading with panels under it; nothing where there is none."""
    inside = "\n".join(cards)
    if not inside:
        return ""
    head = f'<section id="{anchor(title)}"><h2>{html.escape(title)}</h2>'
    return f'{head}<div class="grid {style}">{inside}</div></section>'


def anchor(title: str) -> str:
    """Where in the page the section of that title is."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower())


def panel(title: str, note: str, inside: str, style: str = "") -> str:
    """A framed part of a section; `inside` is HTML, the rest is text."""
    note = f"<span>{html.escape(note)}</span>" if note else ""
    return f'<article class="card {style}"><h3>{html.escape(title)}{note}</h3>{inside}</article>'


def _findings(statistics: Statistics) -> str:
    items = [f"<li>{html.escape(sentence)}</li>" for sentence in statistics.findings]
    items = items or [f'<li class="good">{html.escape(GOOD)}</li>']
    notes = "".join(f'<li class="note">{html.escape(sentence)}</li>' for sentence in statistics.left_out)
    shown, more = "".join(items[:MAX_FINDINGS]), "".join(items[MAX_FINDINGS:])
    if more:
        count = counted(len(items) - MAX_FINDINGS, "more finding")
        more = f'<details><summary>{count}</summary><ul class="findings">{more}</ul></details>'
    return f'<ul class="findings">{shown}{notes}</ul>{more}'


def _glance(statistics: Statistics) -> list[str]:
    cards = [panel("Splits", "", _amounts(statistics.splits) + _members(statistics.members))]
    if statistics.places.total:
        everything = statistics.places.total + statistics.outside
        note = f"{percent(statistics.outside / everything)} outside of it" if statistics.outside else "every frame"
        cards.append(panel(_PLACES, note, heat_map(statistics.places, statistics.thirds)))
    if sum(statistics.yaw):
        marks = ((0, "at the camera"), (90, "right"), (180, "away"), (270, "left"))
        inside = rose(statistics.yaw, statistics.octants, seen_from_camera, marks)
        cards.append(panel("Where fronts point, as the camera sees it", "from above", inside))
    if sum(statistics.azimuth):
        marks = ((0, "x"), (90, "y"), (180, "-x"), (270, "-y"))
        inside = rose(statistics.azimuth, (), counter_clockwise, marks)
        cards.append(panel("Where the camera stands about the objects", "from above", inside))
    return cards


def _amounts(splits: Mapping[str, Amount]) -> str:
    rows = [
        (name or "(none)", f"{each.clips:,}", f"{each.frames:,}", time_text(each.seconds), bytes_text(each.bytes))
        for name, each in splits.items()
    ]
    return table(("split", "clips", "frames", "video", "size"), rows)


def _members(members: Mapping[str, int]) -> str:
    if not members:
        return ""
    total, most = sum(members.values()), max(members.values())
    rows = "".join(
        _bar_row(name, bytes_text(size), size / total, size / most)
        for name, size in sorted(members.items(), key=lambda item: -item[1])
    )
    return f'<p class="more">Size by member</p><table>{rows}</table>'


def _options(statistics: Statistics) -> list[str]:
    tables = [(option, statistics.counts[option.name]) for option in OPTIONS if option.name in statistics.counts]
    cards = [
        panel(option.title, f"of {counted(sum(counts.values()), option.per)}", _bars(counts))
        for option, counts in tables
        if len(counts) > 1
    ]
    alike = [(option.title, *counts) for option, counts in tables if len(counts) == 1]
    if alike:
        rows = "".join(
            f'<tr><th>{html.escape(title)}</th><td class="words">{html.escape(name)}</td></tr>' for title, name in alike
        )
        cards.append(panel("The same throughout", "", f'<table class="facts"><tbody>{rows}</tbody></table>'))
    return cards


def _bars(counts: Mapping[str, int], total: int = 0) -> str:
    """Names with counts and their share of `total`, by default the sum of the counts."""
    rows, most = ranked(counts), max(counts.values())
    total = total or sum(counts.values())
    shown = [_bar_row(spoken(name), f"{count:,}", count / total, count / most) for name, count in rows[:MAX_ROWS]]
    return f"<table>{''.join(shown)}</table>{_more(len(rows) - MAX_ROWS)}"


def _bar_row(name: str, number: str, share: float, length: float, low: bool = False) -> str:
    """A row of a table: name, bar of a length from 0 to 1, number, share."""
    return (
        f'<tr><th>{html.escape(name)}</th><td class="track">{bar(length, low)}</td>'
        f'<td>{html.escape(number)}</td><td class="share">{percent(share)}</td></tr>'
    )


def _measure(histogram: Histogram) -> str:
    numbers = (("least", histogram.least), ("mean", histogram.mean), ("most", histogram.most))
    words = "".join(f"<span>{name} {value_text(value)}</span>" for name, value in numbers)
    note = f"{histogram.unit} · {histogram.total:,} values, one per {histogram.per}"
    return panel(histogram.title, note, f'{histogram_chart(histogram)}<p class="extremes">{words}</p>')


def _making(statistics: Statistics) -> list[str]:
    cards = []
    if statistics.figures:
        rows = [
            (spoken(name), f"{figure(each.least)} to {figure(each.most)}" if each.worst is None else figure(each.worst),
             figure(each.median), each.worst_clip)
            for name, each in statistics.figures.items()
        ]  # fmt: skip
        cards.append(panel("Self-check", "", table(("figure", "worst", "median", "in clip"), rows)))
    return cards + (_work(statistics.attempts) if statistics.attempts else [])


def _work(attempts: Attempts) -> list[str]:
    verdicts = attempts.accepted + attempts.rejected
    rows = [
        ("Attempts accepted", f"{attempts.accepted:,} of {verdicts:,}"),
    ]
    if attempts.failed:
        rows.append(("Tries that came to no verdict", f"{attempts.failed:,}"))
    if attempts.worker_hours:
        rows.append(("Time of all workers", time_text(3600 * attempts.worker_hours)))
    if attempts.median_seconds is not None:
        rows.append(("Time for a clip (median)", time_text(attempts.median_seconds)))
    cards = [panel("Ledger", "", table((), rows))]
    if attempts.rejected:
        tables = {table: attempts.by.get(table, {}) for table in _BY}
        tables["asset"] = {name: each for name, each in tables["asset"].items() if each.rejected}
        cards += [panel(f"Accepted by {_BY[table]}", "", _accepted(each)) for table, each in tables.items() if each]
    for title, reasons in (("Rejected because", attempts.reasons), ("Failed because", attempts.failures)):
        if reasons:
            rows = [(reason, f"{count:,}") for reason, count in ranked(reasons)[:MAX_ROWS]]
            cards.append(panel(title, "", table((), rows) + _more(len(reasons) - MAX_ROWS)))
    return cards


def _accepted(verdicts: Mapping[str, Verdicts]) -> str:
    rows = sorted(verdicts.items(), key=lambda item: (item[1].share, item[0]))
    shown = []
    for name, each in rows[:MAX_ROWS]:
        tally = f"{each.accepted:,}/{each.accepted + each.rejected:,}"
        shown.append(_bar_row(spoken(name), tally, each.share, each.share, each.share < LEAST_ACCEPTED))
    return f"<table>{''.join(shown)}</table>{_more(len(rows) - MAX_ROWS)}"


def _assets(statistics: Statistics) -> list[str]:
    if not statistics.assets:
        return []
    assets = sorted(statistics.assets.items(), key=lambda item: (-item[1].clips, item[0]))
    names = ("asset", "clips", "category", "licence", "author", "source")
    rows = [
        (name, f"{each.clips:,}", each.category, each.licence, each.author, each.source)
        for name, each in assets[:MAX_ASSETS]
    ]
    listed = f"{table(names, rows)}{_more(len(assets) - MAX_ASSETS)}"
    clips = {name: each.clips for name, each in assets}
    return [
        panel("Most shown", "share of the clips", _bars(clips, statistics.total.clips)),
        panel("Licences and authors", counted(len(assets), "asset"), f'<div class="scroll">{listed}</div>', "wider"),
    ]


def table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of texts, the first of each row its heading."""
    head = "".join(f"<th>{html.escape(name)}</th>" for name in names)
    body = "".join(
        f"<tr><th>{html.escape(first)}</th>{''.join(f'<td>{html.escape(value)}</td>' for value in others)}</tr>"
        for first, *others in rows
    )
    return f'<table class="facts"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _more(count: int) -> str:
    return f'<p class="more">and {count:,} more</p>' if count > 0 else ""
