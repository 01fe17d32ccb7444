"""Batches of a dataset's training clips."""

from pathlib import Path

from train.example import Cut
from train.inputs import Inputs
from train.loader import Batch, collate
from train.recipe import Recipe
from train.run import examples_of
from train.sources import open_sources


def batch_of(dataset: Path, count: int, start: int = 0, frames: int = 4) -> Batch:
    """Return the examples at `count` positions from `start` on."""
    recipe = Recipe(cut=Cut(frames, 2))
    opened = open_sources([str(dataset)], recipe, 3, resample=False)
    line = examples_of(opened, recipe, Inputs("tiny", (str(dataset),), seed=3))
    return collate([line[start + number] for number in range(count)])
