"""Vehicles, chairs and houses: plausible sizes, on their wheels, closed, with a front that differs from the back."""

import io

import numpy as np
import pytest
import trimesh

from blender_gen.bundled.kinds import KINDS
from blender_gen.bundled.shapes import joined
from blender_gen.bundled.textures import image
from blender_gen.bundled.write import glb

SIZES = {  # length, width, height in metres: least and most
    "boat": ((6, 10), (2, 4), (3, 14)),
    "bus": ((7, 11.5), (2.4, 3.4), (2.4, 4.6)),
    "car": ((3.6, 5.2), (1.6, 2.4), (1.1, 2.1)),
    "chair": ((0.4, 0.9), (0.4, 0.7), (0.8, 1.2)),
    "helicopter": ((7, 15), (2, 15), (2.8, 4.5)),
    "house": ((5.5, 11), (6.5, 11.5), (4, 11.5)),
    "plane": ((6, 40), (7, 40), (2, 14)),
    "train": ((7, 16), (2.4, 3.4), (3, 5)),
    "truck": ((6, 9.5), (2.4, 3.4), (2.6, 4.2)),
}
GROUNDED = ("bus", "car", "chair", "house", "train", "truck")
SEEDS = range(8)


@pytest.fixture(scope="module")
def drawn():
    """(kind, seed) -> parts."""
    return {(kind, seed): KINDS[kind][1](np.random.default_rng(seed)) for kind in SIZES for seed in SEEDS}


def whole(parts):
    return joined([part.solid for part in parts])


def of(parts, *materials):
    """Vertices (N, 3) of the parts made of these materials."""
    return np.concatenate([part.solid.vertices for part in parts if part.material.name in materials])


@pytest.mark.parametrize("kind", SIZES)
def test_sizes_are_those_of_real_ones(drawn, kind):
    for seed in SEEDS:
        for size, (least, most) in zip(whole(drawn[kind, seed]).extents, SIZES[kind], strict=True):
            assert least < size < most


@pytest.mark.parametrize("kind", SIZES)
def test_files_stay_small(drawn, kind):
    for seed in SEEDS:
        assert len(whole(drawn[kind, seed]).faces) < 20_000
        assert len(glb(drawn[kind, seed])) < 400_000


@pytest.mark.parametrize("kind", SIZES)
def test_every_part_is_closed_and_right_side_out(drawn, kind):
    for seed in SEEDS:
        for part in drawn[kind, seed]:
            assert part.solid.is_watertight and part.solid.volume > 0


@pytest.mark.parametrize("kind", GROUNDED)
def test_it_stands_on_the_ground(drawn, kind):
    for seed in SEEDS:
        assert whole(drawn[kind, seed]).bounds[0, 2] == pytest.approx(0, abs=0.05 if kind == "train" else 0.01)


@pytest.mark.parametrize("kind", ("bus", "car", "truck"))
def test_nothing_hangs_below_the_tyres(drawn, kind):
    for seed in SEEDS:
        parts = drawn[kind, seed]
        assert of(parts, "rubber")[:, 2].min() == pytest.approx(whole(parts).bounds[0, 2])


@pytest.mark.parametrize("kind", ("bus", "car", "train", "truck"))
def test_lamps_shine_in_front_and_red_ones_behind(drawn, kind):
    for seed in SEEDS:
        parts = drawn[kind, seed]
        low, high = whole(parts).bounds[:, 0]
        assert of(parts, "lamp")[:, 0].min() > low + 0.6 * (high - low)
        red = of(parts, "red lamp")
        assert red[:, 0].min() < low + 0.15 * (high - low)


def test_a_house_has_its_door_on_the_front_and_windows_all_around(drawn):
    for seed in SEEDS:
        parts = drawn["house", seed]
        doors = of(parts, "door")
        panes = of(parts, "dark glass")
        wall = panes[:, 0].max() - 0.3
        assert doors[:, 0].min() > wall and (panes[:, 0] < -wall + 0.3).any()
        assert abs(panes[:, 1].min() + panes[:, 1].max()) < 0.1


def test_a_helicopter_looks_where_its_glass_is_and_its_tail_is_behind(drawn):
    for seed in SEEDS:
        parts = drawn["helicopter", seed]
        body = whole([part for part in parts if part.material.name not in ("black", "blade tip")])
        middle = body.bounds[:, 0].mean()
        assert of(parts, "dark glass")[:, 0].mean() > middle + 0.15 * body.extents[0]
        assert of(parts, "red lamp")[:, 0].mean() < middle - 0.4 * body.extents[0]


@pytest.mark.parametrize("kind", SIZES)
def test_the_front_half_is_not_the_back_half_mirrored(drawn, kind):
    """On a grid of 8 x 8 x 8 cells, those that the object's surface touches change when it is turned back to front."""
    for seed in SEEDS:
        points = whole(drawn[kind, seed]).triangles_center
        bins = [np.linspace(-1, 1, 9)] * 3
        low, high = whole(drawn[kind, seed]).bounds
        scaled = 2 * (points - low) / (high - low) - 1
        filled, mirrored = (np.histogramdd(scaled * (way, 1, 1), bins=bins)[0] > 0 for way in (1, -1))
        assert (filled != mirrored).sum() > 0.08 * filled.sum()


@pytest.mark.parametrize("kind", SIZES)
def test_seeds_give_textures_and_each_has_contrast(drawn, kind):
    skins = {part.material for seed in SEEDS for part in drawn[kind, seed] if part.material.texture}
    assert skins
    for skin in skins:
        seen = np.asarray(image(skin.texture)).astype(np.float64)
        assert np.ptp(seen, axis=(0, 1)).max() > 20


@pytest.mark.parametrize("kind", SIZES)
def test_seeds_give_several_silhouettes_and_colours(drawn, kind):
    extents = np.array([whole(drawn[kind, seed]).extents for seed in SEEDS])
    assert np.ptp(extents / extents.max(axis=1, keepdims=True), axis=0).max() > 0.03
    assert len({part.material.colour for seed in SEEDS for part in drawn[kind, seed]}) > 12


@pytest.mark.parametrize("kind", SIZES)
def test_normals_in_the_file_are_unit_vectors_and_texture_coordinates_finite(drawn, kind):
    scene = trimesh.load_scene(io.BytesIO(glb(drawn[kind, 0])), file_type="glb")
    for mesh in scene.geometry.values():
        assert np.allclose(np.linalg.norm(mesh.vertex_normals, axis=1), 1, atol=1e-4)
        if mesh.visual.uv is not None:
            assert np.isfinite(mesh.visual.uv).all() and np.abs(mesh.visual.uv).max() < 500
