"""The card as Markdown: a README for the dataset's folder, and the list of its objects."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from dataset_tools.captions import figure, spoken
from dataset_tools.card.card import Card
from dataset_tools.card.credits import LINK, Credit, changes, to_name
from dataset_tools.card.front_matter import front_matter
from dataset_tools.card.words import AXES, MEMBER_WORDS, READ, arrays, facts, lead, making, numbers, read_plain
from dataset_tools.stats.angles import DIRECTIONS
from dataset_tools.stats.licences import alarms
from dataset_tools.stats.options import OPTIONS
from dataset_tools.stats.wording import (
    bar_text,
    bytes_text,
    counted,
    joined,
    percent,
    printable,
    ranked,
    spark,
    time_text,
)

MAX_ROWS = 16
MAX_CREDITS = 200
"""Objects to name that the README lists; of more it points to the list of all."""
SHEET, OBJECT_LIST, PAGE = "card/contact_sheet.jpg", "card/objects.md", "card.html"
_INLINE = re.compile(r"([\\`*_{}\[\]|~$])")
_AT_START = re.compile(r"^([0-9]{0,9})([-+=#.)](?=\s|$)|[-+=#]{2})")


def card_markdown(card: Card) -> str:
    """The README: front matter, then text. Texts of the dataset show as they are and cannot become anything else."""
    return front_matter(card) + "\n" + "\n".join(_lines(card)) + "\n"


def objects_markdown(card: Card) -> str:
    """The list of all objects that are shown."""
    rows = [
        (_name(credit), f"{credit.clips:,}", md(credit.category), md(credit.author), _source(credit), _licence(credit))
        for credit in card.credits
    ]
    head = ("object", "clips", "category", "author", "source", "licence")
    return (
        "\n".join([f"# Objects of: {md(card.title)}", "", f"{changes(card.statistics)}.", "", *_table(head, rows)])
        + "\n"
    )


def md(text: str) -> str:
    """A text of the dataset for Markdown, on one line, in which nothing is markup."""
    text = " ".join(printable(" ".join(text.split())).split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _INLINE.sub(r"\\\1", text).replace("://", ":\\//")
    text = re.sub(r"(?i)\bwww\.", lambda match: match[0].replace(".", "\\."), text)
    return _AT_START.sub(r"\1\\\2", text)


def _lines(card: Card) -> Iterator[str]:
    yield f"# {md(card.title)}"
    if card.sheet:
        yield from ("", f"![Clips with the boxes and paths of their objects]({SHEET})")
    yield from ("", md(lead(card)))
    for sentence in alarms(card.statistics.licences):
        yield from ("", f"> ⚠️ **{md(sentence)}**")
    yield from ("", f"Charts of all this: [{PAGE}]({PAGE}).")
    yield from _section("In short", _table(("", ""), [(f"**{md(name)}**", md(value)) for name, value in facts(card)]))
    yield from _section("Splits", _splits(card))
    yield from _section("How to read it", _reading(card))
    yield from _section("What a clip holds", _members(card))
    yield from _section("What is shown", _options(card))
    yield from _section("How it moves and looks", _measures(card))
    yield from _section("Where objects are, and where they face", _coverage(card))
    yield from _section("How it was made", _made(card))
    yield from _section("Licences and attribution", _licences(card))
    yield from _section(
        "Findings", [f"- {md(each)}" for each in (*card.statistics.findings, *card.statistics.left_out)]
    )


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    lines = list(lines)
    if lines:
        yield from ("", f"## {title}", "", *lines)


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table of cells that are Markdown already; nothing without rows."""
    rows = [list(row) for row in rows]
    if not rows:
        return []
    body = [f"| {' | '.join(row)} |" for row in rows]
    return [f"| {' | '.join(names)} |", f"|{' --- |' * len(names)}", *body]


def _splits(card: Card) -> list[str]:
    rows = [
        (md(name or "(none)"), f"{each.clips:,}", f"{each.frames:,}", time_text(each.seconds), bytes_text(each.bytes))
        for name, each in card.statistics.splits.items()
    ]
    apart = ["", "No object is in two splits."] if set(card.statistics.kinds) == {"synthetic"} else []
    return [*_table(("split", "clips", "frames", "video", "size"), rows), *apart]


def _reading(card: Card) -> list[str]:
    return [
        "```python",
        *READ.split("\n"),
        "```",
        "",
        "or, without this toolkit,",
        "",
        "```python",
        *read_plain(card).split("\n"),
        "```",
    ]


def _members(card: Card) -> list[str]:
    sizes = card.statistics.members
    names = card.origin.members if card.origin else tuple(sizes)
    rows = [
        (
            f"`{name}`" if re.fullmatch(r"[a-z0-9_.]+", name) else md(name),
            MEMBER_WORDS.get(name, ""),
            bytes_text(sizes.get(name, 0)),
        )
        for name in names
    ]
    told = [(f"`{name}`", dtype, shape) for name, dtype, shape in arrays(card)]
    folded = ["<details><summary>The arrays of labels.npz: T frames, N objects, P tracked points</summary>", ""]
    return [
        *_table(("member", "what", "size in all"), rows), "", AXES, "",
        *folded, *_table(("array", "type", "shape"), told), "", "</details>",
    ]  # fmt: skip


def _options(card: Card) -> Iterator[str]:
    tables = [
        (option, card.statistics.counts[option.name]) for option in OPTIONS if option.name in card.statistics.counts
    ]
    alike = [(option.title, *counts) for option, counts in tables if len(counts) == 1]
    for option, counts in tables:
        if len(counts) > 1:
            yield from (*_counts(option.title, option.per, counts), "")
    yield from _table(("the same throughout", ""), [(title, md(spoken(name))) for title, name in alike])


def _counts(title: str, per: str, counts: Mapping[str, int]) -> list[str]:
    rows, total, most = ranked(counts), sum(counts.values()), max(counts.values())
    shown = [
        (md(spoken(name)), f"{count:,}", percent(count / total), bar_text(count / most, 16))
        for name, count in rows[:MAX_ROWS]
    ]
    if len(rows) > MAX_ROWS:
        shown.append((f"and {len(rows) - MAX_ROWS:,} more", f"{sum(count for _, count in rows[MAX_ROWS:]):,}", "", ""))
    return _table((title, f"{per}s", "share", ""), shown)


def _measures(card: Card) -> list[str]:
    rows = [
        (f"{each.title}, per {each.per}", *numbers(each), f"`{spark(joined(each)[1])}`")
        for each in card.statistics.histograms.values()
    ]
    return _table(("measured", "least", "median", "most", "from least to most"), rows)


def _coverage(card: Card) -> Iterator[str]:
    statistics = card.statistics
    if statistics.thirds.total:
        rows = [[percent(share) for share in row] for row in statistics.thirds.shares]
        yield from ("Centres of objects in the thirds of the picture, over all frames:", "")
        yield from (*_table(("left", "middle", "right"), rows), "")
        if statistics.outside:
            yield from (
                f"{percent(statistics.outside / (statistics.outside + statistics.thirds.total))} lie outside of it.",
                "",
            )
    total = sum(statistics.octants)
    if total:
        yield from ("Where fronts point, as the camera sees it:", "")
        yield from _table(DIRECTIONS, [[percent(count / total) for count in statistics.octants]])


def _made(card: Card) -> Iterator[str]:
    yield from _table(("", ""), making(card))
    reasons = [("files of objects", card.intake.reasons if card.intake else {})]
    reasons.append(("attempts at clips", card.statistics.attempts.reasons if card.statistics.attempts else {}))
    for what, found in reasons:
        rows = [(md(reason), f"{count:,}") for reason, count in ranked(found)[:MAX_ROWS]]
        if rows:
            yield from ("", *_table((f"{what} rejected because", "times"), rows))
    rows = [
        (
            md(spoken(name)),
            md(f"{figure(each.least)} to {figure(each.most)}" if each.worst is None else figure(each.worst)),
            md(figure(each.median)),
        )
        for name, each in card.statistics.figures.items()
    ]
    if rows:
        yield from ("", *_table(("self-check", "worst", "median"), rows))


def _licences(card: Card) -> Iterator[str]:
    rows = []
    for use in card.licences:
        name = md(use.licence.name) if use.licence.recognised else f"⚠️ **{md(use.licence.name)}**"
        rows.append((name, f"{use.clips:,}", f"{use.objects:,}", use.licence.asks))
    yield from _table(("licence", "clips", "objects", "asks for"), rows)
    named = to_name(card.credits)
    if named:
        note = f"To name wherever clips are shown or given away ({counted(len(named), 'object')})."
        yield from ("", f"{note} {changes(card.statistics)}.", "")
        yield from (f"- {_credit(credit)}" for credit in named[:MAX_CREDITS])
        if len(named) > MAX_CREDITS:
            yield from ("", f"and {len(named) - MAX_CREDITS:,} more.")
    elif rows:
        yield from ("", "No licence of an object shown asks for attribution.")
    if rows:
        yield from ("", f"All objects with author, source and licence: [{OBJECT_LIST}]({OBJECT_LIST}).")


def _credit(credit: Credit) -> str:
    source = f", {_source(credit)}" if credit.source not in ("", "unknown") else ""
    return f"**{md(credit.named)}**{source}, {_licence(credit)}"


def _name(credit: Credit) -> str:
    return md(credit.name or credit.asset_id)


def _licence(credit: Credit) -> str:
    return md(credit.licence.name) if credit.licence.recognised else f"⚠️ {md(credit.licence.name)}"


def _source(credit: Credit) -> str:
    return f"<{credit.source}>" if LINK.fullmatch(credit.source) else md(credit.source)
