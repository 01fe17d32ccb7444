"""What the command line offers for finished datasets. The modules that do the work are imported when a verb runs."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import tyro

from dataset_tools.errors import FormatError

MOST_WORKERS = 8  # unless asked for more


def usable_cpus() -> int:
    """The number of workers where none is asked for: the CPUs that this process may use, at most 8."""
    return min(len(os.sched_getaffinity(0)), MOST_WORKERS)


@dataclass(frozen=True)
class Validate:
    """Check a finished dataset against the format: hashes, arrays, geometry, and the video against its labels."""

    dataset: Annotated[str, tyro.conf.Positional]
    """Folder or URL of the dataset."""
    workers: int = field(default_factory=usable_cpus)
    """Clips checked at the same time."""

    def run(self) -> int:
        """Print the report; 1 if anything is wrong."""
        from dataset_tools.validate import format_report, validate

        if self.workers < 1:
            raise FormatError("--workers should be 1 or more")
        report = validate(self.dataset, workers=self.workers, progress=sys.stderr.isatty())
        print(format_report(report))
        return 0 if report.ok else 1


@dataclass(frozen=True)
class Stats:
    """Say what a finished dataset holds, before training on it: counts, histograms, coverage, and what is missing."""

    dataset: Annotated[str, tyro.conf.Positional]
    """Folder or URL of the dataset, or one of its shards."""
    split: Literal["train", "val", "test"] | None = None
    """Count this split alone."""
    out: Path | None = None
    """Write the dataset card here: an .html file is one page with charts and pictures; a folder, such as the dataset's
    own, gets README.md, card.html and the picture."""
    json: Path | None = None
    """Write all numbers here, as JSON."""
    pixels: bool = False
    """Read the masks too, to measure the share of the frame that objects cover exactly; slower."""

    def run(self) -> int:
        """Print the report."""
        from dataset_tools.card import describe, write_card, write_card_page
        from dataset_tools.stats import collect, format_statistics, open_dataset, to_json, write_text

        if self.out and self.out.suffix.lower() not in ("", ".html", ".htm") and not self.out.is_dir():
            raise FormatError(f"{self.out} should end in .html, or be a folder")
        dataset = open_dataset(self.dataset, self.split or "")
        statistics = collect(dataset, pixels=self.pixels, progress=sys.stderr.isatty())
        wrote = []  # told at the end: whoever reads the report may stop before it
        if self.json:
            wrote.append(f"wrote {write_text(self.json, to_json(statistics))}")
        if self.out and self.out.suffix.lower() in (".html", ".htm"):
            page = write_card_page(self.out, describe(dataset, statistics, statistics.name))
            wrote.append(f"open {page.resolve().as_uri()}")
        elif self.out:
            readme, page, *_ = write_card(self.out, describe(dataset, statistics))
            wrote += [f"wrote {readme}", f"open {page.resolve().as_uri()}"]
        print("\n".join([format_statistics(statistics), *wrote]))
        return 0


@dataclass(frozen=True)
class Inspect:
    """Look into a dataset in a browser: play clips with their boxes, paths and masks, beside the scene in 3-D."""

    dataset: Annotated[str, tyro.conf.Positional]
    """Folder or URL of the dataset, or one of its shards."""
    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 shows the dataset to everyone who can reach this machine."""
    port: int = 8080
    """Port to listen on; where it is taken, the next free one."""
    clip: str = ""
    """Key or number of the clip to begin with, such as 00000012 or 12."""
    split: Literal["train", "val", "test"] | None = None
    """Begin with the clips of this split."""
    export: Path | None = None
    """Write the clip to this .mp4, .html or .rrd file instead of serving a page."""

    def run(self) -> int:
        """Serve until Ctrl-C, or export one clip."""
        from dataset_tools.inspect.command import export, serve

        if self.export:
            print(f"wrote {export(self.dataset, self.export, self.split or '', self.clip)}")
        else:
            serve(self.dataset, self.host, self.port, self.split or "", self.clip)
        return 0


@dataclass(frozen=True)
class Export:
    """Write a finished dataset in a form that other programs read; docs/exports.md says what each holds."""

    dataset: Annotated[str, tyro.conf.Positional]
    """Folder or URL of the dataset, or one of its shards."""
    format: Literal["coco", "bop", "tapvid", "posetraj-authors"]
    """coco: pictures, masks and boxes; bop: 6-D poses; tapvid: tracked points; posetraj-authors: what the paper's
    training script reads."""
    out: Path
    """New or empty folder to write."""
    split: Literal["train", "val", "test"] | None = None
    """Export this split alone."""

    def run(self) -> int:
        """Write the folder."""
        from dataset_tools.exports import export_dataset
        from dataset_tools.stats import open_dataset

        dataset = open_dataset(self.dataset, self.split or "")
        print(f"wrote {export_dataset(dataset, self.format, self.out, progress=sys.stderr.isatty())}")
        return 0


@dataclass(frozen=True)
class ImportVideo:
    """Turn real films into shards: cut shots apart, find moving objects, track points, solve the camera if possible."""

    films: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Film files (mp4, mkv, webm, avi...), or folders of pictures with --image-fps; any number."""
    out: Path
    """Folder of the dataset; new, empty, or one that a stopped run with the same settings left."""
    size: str = "576x320"
    """Width and height of the clips; films are resized to cover that, and their middle is cut out."""
    frames: int = 32
    """Frames of a clip. Shots that are shorter are skipped, by name."""
    fps: float = 8.0
    """Frames per second of the clips."""
    stride: int = 0
    """Frames from one clip of a shot to the next; 0 for as many as a clip has, so that clips do not overlap."""
    points: int = 256
    """Tracked points of a clip, shared out among its objects."""
    max_objects: int = 4
    """Objects of a clip at most; the largest are kept."""
    camera: Literal["auto", "never", "always"] = "auto"
    """Find the camera where it stands still or COLMAP solves it; never; or skip clips where it is not found."""
    tracker: Literal["lk", "cotracker"] = "lk"
    """Lucas-Kanade, or CoTracker, which torch.hub fetches from the network and runs."""
    masks: Path | None = None
    """Folder with a folder of index PNGs for each film, instead of finding objects by their motion."""
    annotations: Path | None = None
    """Folder with tracks and cameras in the layout of PoseTraj's authors for VIPSeg."""
    image_fps: float = 0.0
    """Rate of folders of pictures."""
    licence: str = "unknown"
    """Licence of the films, written into every clip."""
    author: str = "unknown"
    """Author of the films, written into every clip."""
    split_shares: tuple[float, float, float] = (0.9, 0.05, 0.05)
    """Parts of train, val and test. A film lies in one split only; one or two films fill the first ones alone."""
    clips_per_shard: int = 64
    """Clips of a shard at most."""
    seed: int = 0
    """Seed of the camera's solver."""
    workers: int = 1
    """Films under way at the same time."""

    def run(self) -> int:
        """Import, and print what became of each film."""
        from dataset_tools.import_video.options import ImportOptions, parse_size
        from dataset_tools.import_video.run import run

        width, height = parse_size(self.size)
        options = ImportOptions(
            width=width, height=height, frames=self.frames, fps=self.fps, stride=self.stride or self.frames,
            points=self.points, max_objects=self.max_objects, camera=self.camera, tracker=self.tracker,
            masks=self.masks, annotations=self.annotations, image_fps=self.image_fps, licence=self.licence,
            author=self.author, seed=self.seed, clips_per_shard=self.clips_per_shard,
            shares=dict(zip(("train", "val", "test"), self.split_shares, strict=True)),
        )  # fmt: skip
        print(run(self.films, self.out, options, self.workers, sys.stderr.isatty()))
        return 0


VERBS: Mapping[str, type] = {
    "validate": Validate, "stats": Stats, "inspect": Inspect, "export": Export, "import-video": ImportVideo,
}  # fmt: skip
