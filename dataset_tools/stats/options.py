"""The registry of what clips are counted by: names that the meta data give."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dataset_tools.stats.angles import turning
from dataset_tools.stats.sample import Sample, text


@dataclass(frozen=True)
class Option:
    """One table of counts. `names` of a clip gives a name per clip or per object; empty ones are not counted.

    `setting` is the table of weights in the generator's configuration that decides how often each name occurs.
    """

    name: str
    title: str
    per: str
    names: Callable[[Sample], Iterator[str]]
    setting: str = ""
    named_by_clips: bool = True
    """Whether the meta data name it; otherwise it is told from the labels."""


def _of_clip(key: str) -> Callable[[Sample], Iterator[str]]:
    return lambda sample: iter((text(sample.meta.get(key)),))


def _of_objects(key: str) -> Callable[[Sample], Iterator[str]]:
    return lambda sample: (text(item.get(key)) for item in sample.objects)


def _speed(sample: Sample) -> Iterator[str]:
    """The speed profile's name, with or without parameters beside it."""
    return (_named(path.get("speed")) for path in sample.paths)


def _backdrop(sample: Sample) -> Iterator[str]:
    return iter((text(sample.scene.get("backdrop")),))


def _turning(sample: Sample) -> Iterator[str]:
    poses = sample.labels.get("world_from_object")
    return iter(turning(poses) if poses is not None else ())


def _named(value: Any) -> str:
    return text(value.get("name") if isinstance(value, Mapping) else value)


OPTIONS: tuple[Option, ...] = (
    Option("family", "Trajectory family", "object", _of_objects("family"), "families"),
    Option("facing", "Facing", "object", _of_objects("facing"), "facings"),
    Option("speed", "Speed profile", "object", _speed, "speeds"),
    Option("turning", "Turning, seen from above", "object", _turning, named_by_clips=False),
    Option("camera", "Camera motion", "clip", _of_clip("camera"), "cameras"),
    Option(
        "objects", "Objects in a clip", "clip", lambda sample: iter((str(len(sample.objects)),)), "objects_per_clip"
    ),
    Option("environment", "Environment", "clip", _of_clip("environment"), "environments"),
    Option("floor", "Floor", "clip", _of_clip("floor"), "floors"),
    Option("backdrop", "Backdrop", "clip", _backdrop, "backdrops"),
    Option("source", "Folder of objects", "object", lambda sample: iter(sample.origins), "sources", False),
    Option("category", "Category", "object", _of_objects("category")),
    Option("licence", "Licence", "object", _of_objects("licence")),
    Option("author", "Author", "object", _of_objects("author")),
    Option("film", "Film", "clip", lambda sample: iter((f"{sample.width}x{sample.height}, {sample.fps:g} fps",))),
    Option("engine", "Engine", "clip", _of_clip("engine")),
    Option("view", "Tone curve", "clip", _of_clip("view")),
)
