"""Which split a clip belongs to, which shard it lies in, and which split's pool an object is in.

All are pure functions of hashes, so a longer run only adds clips, and workers need not agree on anything.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dataset_tools.errors import PoseTrajError
from dataset_tools.schema import SPLITS

DEFAULT_SHARES: Mapping[str, float] = {"train": 0.9, "val": 0.05, "test": 0.05}


@dataclass(frozen=True)
class Placement:
    """Where a clip goes: its split, its rank among that split's clips, and the shard's number."""

    split: str
    shard: int
    rank: int


def split_of(seed: int, clip: int, shares: Mapping[str, float] = DEFAULT_SHARES) -> str:
    """The split of clip number `clip`: an even draw from the hash of (seed, clip) against the shares.

    `shares` maps splits to fractions that sum to 1; a split that is not named has none. Raises PoseTrajError
    for other shares.
    """
    return _split_at(_draw(f"split/{seed}/{clip}"), _intervals(shares))


def shard_plan(
    seed: int, num_clips: int, shares: Mapping[str, float], clips_per_shard: int
) -> tuple[Placement, ...]:
    """Split, shard and rank of the clips 0 to num_clips - 1.

    The clip of rank r in its split lies in shard r // clips_per_shard. The plan of fewer clips is the
    beginning of the plan of more. Raises PoseTrajError for bad shares or a shard size under 1.
    """
    if clips_per_shard < 1:
        raise PoseTrajError(f"a shard of {clips_per_shard} clips cannot be; choose 1 or more clips per shard")
    intervals = _intervals(shares)
    ranks: Counter[str] = Counter()
    plan = []
    for clip in range(num_clips):
        split = _split_at(_draw(f"split/{seed}/{clip}"), intervals)
        plan.append(Placement(split, ranks[split] // clips_per_shard, ranks[split]))
        ranks[split] += 1
    return tuple(plan)


def pools(units: Iterable[str], shares: Mapping[str, float] = DEFAULT_SHARES) -> dict[str, str]:
    """The split whose pool each unit is in, as {unit: split}, sorted by unit.

    A unit is what must not be in two splits: the SHA-256 of an object's content, or the kind of a procedural
    object. Its split follows from a hash of the unit alone. Where that leaves a split with a share without a
    unit, the unit whose hash is nearest to that split's interval moves there, out of a split that keeps one.
    Raises PoseTrajError for fewer units than splits with a share, and for bad shares.
    """
    intervals = _intervals(shares)
    draws = {unit: _draw(f"pool/{unit}") for unit in sorted(set(units))}
    if len(draws) < len(intervals):
        raise PoseTrajError(
            f"{len(draws)} different objects cannot fill the splits {', '.join(intervals)}, each of which "
            f"needs one of its own; add objects, or give only as many splits a share"
        )
    chosen = {unit: _split_at(draw, intervals) for unit, draw in draws.items()}
    for split, interval in intervals.items():
        counts = Counter(chosen.values())
        if counts[split] == 0:
            distances = [
                (_distance(draws[unit], interval), unit) for unit in draws if counts[chosen[unit]] > 1
            ]
            chosen[min(distances)[1]] = split
    return chosen


def _intervals(shares: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """The part [low, high) of [0, 1) that falls to each split with a share, in the order train, val, test."""
    unknown = [split for split in shares if split not in SPLITS]
    total = sum(shares.get(split, 0.0) for split in SPLITS)
    if unknown or any(share < 0 for share in shares.values()) or not abs(total - 1.0) <= 1e-6:
        raise PoseTrajError(
            f"the shares {dict(shares)} are not fractions of {', '.join(SPLITS)} that sum to 1; "
            f"write for instance train 0.9, val 0.05, test 0.05"
        )
    intervals, low = {}, 0.0
    for split in SPLITS:
        if shares.get(split, 0.0) > 0:
            intervals[split] = (low, low + shares[split])
            low += shares[split]
    return intervals


def _split_at(draw: float, intervals: Mapping[str, tuple[float, float]]) -> str:
    return next((split for split, (_, high) in intervals.items() if draw < high), list(intervals)[-1])


def _distance(draw: float, interval: tuple[float, float]) -> float:
    low, high = interval
    return max(low - draw, draw - high, 0.0)


def _draw(text: str) -> float:
    """An even draw from [0, 1) that is a function of the text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48
