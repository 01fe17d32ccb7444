"""Arrays against the schema."""

import numpy as np
import pytest

from dataset_tools.checks.arrays import Sizes, check_fields
from dataset_tools.schema import LABELS, MEMBERS

T, N, P, H, W = 3, 2, 70, 6, 8
SIZES = Sizes(T, N, H, W)
LENGTHS = {"T": T, "T-1": T - 1, "N": N, "P": P, "H": H, "W": W}


def filled(field) -> np.ndarray:
    return np.zeros([LENGTHS.get(axis, axis) for axis in field.shape], field.dtype)


@pytest.fixture
def labels() -> dict[str, np.ndarray]:
    return {field.name: filled(field) for field in LABELS}


def test_arrays_of_the_schema_are_sound(labels) -> None:
    sound, faults = check_fields(labels, LABELS, "labels.npz", "synthetic", SIZES)
    assert not faults
    assert set(sound) == set(labels)


@pytest.mark.parametrize("field", LABELS, ids=lambda field: field.name)
def test_each_array_is_named_when_missing_mistyped_or_misshapen(labels, field) -> None:
    others = {name: array for name, array in labels.items() if name != field.name}
    other_type = np.zeros(labels[field.name].shape, np.int8)
    longer = np.zeros((labels[field.name].shape[0] + 1, *labels[field.name].shape[1:]), field.dtype)
    wrong = {"a missing": others, "a mistyped": {**others, field.name: other_type}}
    if field.name != "track_object":  # its length is what the others are held against
        wrong["a misshapen"] = {**others, field.name: longer}
    for what, found in wrong.items():
        sound, faults = check_fields(found, LABELS, "labels.npz", "synthetic", SIZES)
        assert [f for f in faults if f" {field.name}" in f.message], what
        assert field.name not in sound


@pytest.mark.parametrize("name", ["track_px", "box2d", "silhouette2d", "visible_fraction", "box_corners_px"])
def test_nan_is_right_where_the_format_has_it(labels, name: str) -> None:
    labels[name][0] = np.nan
    assert not check_fields(labels, LABELS, "labels.npz", "synthetic", SIZES)[1]
    labels[name][0] = np.inf
    assert check_fields(labels, LABELS, "labels.npz", "synthetic", SIZES)[1]


@pytest.mark.parametrize("name", ["world_from_object", "intrinsics", "timestamps", "box_size", "center_px"])
def test_nan_is_a_fault_elsewhere(labels, name: str) -> None:
    labels[name][0] = np.nan
    sound, faults = check_fields(labels, LABELS, "labels.npz", "synthetic", SIZES)
    assert len(faults) == 1 and name in faults[0].message
    assert name not in sound


def test_arrays_of_another_kind_and_unknown_ones_are_named(labels) -> None:
    _, faults = check_fields(labels, LABELS, "labels.npz", "real", SIZES)
    assert "world_from_object" in " ".join(fault.message for fault in faults)
    labels["poses"] = np.zeros(3)
    _, faults = check_fields(labels, LABELS, "labels.npz", "synthetic", SIZES)
    assert ["poses" in fault.message for fault in faults] == [True]


def test_depth_may_be_infinite_but_not_nan() -> None:
    field = next(member.array for member in MEMBERS if member.name == "depth.npz")
    depth = np.full((T, H, W), np.inf, np.float16)
    assert not check_fields({"depth": depth}, (field,), "depth.npz", "synthetic", SIZES)[1]
    depth[0, 0, 0] = np.nan
    assert check_fields({"depth": depth}, (field,), "depth.npz", "synthetic", SIZES)[1]
