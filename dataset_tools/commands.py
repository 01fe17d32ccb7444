"""What the command line offers for finished datasets. The modules that do the work are imported when a verb runs."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import tyro

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

        dataset = open_dataset(self.dataset, self.split or "")
        statistics = collect(dataset, pixels=self.pixels, progress=sys.stderr.isatty())
        print(format_statistics(statistics))
        if self.json:
            print(f"wrote {write_text(self.json, to_json(statistics))}")
        if self.out and self.out.suffix.lower() in (".html", ".htm"):
            page = write_card_page(self.out, describe(dataset, statistics, statistics.name))
            print(f"open {page.resolve().as_uri()}")
        elif self.out:
            readme, page, *_ = write_card(self.out, describe(dataset, statistics))
            print(f"wrote {readme}\nopen {page.resolve().as_uri()}")
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


VERBS: Mapping[str, type] = {"validate": Validate, "stats": Stats, "inspect": Inspect, "export": Export}
