"""Judgements on the counts, as sentences that a maker of datasets can act on."""

from collections.abc import Iterator, Mapping
from typing import Any

from dataset_tools.stats.angles import DIRECTIONS
from dataset_tools.stats.attempts import Attempts
from dataset_tools.stats.options import OPTIONS
from dataset_tools.stats.sample import number, text
from dataset_tools.stats.statistics import Statistics
from dataset_tools.stats.wording import percent

LEAST_ACCEPTED = 0.8
LEAST_ATTEMPTS = 5
"""A share of fewer attempts than this says nothing, and is not judged."""
MAX_NAMED = 8
THIRDS = (
    ("at the upper left", "at the top", "at the upper right"),
    ("at the left", "in the middle", "at the right"),
    ("at the lower left", "at the bottom", "at the lower right"),
)
_TABLES = {"family": "family", "camera": "camera", "objects": "number of objects", "asset": "asset"}


def find(statistics: Statistics, config: Mapping[str, Any], whole: bool) -> tuple[str, ...]:
    """What is missing or wasteful: empty octants and thirds, options that never occur though `config` gives them
    weight, and attempts of which fewer than 80 % are accepted. `whole` tells that all splits are counted."""
    clips = {split: amount.clips for split, amount in statistics.splits.items()}
    return (
        *_empty_octants(statistics),
        *_empty_thirds(statistics),
        *_absent_options(statistics, config),
        *(_absent(config.get("splits"), "Split", clips) if whole else ()),
        *(_rejections(statistics.attempts) if statistics.attempts else ()),
    )


def _empty_octants(statistics: Statistics) -> Iterator[str]:
    empty = [name for name, count in zip(DIRECTIONS, statistics.octants, strict=True) if count == 0]
    if empty and sum(statistics.octants):
        yield f"Empty octants: as the camera sees it, no object's front ever points {_listed(empty)}."


def _empty_thirds(statistics: Statistics) -> Iterator[str]:
    cells = [
        name
        for names, counts in zip(THIRDS, statistics.thirds.cells, strict=True)
        for name, count in zip(names, counts, strict=True)
        if count == 0
    ]
    if cells and statistics.thirds.total:
        yield f"Empty thirds of the picture: no object's centre ever lies {_listed(cells)}."


def _absent_options(statistics: Statistics, config: Mapping[str, Any]) -> Iterator[str]:
    for option in OPTIONS:
        if option.setting and option.name in statistics.counts:
            yield from _absent(config.get(option.setting), option.title, statistics.counts[option.name])


def _absent(weights: Any, title: str, counts: Mapping[str, int]) -> Iterator[str]:
    if not isinstance(weights, Mapping):
        return
    known = {text(name): number(weight) for name, weight in weights.items() if number(weight) > 0}
    total, all_weights = sum(counts.values()), sum(known.values())
    for name, weight in known.items():
        if name not in counts:
            expected = total * weight / all_weights
            yield (
                f"{title} {name!r} has a weight in the settings and never occurs "
                f"(about {expected:.3g} of {total} were to be expected)."
            )


def _rejections(attempts: Attempts) -> Iterator[str]:
    accepted, verdicts = attempts.accepted, attempts.accepted + attempts.rejected
    if verdicts >= LEAST_ATTEMPTS and accepted < LEAST_ACCEPTED * verdicts:
        yield f"Of {verdicts} attempts, {accepted} were accepted ({percent(accepted / verdicts)}), fewer than 80 %."
    for table, what in _TABLES.items():
        low = [
            (each.share, name, each)
            for name, each in attempts.by.get(table, {}).items()
            if each.accepted + each.rejected >= LEAST_ATTEMPTS and each.share < LEAST_ACCEPTED
        ]
        low.sort(key=lambda item: item[:2])
        shown = [f"{name} ({percent(share)} of {each.accepted + each.rejected})" for share, name, each in low]
        if shown:
            yield f"Fewer than 80 % of the attempts are accepted, by {what}: {_listed(shown)}."


def _listed(names: list[str]) -> str:
    more = len(names) - MAX_NAMED
    return ", ".join(names[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")
