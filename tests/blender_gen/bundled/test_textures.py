"""Textures repeat without a seam, have two colours that differ, and lie on parts as they are told to."""

import io

import numpy as np
import pytest
import trimesh

from blender_gen.bundled.parts import BLACK, WHITE, Material, Part, textured
from blender_gen.bundled.projection import unwrapped
from blender_gen.bundled.shapes import box, lathe
from blender_gen.bundled.textures import PATTERNS, SIZE_PX, Texture, image
from blender_gen.bundled.write import glb

LIGHT, DARK = (0.8, 0.7, 0.5), (0.05, 0.02, 0.1)


def pixels(texture):
    return np.asarray(image(texture)).astype(np.float64) / 255


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_shows_light_and_dark_and_nothing_but_mixtures_of_its_two_colours(pattern):
    seen = pixels(Texture(pattern, LIGHT, DARK, seed=4))
    assert seen.shape == (SIZE_PX, SIZE_PX, 3)
    grey = seen.mean(axis=2)
    assert np.quantile(grey, 0.98) - np.quantile(grey, 0.02) > 0.25
    ends = pixels(Texture("stripes", LIGHT, DARK)).reshape(-1, 3)
    assert (seen.reshape(-1, 3) <= ends.max(axis=0)).all() and (seen.reshape(-1, 3) >= ends.min(axis=0)).all()


@pytest.mark.parametrize("pattern", sorted(set(PATTERNS) - {"livery"}))
def test_a_pattern_repeats_without_a_seam(pattern):
    """The step from the last row to the first is one that occurs between rows inside; so for columns."""
    seen = pixels(Texture(pattern, LIGHT, DARK, seed=4)).mean(axis=2)
    for rows in (seen, seen.T):
        steps = np.abs(np.diff(rows, axis=0)).mean(axis=1)
        assert np.abs(rows[0] - rows[-1]).mean() <= 1.3 * steps.max() + 1e-9


@pytest.mark.parametrize("pattern", ("grain", "patches", "spots", "mottle"))
def test_another_seed_is_another_picture_and_the_same_seed_the_same(pattern):
    first, again, other = (pixels(Texture(pattern, LIGHT, DARK, seed=seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again) and np.abs(first - other).mean() > 0.01


@pytest.mark.parametrize("pattern", ("stripes", "dots", "patches"))
@pytest.mark.parametrize("share", (0.2, 0.4))
def test_the_figure_takes_its_share(pattern, share):
    dark = pixels(Texture(pattern, (1, 1, 1), (0, 0, 0), share=share, seed=3)).mean(axis=2) < 0.5
    assert dark.mean() == pytest.approx(share, abs=0.06)


def test_a_box_gets_one_picture_for_each_scale_length_on_every_side():
    surface = unwrapped(box((2, 3, 4), (5, 6, 7)), Texture("checks", LIGHT, DARK, uv_scale_m=0.5))
    assert len(surface.vertices) == 8 * 3 + 2  # each corner once for each of its three sides; the middles of two
    for face in surface.faces:
        edges = surface.vertices[face] - surface.vertices[face[0]], surface.uv[face] - surface.uv[face[0]]
        assert np.allclose(np.linalg.norm(edges[0], axis=1), 0.5 * np.linalg.norm(edges[1], axis=1))


def test_a_label_wraps_around_without_a_face_that_runs_backwards():
    drum = lathe([(1.0, 0.0), (1.0, 2.0)], points=64)
    surface = unwrapped(drum, Texture("dots", LIGHT, DARK, uv_scale_m=0.52, projection="around z"))
    side = np.abs(np.linalg.norm(surface.vertices[surface.faces][..., :2], axis=2) - 1).max(axis=1) < 1e-9
    u = surface.uv[surface.faces[side]][..., 0]
    assert np.ptp(u, axis=1).max() == pytest.approx(12 / 64)


def test_bands_along_an_axis_start_at_their_origin():
    texture = Texture("stripes", LIGHT, DARK, uv_scale_m=2.0, projection="along y", origin_m=(0, 0, 3.0))
    surface = unwrapped(box((1, 1, 2), (0, 0, 4)), texture)
    assert surface.uv[:, 1] == pytest.approx((surface.vertices[:, 2] - 3) / 2)
    upright = unwrapped(
        box((1, 1, 2), (0, 0, 4)), Texture("stripes", LIGHT, DARK, 2.0, projection="along y", upright=True)
    )
    assert upright.uv[:, 0] == pytest.approx(upright.vertices[:, 2] / 2)


def test_seams_do_not_show_in_the_shading():
    smooth = lathe([(0.5, 0), (1.0, 0.4), (1.0, 1.0), (0.5, 1.4)], points=32)
    surface = unwrapped(smooth, Texture("checks", LIGHT, DARK))
    near, where = np.unique(surface.vertices.round(9), axis=0, return_inverse=True)
    for number in range(len(near)):
        assert np.ptp(surface.normals[where == number], axis=0).max() < 1e-9


def test_the_file_holds_the_picture_and_plain_materials_hold_none():
    checked = textured(Material("checked", LIGHT), "checks", DARK, uv_scale_m=0.3)
    parts = [Part(box((1, 1, 1), (0, 0, 0)), checked), Part(box((1, 1, 1), (0, 0, 2)), BLACK)]
    scene = trimesh.load_scene(io.BytesIO(glb(parts)), file_type="glb")
    meshes = {mesh.visual.material.name: mesh for mesh in scene.geometry.values()}
    assert np.array_equal(
        np.asarray(meshes["checked"].visual.material.baseColorTexture), np.asarray(image(checked.texture))
    )
    assert meshes["black"].visual.material.baseColorTexture is None


def test_materials_of_one_name_keep_their_own_meshes():
    first, second = Material("paint", LIGHT), textured(WHITE, "stripes", DARK)
    parts = [Part(box((1, 1, 1), (0, 0, z)), material) for z, material in ((0, first), (2, second), (4, WHITE))]
    scene = trimesh.load_scene(io.BytesIO(glb(parts)), file_type="glb")
    assert len(scene.geometry) == 3 and scene.extents == pytest.approx((1, 5, 1))
