"""The whole thing, small: bundled objects in, checked shards and a page to open out."""

import sys
from pathlib import Path

from blender_gen.config import PRESETS, DatasetConfig
from blender_gen.runner.generate import RunSettings, generate
from dataset_tools.errors import PoseTrajError
from dataset_tools.page import write_page
from dataset_tools.reader import Dataset
from dataset_tools.validate import format_report, validate

MEMBERS = ("depth", "normals", "flow")
BUNDLED_VARIANTS = 2


def run_demo(out: Path, num_clips: int, workers: int) -> Path:
    """Generate `num_clips` draft clips of the bundled objects, validate them and return the page that shows them.

    Raises:
        PoseTrajError: generating failed, or the clips do not pass validation.
    """
    dataset = out / "dataset"
    # One split, so that every kind of object shows in a few clips.
    config = DatasetConfig(
        seed=1, render=PRESETS["draft"], members=MEMBERS, splits={"train": 1.0}, bundled_variants=BUNDLED_VARIANTS
    )
    generate(dataset, config, RunSettings(num_clips=num_clips, workers=workers))
    report = validate(dataset, workers=workers, progress=sys.stderr.isatty())
    print(format_report(report))
    if not report.ok:
        raise PoseTrajError(f"the demo's clips in {dataset} do not pass validation")
    page = out / "index.html"
    write_page(Dataset(dataset), page, max_clips=num_clips)
    return page
