"""Good clips of every kind pass, and wrong ones among them are told, on scenes that a renderer of our own makes."""

from functools import cache

import numpy as np
import pytest

from dataset_tools.checks import check_clip
from dataset_tools.geometry import invert_rigid
from tests.dataset_tools.checks.scenes import Scene, Solid, line, make
from tests.dataset_tools.clip_parts import Parts, relabelled, take_apart
from tests.dataset_tools.corruptions import CORRUPTIONS, KINDS, Corruption

T = 10
BOX, BALL = (1.0, 0.5, 0.5), (0.8, 0.8, 0.8)
STILL = (0.0, 0.0)

SCENES: dict[str, Scene] = {
    "two objects that turn as they go": Scene(
        (
            Solid("box", BOX, line(T, (-0.9, 0), (0.06, 0.03), 0.25, 0.06)),
            Solid("ellipsoid", (0.8, 0.6, 0.6), line(T, (0.8, 0.5), (-0.02, 0.05), 0.3, 0.1), (60, 90, 200)),
        )
    ),
    "three objects": Scene(
        tuple(
            Solid(shape, (0.6, 0.4, 0.5), line(T, at, (0.03, 0), 0.25, 0.1), colour)
            for shape, at, colour in (
                ("box", (-1, 0), (200, 60, 60)),
                ("ellipsoid", (0, 0.8), (60, 200, 60)),
                ("box", (0.9, -0.3), (60, 60, 200)),
            )
        )
    ),
    "an object and a camera at rest": Scene((Solid("box", BOX, line(T, STILL, STILL, 0.25)),)),
    "a plain ball that spins in place": Scene(
        (Solid("ellipsoid", BALL, line(T, STILL, STILL, 0.4, 0.2), contrast=0),)
    ),
    "a plain box that spins in place": Scene((Solid("box", BOX, line(T, STILL, STILL, 0.25, 0.15), contrast=0),)),
    "a painted ball that spins in place": Scene((Solid("ellipsoid", BALL, line(T, STILL, STILL, 0.4, 0.2)),)),
    "a hardly visible object on a hardly visible floor": Scene(
        (Solid("box", BOX, line(T, (-0.5, 0), (0.05, 0.03), 0.25, 0.06), (128, 128, 128), 0.05),),
        floor_contrast=0.05,
        shadow=0.15,
    ),
    "a dark object in its own shadow": Scene(
        (Solid("box", BOX, line(T, (-0.5, 0), (0.05, 0.03), 0.25, 0.06), (40, 40, 40), 0.1),),
        floor_level=70,
        shadow=0.9,
    ),
    "an object that moves a tenth of a pixel a frame": Scene(
        (Solid("box", BOX, line(T, (-0.1, 0), (0.003, 0.001), 0.25, 0.002)),)
    ),
    "a fast object": Scene((Solid("box", BOX, line(T, (-1.4, 0), (0.28, 0), 0.25, 0.3)),)),
    "an object that leaves the frame": Scene((Solid("box", BOX, line(T, (1.2, -0.5), (0.08, 0), 0.25, 0.05)),)),
    "a camera that orbits objects at rest": Scene(
        (Solid("box", BOX, line(T, (-0.5, 0), STILL, 0.25)), Solid("ellipsoid", BALL, line(T, (0.8, 0.3), STILL, 0.4))),
        camera_arc=0.04,
    ),
    "a camera that orbits over a plain floor": Scene(
        (Solid("box", BOX, line(T, (0, 0), (0.04, 0), 0.25, 0.05)),), camera_arc=0.02, floor_contrast=0
    ),
    "a noisy render": Scene((Solid("box", BOX, line(T, (-0.4, 0), (0.05, 0), 0.25, 0.05)),), noise=8),
    "an overexposed floor": Scene(
        (Solid("box", BOX, line(T, (-0.4, 0), (0.05, 0), 0.25, 0.05), (250, 240, 235), 0.1),), floor_level=300
    ),
}  # fmt: skip
MOVING = ("two objects that turn as they go", "three objects", "a fast object")
FIRST_OF_KIND = [next(c for c in CORRUPTIONS if c.kind == kind) for kind in KINDS]


@cache
def scene(name: str) -> Parts:
    return make(SCENES[name])


@pytest.mark.parametrize("name", SCENES)
def test_a_good_clip_passes(name: str) -> None:
    assert check_clip(scene(name).clip()).faults == ()


@pytest.mark.parametrize("name", SCENES)
def test_a_good_clip_passes_with_no_optional_member(name: str) -> None:
    bare = take_apart(scene(name).clip(), without=("depth", "normals", "flow"))
    report = check_clip(bare.clip())
    assert report.faults == ()
    assert "tracks_at_depth" not in report.figures


@pytest.mark.parametrize("name", SCENES)
def test_figures_are_finite_and_depend_on_the_members_alone(name: str) -> None:
    figures = check_clip(scene(name).clip()).figures
    assert set(figures) == {
        "rotation_error", "boxes_disjoint", "frames_seen", "mask_outside_hull_px", "tracks_on_mask", "tracks_at_depth",
        "outline_fit",
    }  # fmt: skip
    assert np.isfinite(list(figures.values())).all()
    assert figures["tracks_on_mask"] >= 0.98 and figures["tracks_at_depth"] >= 0.98
    assert figures["mask_outside_hull_px"] <= 1.5 and figures["boxes_disjoint"] == 1


@pytest.mark.parametrize("corruption", FIRST_OF_KIND, ids=str)
@pytest.mark.parametrize("name", MOVING)
def test_a_corrupted_clip_is_named(name: str, corruption: Corruption) -> None:
    other = scene(MOVING[MOVING.index(name) - 1])
    changed = corruption.change(scene(name), other)
    if changed is None:
        assert corruption.kind == "object ids swapped" and scene(name).objects == 1
        return
    assert check_clip(changed.clip()).faults


@pytest.mark.parametrize("name", ["a plain ball that spins in place", "an object and a camera at rest"])
def test_a_shift_in_time_that_nothing_shows_is_no_fault(name: str) -> None:
    clip = scene(name)
    assert check_clip(clip.with_video(np.roll(clip.video, 1, axis=0)).clip()).faults == ()


def test_a_slow_shift_in_time_is_named() -> None:
    slow = make(Scene((Solid("box", BOX, line(T, (-0.1, 0), (0.008, 0.004), 0.25, 0.03)),)))
    for shifted in (slow.video[[0, *range(T - 1)]], slow.video[[*range(1, T), T - 1]], np.roll(slow.video, 1, axis=0)):
        assert check_clip(slow.with_video(shifted).clip()).faults


def test_one_repeated_frame_in_the_middle_is_named() -> None:
    clip = scene("two objects that turn as they go")
    repeated = clip.video[[0, 1, 2, 3, 3, 5, 6, 7, 8, 9]]
    checks = {fault.check for fault in check_clip(clip.with_video(repeated).clip()).faults}
    assert "repeats" in checks


def test_a_blank_video_is_named() -> None:
    clip = scene("two objects that turn as they go")
    faults = check_clip(clip.with_video(np.full_like(clip.video, 90)).clip()).faults
    assert "outlines" in {fault.check for fault in faults}


def test_the_video_of_a_scene_with_other_objects_is_named_for_every_pair() -> None:
    names = ["three objects", "a fast object", "an object and a camera at rest", "a painted ball that spins in place"]
    for name in names:
        for other in names:
            if name != other:
                faults = check_clip(scene(name).with_video(scene(other).video).clip()).faults
                assert "outlines" in {fault.check for fault in faults}, (name, other)


def test_a_camera_said_to_orbit_the_other_way_is_told_by_the_floor_alone() -> None:
    """The cameras' order reversed, all objects taken along, and no depth to check it by."""
    painted = Scene((Solid("box", BOX, line(T, (0, 0), (0.02, 0), 0.25, 0.05)),), camera_arc=0.02, floor_contrast=0.8)
    clip = take_apart(make(painted).clip(), without=("depth", "normals", "flow"))
    cameras = clip.labels["world_from_camera"]
    camera_from_object = invert_rigid(cameras)[:, None] @ clip.labels["world_from_object"]
    moved = cameras[::-1, None] @ camera_from_object
    reversed_clip = relabelled(clip.with_labels(world_from_camera=cameras[::-1], world_from_object=moved))
    assert check_clip(clip.clip()).faults == ()
    assert {fault.check for fault in check_clip(reversed_clip.clip()).faults} == {"background"}
