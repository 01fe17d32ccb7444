"""Whom to name for what a dataset shows, and what else their licences ask."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dataset_tools.card.intake import Intake
from dataset_tools.stats.licences import Licence, licence_of
from dataset_tools.stats.statistics import Statistics
from dataset_tools.stats.wording import printable

_CHANGES = {
    "synthetic": "Objects were scaled, frozen in the pose of their first frame, and rendered",
    "real": "Videos were cut, cropped and resized",
}
LINK = re.compile(r"https://[A-Za-z0-9][A-Za-z0-9.-]*(?:/[A-Za-z0-9._~/?#@!$&()*+,;=%:-]*)?")
"""A source that is shown as a link: a plain address, in which nothing needs quoting but `&`."""
_NOT_TOLD = ("", "unknown")


@dataclass(frozen=True)
class Credit:
    """One object that clips show: what it is called, who made it, where it is from, and under which licence."""

    asset_id: str
    name: str
    category: str
    author: str
    source: str
    licence: Licence
    clips: int

    @property
    def named(self) -> str:
        """`NAME by AUTHOR`, as far as they are told."""
        name = self.name or self.asset_id
        return f"{name} by {self.author}" if self.author not in _NOT_TOLD else f"{name}, author not told"


@dataclass(frozen=True)
class LicenceUse:
    """How much of a dataset is under a licence: clips that show an object of it, and such objects."""

    licence: Licence
    clips: int
    objects: int


def credits_of(statistics: Statistics, intake: Intake | None) -> tuple[Credit, ...]:
    """Every object that is shown, by name. The licence is the clips' own; of the rest, what the clips do not tell is
    taken from the intake."""
    found = []
    for asset_id, asset in statistics.assets.items():
        listed: Mapping[str, str] = intake.facts.get(asset_id, {}) if intake else {}
        told = {fact: getattr(asset, fact) for fact in ("name", "category", "author", "source")}
        filled = {fact: listed.get(fact, "") if value in _NOT_TOLD else value for fact, value in told.items()}
        shown = {fact: printable(" ".join(value.split())) for fact, value in filled.items()}
        found.append(Credit(asset_id, **shown, licence=licence_of(asset.licence), clips=asset.clips))
    return tuple(sorted(found, key=lambda credit: (credit.name.lower(), credit.asset_id)))


def changes(statistics: Statistics) -> str:
    """What was done to the works that are shown, which some licences want told."""
    return "; ".join(words for kind, words in _CHANGES.items() if kind in statistics.kinds)


def to_name(credits: Iterable[Credit]) -> tuple[Credit, ...]:
    """Those whose licence asks for attribution, or of which it is not known that it does not."""
    return tuple(credit for credit in credits if credit.licence.attribution)


def licence_uses(statistics: Statistics, credits: Iterable[Credit]) -> tuple[LicenceUse, ...]:
    """The licences of what clips show, the least known first, then by clips."""
    objects = Counter(credit.licence.name for credit in credits)
    uses = [LicenceUse(licence_of(name), clips, objects[name]) for name, clips in statistics.licences.items()]
    return tuple(sorted(uses, key=lambda use: (use.licence.recognised, -use.clips, use.licence.name)))
