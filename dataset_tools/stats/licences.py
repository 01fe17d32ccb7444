"""What a licence asks of whoever shows the work, told from its name (SPDX's or Creative Commons') or its address."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dataset_tools.stats.sample import text
from dataset_tools.stats.wording import counted, printable

UNKNOWN = "unknown"
"""Name of the licence of which nothing is said."""


@dataclass(frozen=True)
class Licence:
    """One licence.

    `name` is its short name, or what was said where that is none that is known here. `hub` is what dataset hubs call
    it, "other" for what they do not know and "unknown" where nothing is said. `attribution` tells that the author has
    to be named; `terms` are what else it asks, in words. `recognised` is false where a person has to read it.
    """

    name: str
    hub: str
    attribution: bool
    terms: tuple[str, ...] = ()
    recognised: bool = True

    @property
    def asks(self) -> str:
        """What it asks, in words."""
        if not self.recognised:
            return "not known: ask the author" if self.name == UNKNOWN else "not recognised: read it"
        return ", ".join((*("attribution",) * self.attribution, *self.terms)) or "nothing"


_NOTHING_SAID = {"", "unknown", "none", "n-a", "na", "?", "-", "unspecified", "not-specified", "null", "tbd", "various"}
_TERMS = {
    "nc": "no commercial use",
    "nd": "no derivatives, which a rendered clip may be",
    "sa": "share alike",
}
_SPOKEN = (
    (r"^https?:-(www\.)?creativecommons\.org-", ""),
    (r"creative-?commons", "cc"),
    (r"^cc-cc", "cc"),
    (r"^(licen[cs]es|publicdomain)-", "cc-"),
    (r"non-?commercial", "nc"),
    (r"share-?alike", "sa"),
    (r"no-?deriv(ative)?s?", "nd"),
    (r"attribution", "by"),
    (r"-(international|unported|generic|universal|public-licen[cs]e|licen[cs]e|deed|legalcode)(?=-|$)", ""),
    (r"-(deed|legalcode)?\.?(en|txt|html)$", ""),
)
_OTHERS = {
    "mit": ("MIT", "mit", True),
    "mit-license": ("MIT", "mit", True),
    "apache-2.0": ("Apache-2.0", "apache-2.0", True),
    "bsd-2-clause": ("BSD-2-Clause", "bsd-2-clause", True),
    "bsd-3-clause": ("BSD-3-Clause", "bsd-3-clause", True),
    "odc-by": ("ODC-By", "odc-by", True),
    "odc-by-1.0": ("ODC-By", "odc-by", True),
    "unlicense": ("Unlicense", "unlicense", False),
    "public-domain": ("Public domain", "other", False),
    "publicdomain": ("Public domain", "other", False),
    "cc-mark-1.0": ("Public domain", "other", False),
}
_HUB_VERSIONS = {
    "by": ("2.0", "2.5", "3.0", "4.0"),
    "by-sa": ("3.0", "4.0"),
    "by-nc": ("2.0", "3.0", "4.0"),
    "by-nd": ("4.0",),
    "by-nc-nd": ("3.0", "4.0"),
    "by-nc-sa": ("2.0", "3.0", "4.0"),
}
"""Which Creative Commons licences have a name on dataset hubs."""


def licence_of(said: Any) -> Licence:
    """The licence that meta data or a catalogue name; whatever is no text says nothing."""
    given = " ".join(text(said).split())
    name = re.sub(r"[-\s_/,()]+", "-", given.lower()).strip("-.")
    if name in _NOTHING_SAID:
        return Licence(UNKNOWN, "unknown", True, recognised=False)
    for pattern, short in _SPOKEN:
        name = re.sub(pattern, short, name)
    name = name.strip("-.")
    if name in _OTHERS:
        return Licence(*_OTHERS[name])
    if re.fullmatch(r"(cc-?)?(0|zero)(-v?1\.0)?|cc-?0(-v?1\.0)?(-public-domain(-dedication)?)?", name):
        return Licence("CC0-1.0", "cc0-1.0", False)
    return _creative_commons(name) or Licence(given, "other", True, recognised=False)


def alarms(clips: Mapping[str, int]) -> Iterator[str]:
    """Sentences on what keeps a dataset from being given away as it is, from the clips that show each licence."""
    licences = sorted(
        ((licence_of(name), count) for name, count in clips.items()),
        key=lambda item: (item[0].recognised, -item[1], item[0].name),
    )
    for licence, count in licences:
        shown = f"{counted(count, 'clip')} {'shows' if count == 1 else 'show'}"
        if licence.name == UNKNOWN:
            yield (
                f"LICENCE UNKNOWN: {shown} what nobody has told the licence of. Do not publish the dataset, or models "
                f"trained on it, before it is known."
            )
        elif not licence.recognised:
            yield f"Licence {printable(licence.name)!r} is not recognised: {shown} it. Read it before you publish."
        elif licence.terms:
            yield f"{licence.name} asks for more than attribution ({', '.join(licence.terms)}): {shown} it."


def _creative_commons(name: str) -> Licence | None:
    match = re.fullmatch(r"(?:cc-?)?by((?:-(?:nc|nd|sa))*)(?:-v?([1-4]\.[05]))?(?:-[a-z]{2})?", name)
    if match is None:
        return None
    terms = sorted(set(filter(None, match[1].split("-"))))
    kind = "-".join(("by", *terms))
    version = match[2] or ""
    hub = f"cc-{kind}-{version}" if version in _HUB_VERSIONS.get(kind, ()) else "cc"
    return Licence("-".join(filter(None, ("CC", kind.upper(), version))), hub, True, tuple(_TERMS[t] for t in terms))
