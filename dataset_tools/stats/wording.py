"""Numbers of a dataset as a person reads them."""

from collections.abc import Iterable, Mapping, Sequence

from dataset_tools.stats.histogram import Histogram
from dataset_tools.stats.statistics import Statistics

BAR_WIDTH = 28
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_LEVELS = "▁▂▃▄▅▆▇█"
GOOD = "Nothing stands out: of what was counted, nothing is missing and little was rejected."


def bytes_text(count: int) -> str:
    """Bytes in decimal units: `812 B`, `3.4 MB`."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:,.3g} TB" if value < 1000 else f"{value:,.0f} TB"


def time_text(seconds: float) -> str:
    """A length of time: `8.5 s`, `12 min`, `3.4 hours`."""
    if seconds < 120:
        return f"{seconds:.3g} s"
    if seconds < 7200:
        return f"{seconds / 60:.3g} min"
    return f"{seconds / 3600:,.1f} hours"


def percent(share: float) -> str:
    """A share of 1 in percent: `12 %`; what is not zero never looks so."""
    if 0 < share < 0.01:
        return "<1 %"
    return f"{100 * share:.0f} %"


def value_text(value: float, unit: str = "") -> str:
    """A measured value: three digits, with its unit."""
    digits = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{digits}{unit}" if unit in ("", "°", "×", "×/s") else f"{digits} {unit}"


def counted(number: int, what: str) -> str:
    """`1 clip`, `12,000 clips`."""
    return f"{number:,} {what}{'s' * (number != 1)}"


def ranked(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Names with their counts, the most frequent first; numbers in their own order."""
    if all(name.isdigit() for name in counts):
        return sorted(counts.items(), key=lambda item: int(item[0]))
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def headline(statistics: Statistics) -> list[str]:
    """The facts that stand on top."""
    total = statistics.total
    facts = [counted(total.clips, "clip"), counted(total.frames, "frame"), f"{time_text(total.seconds)} of video"]
    if total.bytes:
        facts.append(bytes_text(total.bytes))
    facts += statistics.counts.get("film", {})
    facts.append(" and ".join(statistics.kinds))
    if statistics.assets:
        facts.append(counted(len(statistics.assets), "asset"))
    return facts


def printable(text: str) -> str:
    """A text without characters that a terminal or a reader's eye would be misled by."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def bar_text(share: float, width: int = BAR_WIDTH) -> str:
    """A bar of block characters that fills a share (0 to 1) of `width`."""
    eighths = max(round(share * width * 8), 1)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def spark(counts: Iterable[int]) -> str:
    """Counts as characters of as many heights."""
    counts = list(counts)
    most = max(counts)
    return "".join(_LEVELS[round(count / most * (len(_LEVELS) - 1))] if count else " " for count in counts)


def joined(histogram: Histogram, most: int = 24) -> tuple[Sequence[float], Sequence[int]]:
    """Edges and counts of at most `most` bins, without empty ones at the ends; neighbours are joined evenly."""
    taken = [index for index, count in enumerate(histogram.counts) if count]
    first, last = taken[0], taken[-1] + 1
    group = -(-(last - first) // most)
    first -= first % group
    counts = [sum(histogram.counts[k : k + group]) for k in range(first, last, group)]
    edges = [histogram.edges[min(first + k * group, len(histogram.counts))] for k in range(len(counts) + 1)]
    return edges, counts
