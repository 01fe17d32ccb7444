"""A box and an ellipsoid on known paths, one before the other: every label against closed form."""

import numpy as np
import pytest
from scipy.ndimage import binary_dilation, binary_erosion

from blender_gen.config import RenderConfig
from tests.blender_gen.blender import studio
from tests.blender_gen.blender.closed_form import arc_pose, cast, look_at, pixel_rays, to_pixels

pytestmark = pytest.mark.blender

RENDER = RenderConfig(width=192, height=112, frames=6, fps=8, samples=2)
FOCAL = 1.1 * RENDER.width
DURATION = 5 / 8
PATHS = {0: (0.8, 1.5, 0.3, (0.2, -0.5)), 1: (1.9, 0.5, -0.4, (-0.45, 0.7))}  # radius, sweep, heading, middle
SIZES = {0: (1.0, 0.6, 0.5), 1: (1.0, 0.7, 0.8)}
SHAPES = {0: "box", 1: "ellipsoid"}


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    folder = tmp_path_factory.mktemp("closed-form")
    assets = [studio.box(folder, "crate", SIZES[0]), studio.ellipsoid(folder, "egg", SIZES[1])]
    specs = [studio.object_spec(asset, *PATHS[n]) for n, asset in enumerate(assets)]
    spec = studio.clip(specs, RENDER, orbit=True, azimuth_rad=-0.9)
    worker = studio.Studio(folder)
    rendered = worker.render(spec, assets)
    finished, clip = worker.finish(spec, rendered)
    worker.close()
    return spec, rendered, finished, clip


def pose(n: int, frame: int) -> np.ndarray:
    return arc_pose(frame / 8, DURATION, *PATHS[n], SIZES[n][2] / 2)


def camera(spec, frame: int) -> np.ndarray:
    """The orbit's camera from its position alone: a level camera that looks at the target."""
    eye = spec.world_from_camera(spec.timestamps)[frame, :3, 3]
    return look_at(eye, np.array([0.0, 0.3, 0.3]))


def truth(spec, frame: int):
    solids = [(SHAPES[n], np.array(SIZES[n]), pose(n, frame)) for n in SHAPES]
    return cast(camera(spec, frame), pixel_rays(RENDER.width, RENDER.height, FOCAL), solids)


def test_one_object_hides_part_of_the_other(scene):
    labels = scene[3].labels
    assert 0.05 < labels["visible_fraction"].min() < 0.9
    assert (labels["visible_fraction"] == 1).any()


def test_poses_and_cameras_are_those_of_the_arc_and_the_orbit(scene):
    spec, _, _, clip = scene
    for frame in range(RENDER.frames):
        assert np.allclose(clip.labels["world_from_camera"][frame], camera(spec, frame), atol=1e-12)
        for n in SHAPES:
            assert np.allclose(clip.labels["world_from_object"][frame, n], pose(n, frame), atol=1e-9)


def test_corners_are_within_a_hundredth_of_a_pixel(scene):
    spec, _, _, clip = scene
    signs = np.array([[(1 if k & 4 else -1), (1 if k & 2 else -1), (1 if k & 1 else -1)] for k in range(8)])
    for frame in range(RENDER.frames):
        for n in SHAPES:
            local = signs * np.array(SIZES[n]) / 2
            world = local @ pose(n, frame)[:3, :3].T + pose(n, frame)[:3, 3]
            px = to_pixels(world, camera(spec, frame), FOCAL, RENDER.width, RENDER.height)
            assert np.abs(clip.labels["box_corners_px"][frame, n] - px).max() <= 0.01


def test_depth_is_within_a_thousandth(scene):
    spec, rendered, _, clip = scene
    for frame in range(RENDER.frames):
        hit = truth(spec, frame)
        inside = agreed(rendered.masks[frame], hit.which)
        for found in (rendered.depth[frame], clip.depth[frame].astype(float)):
            finite = inside & np.isfinite(hit.depth)
            assert np.abs(found[finite] / hit.depth[finite] - 1).max() <= 1e-3


def test_normals_are_within_a_degree(scene):
    spec, rendered, _, clip = scene
    for frame in range(RENDER.frames):
        hit = truth(spec, frame)
        inside = agreed(rendered.masks[frame], hit.which) & np.isfinite(hit.depth)
        seen = np.einsum("hwi,ij->hwj", hit.normal, camera(spec, frame)[:3, :3])[inside]
        found = clip.normals[frame][inside] / 127.0
        cosine = (seen * found).sum(-1) / np.linalg.norm(found, axis=-1)
        # pixels beside an edge of the box itself may see the next face
        angle = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
        assert np.quantile(angle, 0.995) <= 1.0
        assert np.median(angle) <= 0.3


def test_masks_are_within_a_pixel_of_the_silhouettes(scene):
    spec, rendered, _, clip = scene
    for frame in range(RENDER.frames):
        which = truth(spec, frame).which
        for n in SHAPES:
            found, right = clip.masks[frame] == n + 1, which == n + 1
            assert right.sum() > 200
            assert not (found & ~binary_dilation(right, np.ones((3, 3)))).any()
            assert not (right & ~binary_dilation(found, np.ones((3, 3)))).any()


def test_flow_is_within_a_twentieth_of_a_pixel(scene):
    spec, rendered, _, clip = scene
    rays = pixel_rays(RENDER.width, RENDER.height, FOCAL)
    centres = np.stack(np.meshgrid(np.arange(RENDER.width) + 0.5, np.arange(RENDER.height) + 0.5), axis=-1)
    for frame in range(RENDER.frames - 1):
        hit = truth(spec, frame)
        now, then = camera(spec, frame), camera(spec, frame + 1)
        inside = agreed(rendered.masks[frame], hit.which) & np.isfinite(hit.depth) & (hit.depth < 30)
        world = now[:3, 3] + (rays * np.where(np.isfinite(hit.depth), hit.depth, 0)[..., None]) @ now[:3, :3].T
        for n in SHAPES:
            motion = pose(n, frame + 1) @ np.linalg.inv(pose(n, frame))
            moved = world @ motion[:3, :3].T + motion[:3, 3]
            world = np.where((hit.which == n + 1)[..., None], moved, world)
        flow = to_pixels(world, then, FOCAL, RENDER.width, RENDER.height) - centres
        error = np.linalg.norm(clip.flow[frame].astype(float) - flow, axis=-1)[inside]
        assert error.max() <= 0.05


def test_visible_tracks_agree_with_closed_form_away_from_edges(scene):
    spec, _, _, clip = scene
    labels = clip.labels
    agree = total = 0
    for frame in range(RENDER.frames):
        eye = camera(spec, frame)
        solids = [(SHAPES[n], np.array(SIZES[n]), pose(n, frame)) for n in SHAPES]
        which = truth(spec, frame).which
        for p, owner in enumerate(labels["track_object"]):
            world = pose(owner, frame)[:3, :3] @ labels["track_points"][p] + pose(owner, frame)[:3, 3]
            local = (world - eye[:3, 3]) @ eye[:3, :3]
            hit = cast(eye, (local / local[2])[None], solids)
            px = to_pixels(world, eye, FOCAL, RENDER.width, RENDER.height)
            inside = bool((px >= 0).all() and (px < (RENDER.width, RENDER.height)).all())
            if inside:
                x, y = px.astype(int)
                around = which[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3]
                if (around != around.flat[0]).any():
                    continue
            right = inside and bool(hit.depth[0] > local[2] * 0.99)
            agree += right == labels["track_visible"][frame, p]
            total += 1
    assert total > 1000
    assert agree / total >= 0.99


def test_visible_fraction_counts_pixels_of_the_object_alone(scene):
    spec, rendered, _, clip = scene
    rays = pixel_rays(RENDER.width, RENDER.height, FOCAL)
    for frame in range(RENDER.frames):
        for n in SHAPES:
            alone = cast(camera(spec, frame), rays, [(SHAPES[n], np.array(SIZES[n]), pose(n, frame))])
            whole = (alone.which == 1).sum()
            share = (truth(spec, frame).which == n + 1).sum() / whole
            assert abs(clip.labels["visible_fraction"][frame, n] - share) < 0.02


def test_the_clip_passes_its_self_check(scene):
    assert scene[2].verdict.reasons == ()


def agreed(mask: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Pixels at which mask and closed form agree on the object, a pixel away from every edge."""
    good = mask == which
    for n in np.unique(which):
        part = which == n
        good &= ~part | binary_erosion(part, np.ones((3, 3)), border_value=1)
    return good
