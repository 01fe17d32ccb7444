from pathlib import Path

import bpy
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from blender_gen.blender.graph import Graph
from blender_gen.blender.meshes import plane
from blender_gen.blender.stage import add_camera, set_camera
from blender_gen.blender.stencil import Stencil, covering
from blender_gen.blender.windows import widened
from blender_gen.exr import read_colour

pytestmark = pytest.mark.blender


@given(arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_rectangles_cover_what_is_set_once_and_nothing_else(places):
    count = np.zeros(places.shape, int)
    for x0, y0, x1, y1 in covering(places).astype(int):
        assert x0 < x1 and y0 < y1
        count[y0:y1, x0:x1] += 1
    np.testing.assert_array_equal(count, places)


def test_rows_that_are_alike_share_their_rectangles():
    places = np.zeros((40, 30), bool)
    places[5:35, 3:9] = places[5:35, 12:20] = True
    assert covering(places).tolist() == [[3, 5, 9, 35], [12, 5, 20, 35]]


WIDTH, HEIGHT, FOCAL_PX = 48, 32, 60.0
WINDOW = (10, 6, 40, 28)


@pytest.fixture
def scene():
    """A grey floor under white light, seen by a turned camera close above it."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.samples, scene.cycles.use_adaptive_sampling = "CYCLES", 16, False
    scene.cycles.use_denoising, scene.cycles.pixel_filter_type = False, "BOX"
    scene.render.use_persistent_data = True
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    scene.view_settings.view_transform = "Raw"
    scene.render.image_settings.file_format, scene.render.image_settings.color_depth = "OPEN_EXR", "32"
    scene.world = bpy.data.worlds.new("white")
    graph = Graph(scene.world)
    graph.add("OutputWorld", {"Surface": graph.add("Background", {"Color": (1.0, 1.0, 1.0)}).outputs[0]})
    material = bpy.data.materials.new("grey")
    graph = Graph(material)
    graph.add("OutputMaterial", {"Surface": graph.add("BsdfDiffuse", {"Color": (0.5, 0.5, 0.5)}).outputs[0]})
    scene.collection.objects.link(plane("floor", (-50.0, 0.0, 50.0), 2.85, material))
    down = np.array([[0.0, -1, 0, 7], [-1, 0, 0, -5], [0, 0, -1, 3], [0, 0, 0, 1]])
    set_camera(add_camera(scene), down, FOCAL_PX, WIDTH)
    return scene


def rendered(scene, folder: Path) -> np.ndarray:
    """The window's pixels, (h,w)."""
    scene.render.filepath = str(folder / "seen.exr")
    bpy.ops.render.render(write_still=True)
    x0, y0, x1, y1 = WINDOW
    return read_colour(folder / "seen.exr")[y0:y1, x0:x1, 0]


def test_the_camera_alone_sees_it_and_only_where_it_covers(scene, tmp_path):
    whole = rendered(scene, tmp_path)
    assert 0.3 < whole.min()
    stencil = Stencil(scene)
    needed = np.zeros(whole.shape, bool)
    needed[4:9, 3:12] = needed[12, 20] = needed[0, 29] = True
    for pixels in (needed, needed[::-1]):
        stencil.leave_open(pixels, WINDOW, (WIDTH, HEIGHT), FOCAL_PX)
        found = rendered(scene, tmp_path)
        np.testing.assert_allclose(found[pixels], whole[pixels], atol=1e-5)
        assert (found[~widened(pixels)] == 0).all()
