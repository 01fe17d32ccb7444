"""What a dataset is made of: one frozen dataclass, read from flags and files, stored whole in the manifest."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from blender_gen.cameras import MOTIONS
from blender_gen.scenes import BACKDROPS, ENVIRONMENTS, FLOORS, is_hdri_name, is_texture_name
from blender_gen.trajectories import FAMILIES, PROFILES
from dataset_tools.errors import PoseTrajError

FACING_CHOICES = ("centre", "fixed", "free_spin", "tangent")  # the others belong to their families
WEIGHTS = (
    "families", "cameras", "environments", "floors", "backdrops", "objects_per_clip", "facings", "speeds", "sources",
)  # fmt: skip
LARGEST_WEIGHT = 1e9
RENDER_LIMITS = {
    "width": (16, 8192), "height": (16, 8192), "frames": (2, 10_000), "fps": (1, 1000), "samples": (1, 65_536),
}  # fmt: skip
ALWAYS = ("video", "labels", "meta", "masks")
OPTIONAL = ("depth", "normals", "flow")
FILE_NAMES = {
    "video": "video.mp4",
    "labels": "labels.npz",
    "meta": "meta.json",
    "masks": "masks.npz",
    "depth": "depth.npz",
    "normals": "normals.npz",
    "flow": "flow.npz",
}


class ConfigError(PoseTrajError):
    """A setting that cannot be used; the message names it and what it may be."""


@dataclass(frozen=True)
class RenderConfig:
    """How a clip is rendered: film size in pixels, frames, frames per second, Cycles samples per pixel.

    With `clean_plate`, what stands still before a still camera is rendered once, and then only what moves.
    """

    width: int
    height: int
    frames: int
    fps: int
    samples: int
    denoise: bool = True
    clean_plate: bool = True


PRESETS: Mapping[str, RenderConfig] = {
    "draft": RenderConfig(width=256, height=144, frames=16, fps=8, samples=8),
    "standard": RenderConfig(width=576, height=320, frames=32, fps=8, samples=32),
    "reference": RenderConfig(width=720, height=480, frames=32, fps=5, samples=128, clean_plate=False),
}


def _equal(names: Any) -> dict[str, float]:
    return {name: 1.0 for name in names}


@dataclass(frozen=True)
class DatasetConfig:
    """Everything that decides what the clips show. Paths, workers and the number of clips are no part of it.

    Weights are relative; an option with weight 0 never occurs. `margin` is the share of the frame, on each side,
    that the objects' boxes keep clear of. `members` names the optional ones: depth, normals, flow. `sources` weighs
    the folders of objects by their names ("bundled" for the procedural ones); empty, every object has the same chance.
    `bundled_variants` is the number of procedural objects of each kind, drawn from the seed.
    """

    seed: int = 0
    render: RenderConfig = PRESETS["draft"]
    members: tuple[str, ...] = ()
    splits: dict[str, float] = field(default_factory=lambda: {"train": 0.90, "val": 0.05, "test": 0.05})
    clips_per_shard: int = 100
    families: dict[str, float] = field(default_factory=lambda: _equal(FAMILIES))
    cameras: dict[str, float] = field(default_factory=lambda: {**_equal(MOTIONS), "still": 3.0})
    environments: dict[str, float] = field(default_factory=lambda: _equal(ENVIRONMENTS))
    floors: dict[str, float] = field(default_factory=lambda: _equal(FLOORS))
    backdrops: dict[str, float] = field(default_factory=lambda: {**_equal(BACKDROPS), "open": 3.0})
    objects_per_clip: dict[str, float] = field(default_factory=lambda: {"1": 3.0, "2": 2.0, "3": 1.0})
    facings: dict[str, float] = field(
        default_factory=lambda: {"tangent": 6.0, "free_spin": 3.0, "centre": 2.0, "fixed": 1.0}
    )
    speeds: dict[str, float] = field(default_factory=lambda: {"constant": 2.0, "ease": 1.0, "stop_and_go": 1.0})
    sources: dict[str, float] = field(default_factory=dict)
    bundled_variants: int = 8
    margin: float = 0.06
    track_points: int = 512
    min_frames_seen: float = 0.8

    def __post_init__(self) -> None:
        known = {
            "families": set(FAMILIES),
            "cameras": set(MOTIONS),
            "environments": {*ENVIRONMENTS, *filter(is_hdri_name, self.environments)},
            "floors": {*FLOORS, *filter(is_texture_name, self.floors)},
            "backdrops": set(BACKDROPS),
            "objects_per_clip": {"1", "2", "3"},
            "facings": set(FACING_CHOICES),
            "speeds": set(PROFILES),
            "splits": {"train", "val", "test"},
        }
        for name, options in known.items():
            _check_weights(name, getattr(self, name), options)
        if self.sources:
            _check_weights("sources", self.sources, set(self.sources))
        _check(set(self.members) <= set(OPTIONAL), "members", list(self.members), f"some of {OPTIONAL}")
        object.__setattr__(self, "members", tuple(name for name in OPTIONAL if name in self.members))
        _check(abs(sum(self.splits.values()) - 1) < 1e-9, "splits", self.splits, "shares that add up to 1")
        most = max(int(count) for count, weight in self.objects_per_clip.items() if weight > 0)
        _check_whole("seed", self.seed, least=0)
        _check_whole("clips_per_shard", self.clips_per_shard, least=1)
        _check_whole("bundled_variants", self.bundled_variants, least=1, most=1000)
        _check_whole("track_points", self.track_points, least=64 * most)
        _check(0 <= self.margin < 0.4, "margin", self.margin, "from 0 up to 0.4 of the frame")
        _check(0.8 <= self.min_frames_seen <= 1, "min_frames_seen", self.min_frames_seen, "from 0.8 to 1")
        for name, (least, most) in RENDER_LIMITS.items():
            _check_whole(f"render.{name}", getattr(self.render, name), least, most)
        for name in ("width", "height"):
            size = getattr(self.render, name)
            _check(size % 2 == 0, f"render.{name}", size, "an even number of pixels")
        for name in ("denoise", "clean_plate"):
            value = getattr(self.render, name)
            _check(type(value) is bool, f"render.{name}", value, "true or false")

    @property
    def member_files(self) -> tuple[str, ...]:
        """File names of the members that every clip has, in the order of the shard."""
        return tuple(FILE_NAMES[name] for name in (*ALWAYS, *OPTIONAL) if name in (*ALWAYS, *self.members))

    def to_json(self) -> dict[str, Any]:
        """Return plain numbers, strings, lists and dicts."""
        return json.loads(json.dumps(dataclasses.asdict(self)))

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "DatasetConfig":
        """Return the config that `to_json` wrote; fields that are left out keep their defaults.

        Raises:
            ConfigError: an unknown field, or a value that cannot be used.
        """
        return override(cls(), values)


def override(config: DatasetConfig, values: Mapping[str, Any]) -> DatasetConfig:
    """Return `config` with `values` in place of its own; nested `render` values may be given in part.

    Raises:
        ConfigError: an unknown field, or a value that cannot be used.
    """
    changes = dict(values)
    _check_names(changes, DatasetConfig, "")
    try:
        if "render" in changes:
            changes["render"] = _render(config.render, changes["render"])
        if "members" in changes:
            members = changes["members"]
            _check(isinstance(members, list | tuple), "members", members, f"a list of some of {', '.join(OPTIONAL)}")
            changes["members"] = tuple(members)
        for name in (*WEIGHTS, "splits"):
            if name in changes:
                changes[name] = _numbers(name, changes[name])
        for name in ("margin", "min_frames_seen"):
            if name in changes:
                _check(type(changes[name]) in (int, float), name, changes[name], "a number")
        return dataclasses.replace(config, **changes)
    except (TypeError, AttributeError, ValueError) as error:
        raise ConfigError(
            f"the configuration has a value of the wrong type ({error}); see docs/configuration.md"
        ) from error


def read_config_file(path: Path) -> dict[str, Any]:
    """Return the values of a YAML or JSON file (`yaml.safe_load` reads both).

    Raises:
        ConfigError: the file is missing, unreadable or not a table.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read the config file {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is neither YAML nor JSON: {' '.join(str(error).split())}") from error
    if not isinstance(values, dict):
        raise ConfigError(f"{path} should hold a table of settings such as 'clips_per_shard: 100'")
    return values


def _render(settings: RenderConfig, values: Any) -> RenderConfig:
    """Return render settings with `values` in place of their own; `preset` among these begins with a preset's."""
    changes = dict(values) if isinstance(values, Mapping) else values
    if isinstance(changes, dict) and "preset" in changes:
        preset = changes.pop("preset")
        _check(preset in PRESETS, "render.preset", preset, f"one of {', '.join(PRESETS)}")
        settings = PRESETS[preset]
    _check_names(changes, RenderConfig, "render.")
    return dataclasses.replace(settings, **changes)


def _numbers(name: str, table: Any) -> dict[str, float]:
    """Return a table of weights or shares by name."""
    _check(isinstance(table, Mapping), name, table, "a table of names and numbers")
    for option, weight in table.items():
        _check(type(weight) in (int, float), f"{name}.{option}", weight, "a number")
    return {str(option): float(weight) for option, weight in table.items()}


def _check_names(values: Mapping[str, Any], owner: type, prefix: str) -> None:
    if not isinstance(values, Mapping):
        raise ConfigError(f"{prefix.rstrip('.')} should be a table of settings, not {values!r}")
    names = [item.name for item in dataclasses.fields(owner)]
    for name in values:
        if name not in names:
            raise ConfigError(f"unknown setting {prefix}{name}; known are {', '.join(names)}")


def _check_weights(name: str, weights: Mapping[str, float], options: set[str]) -> None:
    unknown = sorted(set(weights) - options)
    _check(not unknown, name, unknown, f"some of {sorted(options)}")
    good = all(0 <= weight <= LARGEST_WEIGHT for weight in weights.values())
    _check(good, name, weights, f"weights from 0 to {LARGEST_WEIGHT:g}")
    _check(any(weight > 0 for weight in weights.values()), name, weights, "at least one weight above 0")


def _check_whole(name: str, found: Any, least: int, most: int | None = None) -> None:
    good = type(found) is int and found >= least and (most is None or found <= most)
    limits = f"at least {least}" if most is None else f"at least {least} and at most {most}"
    _check(good, name, found, f"a whole number, {limits}")


def _check(good: bool, name: str, found: Any, expected: str) -> None:
    if not good:
        raise ConfigError(f"{name} is {found!r}; it should be {expected}")
