"""Labels as rows of numbers."""

from dataclasses import fields

import numpy as np
import pytest

from dataset_tools.clip import Clip
from dataset_tools.reader import Dataset
from tests.train.latents.films import FRAMES, film_members
from train.example import read_example
from train.latents.labels import Labels, pack, row_length, unpack


@pytest.mark.parametrize("most_objects", [1, 2, 4])
@pytest.mark.parametrize("place", [0, 1])
def test_rows_hold_the_labels_of_an_example_exactly(shared, place, most_objects) -> None:
    example = read_example(Dataset(shared / "golden")[place], 3, 6, most_objects)
    rows = pack(example)
    assert rows.shape == (6, row_length(most_objects))
    found = unpack(rows, most_objects)
    for field in fields(Labels):
        mine, theirs = np.asarray(getattr(found, field.name)), np.asarray(getattr(example, field.name))
        assert mine.dtype == theirs.dtype and mine.shape == theirs.shape, field.name
        assert np.array_equal(mine, theirs, equal_nan=field.name != "objects"), field.name
    assert found.has_camera


def test_some_rows_are_the_labels_of_those_frames() -> None:
    example = read_example(Clip.from_members("00000000", film_members(0)), 0, FRAMES, 2)
    part = unpack(pack(example)[2:4], 2)
    assert np.array_equal(part.centres_px, example.centres_px[2:4], equal_nan=True)
    assert part.objects.tolist() == [True, False]
    assert np.array_equal(pack(part), pack(example)[2:4], equal_nan=True)
