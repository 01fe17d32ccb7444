import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from blender_gen.blender.stencil import covering

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


def test_the_camera_alone_sees_it_and_only_where_it_covers():
    import bpy

    from blender_gen.blender.stage import add_camera, set_camera
    from blender_gen.blender.stencil import Stencil

    width, height, focal_px = 48, 32, 60.0
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.samples, scene.cycles.use_adaptive_sampling = "CYCLES", 16, False
    scene.cycles.use_denoising, scene.cycles.pixel_filter_type = False, "BOX"
    scene.render.resolution_x, scene.render.resolution_y = width, height
    scene.view_settings.view_transform = "Raw"
    scene.world = bpy.data.worlds.new("white")
    scene.world.use_nodes = True
    scene.world.node_tree.nodes["Background"].inputs["Color"].default_value = (1, 1, 1, 1)
    camera = add_camera(scene)
    turned = np.array([[0.0, 0, 1, 7], [-1, 0, 0, -5], [0, -1, 0, 3], [0, 0, 0, 1]])
    set_camera(camera, turned, focal_px, width)
    stencil = Stencil(scene)
    window, needed = (10, 6, 40, 28), np.zeros((22, 30), bool)
    needed[4:9, 3:12] = needed[12, 20] = needed[0, 29] = True
    stencil.leave_open(needed, window, (width, height), focal_px)
    found = _rendered(scene, width, height)[6:28, 10:40]
    np.testing.assert_allclose(found[needed], 1.0, atol=1e-5)
    beside = np.zeros_like(needed)
    for dy, dx in np.ndindex(3, 3):
        rows, columns = np.nonzero(needed)
        rows, columns = rows + dy - 1, columns + dx - 1
        inside = (rows >= 0) & (rows < 22) & (columns >= 0) & (columns < 30)
        beside[rows[inside], columns[inside]] = True
    assert (found[~beside] == 0).all()


def _rendered(scene, width, height):
    import tempfile
    from pathlib import Path

    import bpy

    from blender_gen.exr import read_colour

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "seen.exr"
        scene.render.image_settings.file_format = "OPEN_EXR"
        scene.render.image_settings.color_depth = "32"
        scene.render.filepath = str(path)
        bpy.ops.render.render(write_still=True)
        return read_colour(path)[..., 0]
