"""A dataset as a whole: its manifest, and what must hold between clips."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dataset_tools.checks.report import Fault
from dataset_tools.manifest import Manifest
from dataset_tools.places import filesystem_of
from dataset_tools.schema import MEMBERS, SHARD_PATTERN

OF_MANIFEST = ("kind", "seed", "frames", "fps", "width", "height")
_KNOWN = {member.name: member for member in MEMBERS}


@dataclass(frozen=True)
class ClipFacts:
    """What a clip is compared with other clips by."""

    key: str
    split: str
    members: tuple[str, ...]
    objects: tuple[str, ...] = ()
    """sha256 of its objects."""
    assets: tuple[str, ...] = ()
    """asset_id of its objects."""
    qa: tuple[str, ...] = ()
    """Names of its figures."""
    points: int | None = None
    """Tracked points."""
    meta: Mapping[str, Any] = field(default_factory=dict)
    """What its meta data say of OF_MANIFEST; empty where they cannot be read."""


def check_manifest(manifest: Manifest, folder: str) -> tuple[Fault, ...]:
    """Members, shard numbers, clip counts, and shards that lie in the folder without being listed."""
    problems = []
    for name in manifest.members:
        if name not in _KNOWN or manifest.kind not in _KNOWN[name].kinds:
            problems.append(f"dataset.json lists the member {name!r:.60}, which is none of the format's")
    for member in MEMBERS:
        if manifest.kind in member.required and member.name not in manifest.members:
            problems.append(f"dataset.json lacks the member {member.name}, which every {manifest.kind} clip has")
    listed = Counter(record.name for _, record in manifest.shards)
    problems += [f"dataset.json lists {name} {count} times" for name, count in listed.items() if count > 1]
    for split, records in manifest.splits.items():
        numbers = [int(SHARD_PATTERN.fullmatch(record.name)["shard"]) for record in records]
        if numbers != list(range(len(numbers))):
            problems.append(f"dataset.json numbers the shards of {split} {numbers[:8]}; they run from 0 without gaps")
    clips = sum(record.clips for _, record in manifest.shards)
    if not manifest.num_clips - len(set(manifest.unrenderable)) <= clips <= manifest.num_clips:
        problems.append(
            f"dataset.json says {manifest.num_clips} clips; its shards hold {clips} and {len(manifest.unrenderable)} "
            f"are unrenderable"
        )
    problems += [
        f"{name} lies in the folder but dataset.json does not list it; readers of all tars would take it in"
        for name in _shards_in(folder)
        if name not in listed
    ]
    return tuple(Fault("manifest", problem) for problem in problems)


def check_keys(keys: Mapping[str, Sequence[str]], manifest: Manifest | None) -> tuple[Fault, ...]:
    """Keys per split rise from shard to shard, no key comes twice, and together they are the clips of the manifest."""
    problems = []
    for split, found in keys.items():
        falls = [(a, b) for a, b in zip(found, found[1:], strict=False) if b <= a]
        if falls:
            before, after = falls[0]
            problems.append(f"clips of {split or 'the shard'} are not in order: {after} comes after {before}")
    counts = Counter(key for found in keys.values() for key in found)
    problems += [f"clip {key} lies in the dataset {count} times" for key, count in counts.items() if count > 1]
    if manifest is not None:
        planned = {f"{clip:08d}" for clip in range(manifest.num_clips)}
        spared = {f"{clip:08d}" for clip in manifest.unrenderable}  # there if a later attempt could be rendered
        lacking, unexpected = planned - spared - set(counts), set(counts) - planned
        for what, some in (("lacks", lacking), ("holds the unexpected", unexpected)):
            if some:
                shown = ", ".join(sorted(some)[:4]) + (f" and {len(some) - 4} more" if len(some) > 4 else "")
                problems.append(f"the dataset {what} clips {shown}")
    return tuple(Fault("keys", problem) for problem in problems)


def check_splits(facts: Iterable[ClipFacts]) -> tuple[Fault, ...]:
    """No object, told by its sha256, is in two splits."""
    places: dict[str, dict[str, str]] = defaultdict(dict)
    for clip in facts:
        for digest in clip.objects:
            places[digest].setdefault(clip.split, clip.key)
    return tuple(
        Fault(
            "splits",
            f"the object {digest[:12]}… is in the splits "
            + " and ".join(f"{split} (clip {key})" for split, key in sorted(found.items()))
            + "; an object belongs to one split",
        )
        for digest, found in sorted(places.items())
        if len(found) > 1
    )


def check_alike(facts: Sequence[ClipFacts], manifest: Manifest | None) -> dict[str, tuple[Fault, ...]]:
    """Per key, faults of clips that differ from the manifest, or from most clips, in what all have in common."""
    faults: dict[str, list[Fault]] = defaultdict(list)

    def add(key: str, message: str) -> None:
        faults[key].append(Fault("alike", message))

    members = set(manifest.members) if manifest else set(_usual([clip.members for clip in facts]) or ())
    figures, points = _usual([clip.qa for clip in facts if clip.meta]), _usual([clip.points for clip in facts])
    for clip in facts:
        for word, names in (("lacks", members - set(clip.members)), ("has the extra", set(clip.members) - members)):
            if names:
                add(clip.key, f"the clip {word} {', '.join(sorted(names))}; all clips have the same members")
        if clip.meta and clip.qa != figures:
            odd = sorted(set(clip.qa) ^ set(figures))
            add(clip.key, f"meta.json has other figures in qa than most clips ({', '.join(odd)[:200]})")
        if clip.points is not None and clip.points != points:
            add(clip.key, f"the clip has {clip.points} tracked points; most clips of the dataset have {points}")
        if manifest is not None and clip.meta:
            for name in OF_MANIFEST:
                found, wanted = clip.meta.get(name), getattr(manifest, name)
                if found != wanted:
                    add(clip.key, f"meta.json says {name} {found!r:.60}; dataset.json says {wanted!r}")
    return {key: tuple(found) for key, found in faults.items()}


def _usual(values: Sequence[Any]) -> Any:
    """The most frequent of some values, the first of those where several are; None where there is none."""
    counts = Counter(value for value in values if value is not None)
    return counts.most_common(1)[0][0] if counts else None


def _shards_in(folder: str) -> list[str]:
    """Names of the shards that lie in a folder; none where it cannot be listed (plain HTTP, for instance)."""
    filesystem, path = filesystem_of(folder)
    try:
        names = [str(found).rstrip("/").rsplit("/", 1)[-1] for found in filesystem.ls(path, detail=False)]
    except (OSError, NotImplementedError):
        return []
    return sorted(name for name in names if SHARD_PATTERN.fullmatch(name))
