"""What is counted clip after clip: names, amounts, histograms, positions, directions and figures."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from dataset_tools.clip import Clip
from dataset_tools.stats.angles import DIRECTIONS, camera_angles, sectors, yaw_seen
from dataset_tools.stats.attempts import Attempts, Drawn
from dataset_tools.stats.licences import licence_of
from dataset_tools.stats.measures import MASKS, MEASURES
from dataset_tools.stats.options import OPTIONS
from dataset_tools.stats.positions import Grid, grid_counts, inside
from dataset_tools.stats.sample import Sample, text
from dataset_tools.stats.self_check import Figures
from dataset_tools.stats.statistics import Amount, Asset, Statistics

PLACES = (12, 8)
"""Columns and rows of the finer grid of positions."""
THIRDS = (3, 3)
SECTORS = 36
_POSES = ("world_from_object", "world_from_camera")
_WANTED = (
    *((measure.needs, measure.title) for measure in MEASURES),
    (_POSES, "Front as the camera sees it"),
    (_POSES, "Azimuth of the camera"),
    (_POSES[:1], "Turning"),
)
"""Arrays that each thing to count needs, and its title."""


class ClipCounter:
    """Counts clips one by one. `drawn` tells by the clip's number what the ledger's attempts at it share."""

    def __init__(self) -> None:
        self.drawn: dict[int, Drawn] = {}
        self._kinds: Counter[str] = Counter()
        self._splits: dict[str, Amount] = {}
        self._members: Counter[str] = Counter()
        self._counts: dict[str, Counter[str]] = {option.name: Counter() for option in OPTIONS}
        self._assets: dict[str, Asset] = {}
        self._licences: Counter[str] = Counter()
        self._tallies = {measure.name: measure.tally() for measure in MEASURES}
        self._lacking: Counter[str] = Counter()
        self._places = np.zeros(PLACES[::-1], np.int64)
        self._thirds = np.zeros(THIRDS[::-1], np.int64)
        self._outside = 0
        self._octants = np.zeros(len(DIRECTIONS), np.int64)
        self._yaw, self._azimuth = np.zeros((2, SECTORS), np.int64)
        self._shown, self._fronts_unknown = 0, 0
        self._figures = Figures()

    def add(self, clip: Clip, found: Sample) -> None:
        """Count a clip and what was read of it."""
        self._kinds[found.kind] += 1
        with np.errstate(all="ignore"):  # labels hold NaN where nothing is seen
            self._add_amount(clip, found)
            self._add_names(found)
            self._add_measures(found)
            self._add_positions(found)
            self._add_angles(found)
        self._figures.add(found.key, found.meta.get("qa"))

    def statistics(self, name: str, attempts: Attempts | None, pixels: bool) -> Statistics:
        """Return all that was counted, without findings; `pixels` tells that masks were asked for."""
        tallied = {each.name: self._tallies[each.name].histogram(each.title, each.unit, each.per) for each in MEASURES}
        return Statistics(
            name=name,
            kinds=dict(self._kinds),
            total=_sum(self._splits.values()),
            splits=dict(self._splits),
            members=dict(self._members),
            counts={option: dict(sorted(names.items())) for option, names in self._counts.items() if names},
            assets=dict(sorted(self._assets.items())),
            histograms={measure: histogram for measure, histogram in tallied.items() if histogram},
            places=_grid(self._places),
            thirds=_grid(self._thirds),
            outside=self._outside,
            octants=tuple(self._octants.tolist()),
            yaw=tuple(self._yaw.tolist()),
            azimuth=tuple(self._azimuth.tolist()),
            figures=self._figures.table(),
            attempts=attempts,
            licences=dict(sorted(self._licences.items())),
            left_out=(*self._lacking_arrays(pixels), *self._lacking_names(), *self._lacking_fronts()),
        )

    def _add_amount(self, clip: Clip, found: Sample) -> None:
        places = clip.index_entry.members if clip.index_entry else {}
        sizes = {name: size for name, (_, size) in places.items()}
        self._members.update(sizes)
        here = Amount(1, found.frames, found.frames / found.fps, sum(sizes.values()))
        self._splits[found.split] = _sum((self._splits.get(found.split, Amount(0, 0, 0.0, 0)), here))

    def _add_names(self, found: Sample) -> None:
        for option in OPTIONS:
            self._counts[option.name].update(filter(None, option.names(found)))
        self._licences.update({licence_of(item.get("licence")).name for item in found.objects})
        listed = [text(item.get("asset_id")) for item in found.objects]
        for asset, item in dict(zip(listed, found.objects, strict=True)).items():
            if asset:
                facts = [text(item.get(key)) for key in ("name", "category", "source", "licence", "author")]
                seen = self._assets[asset].clips if asset in self._assets else 0
                self._assets[asset] = Asset(*facts, clips=seen + 1)
        if found.key.isdigit():
            families = tuple(text(item.get("family")) for item in found.objects)
            self.drawn[int(found.key)] = Drawn(families, text(found.meta.get("camera")), tuple(listed))

    def _add_measures(self, found: Sample) -> None:
        self._lacking.update({name for needs, _ in _WANTED for name in needs if not found.has(name)})
        for measure in MEASURES:
            if all(map(found.has, measure.needs)):
                self._tallies[measure.name].add(measure.values(found))

    def _add_positions(self, found: Sample) -> None:
        centres = found.labels["center_px"]
        self._places += grid_counts(centres, found.width, found.height, *PLACES)
        self._thirds += grid_counts(centres, found.width, found.height, *THIRDS)
        finite = int(np.isfinite(centres).all(axis=-1).sum())
        self._outside += finite - len(inside(centres, found.width, found.height))

    def _add_angles(self, found: Sample) -> None:
        if not all(map(found.has, _POSES)):
            return
        objects, camera = (found.labels[name] for name in _POSES)
        azimuth, _ = camera_angles(objects, camera)
        self._azimuth += sectors(azimuth, SECTORS, centred=False)
        known = np.array([_has_front(item) for item in found.objects])
        self._shown += len(known)
        self._fronts_unknown += int((~known).sum())
        yaw = yaw_seen(objects, camera)[:, known]
        self._yaw += sectors(yaw, SECTORS, centred=False)
        self._octants += sectors(yaw, len(DIRECTIONS), centred=True)

    def _lacking_arrays(self, pixels: bool) -> list[str]:
        """A sentence for each array that some clip lacks and something needs; of several, for the one lacked most."""
        titles: dict[str, list[str]] = defaultdict(list)
        for needs, title in _WANTED:
            name = max(needs, key=lambda name: self._lacking[name])
            if self._lacking[name] and (pixels or name != MASKS):
                titles[name].append(title)
        clips = sum(self._kinds.values())
        return [
            f"{'No clip has' if self._lacking[name] == clips else f'{self._lacking[name]} of {clips} clips lack'} "
            f"{name}, so these leave them out: {', '.join(found)}."
            for name, found in titles.items()
        ]

    def _lacking_names(self) -> list[str]:
        titles = [option.title for option in OPTIONS if not self._counts[option.name] and option.named_by_clips]
        return [f"No clip names these: {', '.join(titles)}."] if titles else []

    def _lacking_fronts(self) -> list[str]:
        if not self._fronts_unknown:
            return []
        return [
            f"Where fronts point leaves out objects whose front is not known or that have none: "
            f"{self._fronts_unknown} of {self._shown} shown."
        ]


def _has_front(item: Mapping[str, Any]) -> bool:
    return item.get("front_known") is not False and item.get("symmetric") is not True


def _grid(counts: np.ndarray) -> Grid:
    return Grid(tuple(map(tuple, counts.tolist())))


def _sum(amounts: Iterable[Amount]) -> Amount:
    columns = zip(*((each.clips, each.frames, each.seconds, each.bytes) for each in amounts), strict=True)
    return Amount(*map(sum, columns))
