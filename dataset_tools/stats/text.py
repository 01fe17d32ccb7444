"""The statistics as a report for the terminal: aligned tables with bars."""

from collections.abc import Iterator, Mapping, Sequence

from dataset_tools.captions import figure
from dataset_tools.stats.attempts import Attempts, Verdicts
from dataset_tools.stats.licences import alarms
from dataset_tools.stats.options import OPTIONS
from dataset_tools.stats.statistics import Amount, Statistics
from dataset_tools.stats.wording import (
    GOOD,
    bar_text,
    bytes_text,
    counted,
    headline,
    joined,
    percent,
    printable,
    ranked,
    spark,
    time_text,
    value_text,
)

MAX_ROWS = 12
NAME_WIDTH = 26
VALUE_WIDTH = 15
_ROSE = (("↖", 5), ("↑", 4), ("↗", 3)), (("←", 6), ("", None), ("→", 2)), (("↙", 7), ("↓", 0), ("↘", 1))
"""Arrows and octants as seen from above, the camera below: an object that looks at it points down."""
_BY = {"family": "by family", "camera": "by camera", "objects": "by number of objects"}


def format_statistics(statistics: Statistics) -> str:
    """The report, lines joined; names hold no character that a terminal would act on."""
    return "\n".join(map(str.rstrip, _lines(statistics)))


def _lines(statistics: Statistics) -> Iterator[str]:
    yield f"{printable(statistics.name)}: {', '.join(map(printable, headline(statistics)))}"
    yield from _splits(statistics.splits)
    tables = [(option, statistics.counts[option.name]) for option in OPTIONS if option.name in statistics.counts]
    for option, counts in tables:
        if len(counts) > 1:
            yield from _counts(f"{option.title} ({option.per}s)", counts)
    yield from _alike([(option.title, *counts) for option, counts in tables if len(counts) == 1])
    clips = {name: asset.clips for name, asset in statistics.assets.items()}
    yield from _counts("Asset (clips that show it)", clips, statistics.total.clips)
    yield from _histograms(statistics)
    yield from _positions(statistics)
    yield from _octants(statistics)
    yield from _figures(statistics)
    if statistics.attempts:
        yield from _attempts(statistics.attempts)
    yield from _sentences("Licences", tuple(alarms(statistics.licences)))
    yield from _sentences("Left out", statistics.left_out)
    yield from _sentences("Findings", statistics.findings or (GOOD,))


def _splits(splits: Mapping[str, Amount]) -> Iterator[str]:
    yield from ("", f"{'Split':<{NAME_WIDTH}}{'clips':>8}{'frames':>11}{'video':>12}{'size':>10}")
    for name, amount in splits.items():
        yield (
            f"  {_cut(name or '(none)'):<{NAME_WIDTH - 2}}{amount.clips:>8,}{amount.frames:>11,}"
            f"{time_text(amount.seconds):>12}{bytes_text(amount.bytes):>10}"
        )


def _counts(title: str, counts: Mapping[str, int], total: int = 0) -> Iterator[str]:
    """Names with counts and their share of `total`, by default the sum of the counts."""
    if not counts:
        return
    yield from ("", title)
    rows, most = ranked(counts), max(counts.values())
    total = total or sum(counts.values())
    for name, count in rows[:MAX_ROWS]:
        yield f"  {_cut(name):<{NAME_WIDTH - 2}}{count:>8,}{percent(count / total):>7}  {bar_text(count / most)}"
    if len(rows) > MAX_ROWS:
        yield f"  and {len(rows) - MAX_ROWS} more"


def _alike(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    """What has the same name throughout."""
    if rows:
        yield from ("", "The same throughout")
    yield from (f"  {title:<{NAME_WIDTH - 2}}  {printable(name)}" for title, name in rows)


def _histograms(statistics: Statistics) -> Iterator[str]:
    if not statistics.histograms:
        return
    columns = "".join(f"{name:>{VALUE_WIDTH}}" for name in ("least", "median", "most"))
    yield from ("", f"{'Measured':<{NAME_WIDTH + 12}}{columns}  from least to most")
    for each in statistics.histograms.values():
        numbers = "".join(
            f"{value_text(value, each.unit):>{VALUE_WIDTH}}" for value in (each.least, each.median, each.most)
        )
        yield f"  {each.title:<{NAME_WIDTH + 10}}{numbers}  {spark(joined(each)[1])}"


def _positions(statistics: Statistics) -> Iterator[str]:
    if not statistics.thirds.total:
        return
    yield from ("", "Where centres lie in the picture")
    for row in statistics.thirds.shares:
        yield "  " + "".join(f"{percent(share):>8}" for share in row)
    if statistics.outside:
        everything = statistics.outside + statistics.thirds.total
        yield f"  and {percent(statistics.outside / everything)} outside of it"


def _octants(statistics: Statistics) -> Iterator[str]:
    total = sum(statistics.octants)
    if not total:
        return
    yield from ("", "Where fronts point, seen from above, the camera below")
    for row in _ROSE:
        yield "  " + "".join(
            f"{arrow:>4}{percent(statistics.octants[octant] / total):>6}" if octant is not None else " " * 10
            for arrow, octant in row
        )


def _figures(statistics: Statistics) -> Iterator[str]:
    if not statistics.figures:
        return
    yield from ("", f"{'Self-check':<{NAME_WIDTH}}{'worst':>10}{'median':>10}   in clip")
    for name, each in statistics.figures.items():
        worst = f"{figure(each.least)} to {figure(each.most)}" if each.worst is None else figure(each.worst)
        yield f"  {_cut(name):<{NAME_WIDTH - 2}}{worst:>10}{figure(each.median):>10}   {printable(each.worst_clip)}"


def _attempts(attempts: Attempts) -> Iterator[str]:
    verdicts = attempts.accepted + attempts.rejected
    facts = [f"{attempts.accepted:,} of {counted(verdicts, 'attempt')} accepted"]
    if attempts.failed:
        facts.append(f"{attempts.failed:,} came to no verdict")
    if attempts.median_seconds is not None:
        facts.append(f"{time_text(attempts.median_seconds)} a clip (median)")
    facts.append(f"{time_text(3600 * attempts.worker_hours)} of all workers together")
    yield from ("", f"Ledger: {', '.join(facts)}")
    if attempts.rejected:
        for table, title in _BY.items():
            yield from _verdicts(title, attempts.by.get(table, {}))
        worst = {name: each for name, each in attempts.by.get("asset", {}).items() if each.rejected}
        yield from _verdicts("by asset, of those with rejections", worst)
    yield from _reasons("Rejected because", attempts.reasons)
    yield from _reasons("Failed because", attempts.failures)


def _verdicts(title: str, verdicts: Mapping[str, Verdicts]) -> Iterator[str]:
    rows = sorted(verdicts.items(), key=lambda item: (item[1].share, item[0]))
    if rows:
        yield f"  accepted share {title}"
    for name, each in rows[:MAX_ROWS]:
        tally = f"{each.accepted} of {each.accepted + each.rejected}"
        yield f"    {_cut(name):<{NAME_WIDTH - 4}}{tally:>12}{percent(each.share):>7}  {bar_text(each.share)}"
    if len(rows) > MAX_ROWS:
        yield f"    and {len(rows) - MAX_ROWS} more"


def _reasons(title: str, reasons: Mapping[str, int]) -> Iterator[str]:
    if reasons:
        yield from ("", title)
    for reason, count in ranked(reasons)[:MAX_ROWS]:
        yield f"{count:>8,}  {printable(reason)}"
    if len(reasons) > MAX_ROWS:
        yield f"          and {len(reasons) - MAX_ROWS} more"


def _sentences(title: str, sentences: Sequence[str]) -> Iterator[str]:
    if sentences:
        yield from ("", title)
    yield from (f"  - {printable(sentence)}" for sentence in sentences)


def _cut(name: str, width: int = NAME_WIDTH - 3) -> str:
    name = printable(name)
    return name if len(name) <= width else name[: width - 1] + "…"
