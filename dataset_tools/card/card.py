"""All that a card tells, as plain data: the same for the same shards, whoever made them, when and where."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dataset_tools.card.credits import Credit, LicenceUse, credits_of, licence_uses
from dataset_tools.card.intake import Intake, read_intake
from dataset_tools.card.sheet import sheet_jpeg
from dataset_tools.clip import Clip
from dataset_tools.errors import FormatError
from dataset_tools.manifest import Manifest
from dataset_tools.schema import OBJECTS
from dataset_tools.stats.collect import Listed, is_whole
from dataset_tools.stats.sample import text
from dataset_tools.stats.statistics import Statistics
from dataset_tools.stats.wording import counted

_NO_PICTURE = "There is no picture, because a clip cannot be drawn; 'posetraj validate' says what is wrong with it."


@dataclass(frozen=True)
class Origin:
    """What the manifest tells of the making. `identity` is a hash of the shards' hashes: equal for equal datasets."""

    identity: str
    seed: int
    generator: Mapping[str, str]
    config: Mapping[str, Any]
    members: tuple[str, ...]
    unrenderable: int


@dataclass(frozen=True)
class Card:
    """What a dataset, or some clips, hold, and where that is from.

    `origin` and `intake` are None where there is no manifest or no list of objects; `sheet` is a JPEG of clips, empty
    for none.
    """

    title: str
    statistics: Statistics
    origin: Origin | None = None
    intake: Intake | None = None
    sheet: bytes = b""

    @property
    def kind(self) -> str:
        """`synthetic`, `real`, or both."""
        return " and ".join(sorted(self.statistics.kinds))

    @property
    def credits(self) -> tuple[Credit, ...]:
        """Every object that is shown."""
        return credits_of(self.statistics, self.intake)

    @property
    def licences(self) -> tuple[LicenceUse, ...]:
        """The licences of what is shown."""
        return licence_uses(self.statistics, self.credits)


def describe(clips: Sequence[Clip], statistics: Statistics, title: str = "") -> Card:
    """The card of clips that `collect` has counted; of them, 48 at most are decoded for the picture.

    `clips` are a Dataset, a part of one, PackedShards, or any others. Without `title` they are told by what they are.
    Where one of those cannot be drawn there is no picture, and the card says so.
    Raises FormatError for a list of objects that cannot be read.
    """
    try:
        sheet, left_out = sheet_jpeg(clips), statistics.left_out
    except (FormatError, ValueError, IndexError, KeyError):
        sheet, left_out = b"", (*statistics.left_out, _NO_PICTURE)
    attempts = statistics.attempts.repeatable() if statistics.attempts else None
    statistics = replace(statistics, attempts=attempts, left_out=left_out)
    listed = clips if isinstance(clips, Listed) else None
    origin = _origin(listed.manifest) if listed and listed.manifest else None
    intake = read_intake(listed.shard_url(OBJECTS), statistics.assets) if listed and listed.manifest else None
    title = title or _title(statistics, origin is None or is_whole(clips))
    return Card(title, statistics, origin, intake, sheet)


def _title(statistics: Statistics, whole: bool) -> str:
    kind = " and ".join(sorted(statistics.kinds))
    part = "" if whole else f", {' and '.join(filter(None, statistics.splits)) or 'a part'} only"
    return f"PoseTraj dataset: {counted(statistics.total.clips, f'{kind} clip')}{part}"


def _origin(manifest: Manifest) -> Origin:
    hashes = "\n".join(f"{record.name} {record.sha256}" for _, record in manifest.shards)
    return Origin(
        identity=hashlib.sha256(hashes.encode()).hexdigest()[:12],
        seed=manifest.seed,
        generator={str(name): text(str(value)) for name, value in sorted(manifest.generator.items())},
        config=manifest.config,
        members=manifest.members,
        unrenderable=len(set(manifest.unrenderable)),
    )
