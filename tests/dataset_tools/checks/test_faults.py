"""Each thing that a check holds, broken alone, is named by that check."""

import io
from collections.abc import Callable
from functools import cache

import av
import numpy as np
import pytest

from dataset_tools.checks import check_clip
from tests.dataset_tools.checks.scenes import Scene, Solid, line, make
from tests.dataset_tools.clip_parts import Parts, relabelled

T = 8
LABELS: dict[str, tuple[str, Callable[[dict], dict]]] = {
    "visible_fraction over 1": ("visibility", lambda labels: {"visible_fraction": labels["visible_fraction"] + 0.2}),
    "visible_fraction 0 of a seen object": (
        "visibility",
        lambda labels: {"visible_fraction": 0 * labels["box2d"][..., 0]},
    ),
    "visible_fraction NaN of a box in front": (
        "visibility",
        lambda labels: {"visible_fraction": np.nan * labels["box2d"][..., 0]},
    ),
    "visible_fraction far too small": (
        "visibility",
        lambda labels: {"visible_fraction": 0.2 * labels["visible_fraction"]},
    ),
    "a silhouette that does not hold the mask": (
        "visibility",
        lambda labels: {"silhouette2d": labels["silhouette2d"] + [3, 0, 0, 0]},
    ),
    "a silhouette beyond the box": (
        "masks_in_boxes",
        lambda labels: {"silhouette2d": labels["silhouette2d"] + [-9, -9, 9, 9]},
    ),
    "a box beside its mask": ("box2d", lambda labels: {"box2d": labels["box2d"] + [0, 1, 0, 1]}),
    "a box of an unseen object where one is seen": ("box2d", lambda labels: {"box2d": np.nan * labels["box2d"]}),
    "track_object out of range": ("tracks", lambda labels: {"track_object": labels["track_object"] + 2}),
    "most points on one object": ("tracks", lambda labels: {"track_object": np.minimum(labels["track_object"], 0)}),
    "no point ever visible": ("tracks_on_mask", lambda labels: {"track_visible": labels["track_visible"] & False}),
    "hidden and visible exchanged": ("tracks_at_depth", lambda labels: {"track_visible": ~labels["track_visible"]}),
    "points outside of the box": ("tracks", lambda labels: {"track_points": 1.2 * labels["track_points"]}),
    "a time that stands still": ("timestamps", lambda labels: {"timestamps": 0 * labels["timestamps"]}),
    "times in milliseconds": ("timestamps", lambda labels: {"timestamps": 1000 * labels["timestamps"]}),
    "corner depths along the ray": (
        "projections",
        lambda labels: {"box_corners_depth": 1.01 * labels["box_corners_depth"]},
    ),
    "centres at the top of the boxes": ("projections", lambda labels: {"center_px": labels["center_px"] - [0, 5]}),
    "a scaled pose": ("rotations", lambda labels: {"world_from_object": labels["world_from_object"] * 1.001}),
}  # fmt: skip
PLANES: dict[str, tuple[str, Callable[[dict], dict]]] = {
    "a mask of an object that is not there": ("masks", lambda planes: {"masks": planes["masks"] * 2}),
    "an object that shows in few frames": (
        "frames_seen",
        lambda planes: {"masks": planes["masks"] * (np.arange(T) < 4)[:, None, None]},
    ),
    "depth 0 where nothing was hit": (
        "depth",
        lambda planes: {"depth": np.where(planes["masks"] > 0, planes["depth"], 0)},
    ),
    "no depth on an object": (
        "depth",
        lambda planes: {"depth": np.where(planes["masks"] > 0, np.inf, planes["depth"])},
    ),
    "depth along the ray": ("depth_in_boxes", lambda planes: {"depth": planes["depth"] * 1.3}),
    "depth of one frame throughout": ("rigid_surfaces", lambda planes: {"depth": planes["depth"][[0] * T]}),
    "a hole in an object's depth": (
        "depth_in_boxes",
        lambda planes: {"depth": np.where(planes["masks"] == 1, 9, planes["depth"])},
    ),
    "normals of half the length": ("normals", lambda planes: {"normals": planes["normals"] // 2}),
    "normals that face away": ("normals", lambda planes: {"normals": -planes["normals"]}),
    "normals that are noise": ("normals", lambda planes: {"normals": noise_towards_the_camera(planes["normals"])}),
    "normals of the world's axes": ("normals", lambda planes: {"normals": planes["normals"][..., [0, 2, 1]]}),
    "no normals on the floor": (
        "normals",
        lambda planes: {"normals": planes["normals"] * (planes["masks"] > 0)[..., None]},
    ),
    "flow off by a tenth of a pixel": ("flow", lambda planes: {"flow": planes["flow"] + np.float16(0.1)}),
    "flow backwards": ("flow", lambda planes: {"flow": -planes["flow"]}),
    "flow of the step before": ("flow", lambda planes: {"flow": planes["flow"][[0, *range(T - 2)]]}),
}


def noise_towards_the_camera(normals: np.ndarray) -> np.ndarray:
    random = np.random.default_rng(0).normal(size=normals.shape)
    random[..., 2] = -np.abs(random[..., 2])
    unit = random / np.linalg.norm(random, axis=-1, keepdims=True)
    return np.where((normals != 0).any(axis=-1, keepdims=True), np.rint(127 * unit), 0).astype(np.int8)


@cache
def good() -> Parts:
    box = Solid("box", (1, 0.5, 0.5), line(T, (-0.9, 0), (0.06, 0.03), 0.25, 0.06))
    ball = Solid("ellipsoid", (0.8, 0.6, 0.6), line(T, (0.8, 0.5), (-0.02, 0.06), 0.3, 0.1), (60, 90, 200))
    return make(Scene((box, ball), frames=T))


def checks(clip: Parts) -> set[str]:
    return {fault.check for fault in check_clip(clip.clip()).faults}


def test_the_clip_as_it_is_has_no_fault() -> None:
    assert check_clip(good().clip()).faults == ()


@pytest.mark.parametrize("what", LABELS)
def test_a_wrong_label_is_named(what: str) -> None:
    expected, change = LABELS[what]
    assert expected in checks(good().with_labels(**change(good().labels)))


@pytest.mark.parametrize("what", PLANES)
def test_a_wrong_plane_is_named(what: str) -> None:
    expected, change = PLANES[what]
    assert expected in checks(good().with_planes(**change(good().planes)))


def test_a_box_smaller_than_its_object_is_named() -> None:
    small = relabelled(good().with_labels(box_size=0.9 * good().labels["box_size"]))
    assert {"depth_in_boxes", "tracks"} <= checks(small)


def test_boxes_that_overlap_are_named() -> None:
    poses = good().labels["world_from_object"].copy()
    poses[3, 1, :3, 3] = poses[3, 0, :3, 3]
    assert "boxes_disjoint" in checks(relabelled(good().with_labels(world_from_object=poses)))


def test_a_world_whose_floor_is_not_at_zero_is_named() -> None:
    lower = {name: good().labels[name].copy() for name in ("world_from_camera", "world_from_object")}
    for poses in lower.values():
        poses[..., 2, 3] -= 0.5
    assert checks(relabelled(good().with_labels(**lower))) == {"floor"}


def test_an_object_that_counts_as_whole_although_the_frame_cuts_it_is_named() -> None:
    cut = make(Scene((Solid("box", (1, 0.5, 0.5), line(T, (1.6, -0.5), (0.02, 0), 0.25)),), frames=T))
    assert "visibility" not in checks(cut)
    assert (cut.labels["visible_fraction"] < 1).all()
    assert "visibility" in checks(cut.with_labels(visible_fraction=np.ones((T, 1))))


def test_an_object_behind_the_camera_is_named() -> None:
    behind = good().labels["world_from_object"].copy()
    behind[:, 0, 1, 3] = -6
    assert "in_front" in checks(good().with_labels(world_from_object=behind))


def encoded(rate: int, bframes: int, keyint: int, tagged: bool, pix_fmt: str = "yuv420p") -> bytes:
    """The good clip's frames, encoded otherwise than the format asks for."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        parameters = f"bframes={bframes}:keyint={keyint}:scenecut=0"
        stream = container.add_stream("libx264", rate=rate, options={"crf": "12", "x264-params": parameters})
        stream.height, stream.width = good().video.shape[1:3]
        stream.pix_fmt = pix_fmt
        if tagged:
            context = stream.codec_context
            context.color_range, context.color_primaries, context.color_trc, context.colorspace = 1, 1, 1, 1
        for frame in good().video:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return file.getvalue()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rate": 10}, "frame rate is 10; expected 8"),
        ({"bframes": 2}, "B-frames"),
        ({"tagged": False}, "colour matrix is unspecified; expected bt709"),
        ({"pix_fmt": "yuv444p"}, "pixel format is yuv444p; expected yuv420p"),
    ],
)
def test_a_video_encoded_otherwise_is_named(options: dict, words: str) -> None:
    data = encoded(**{"rate": 8, "bframes": 0, "keyint": 8, "tagged": True, **options})
    clip = Parts("00000000", {**good().pack(), "video.mp4": data}, good().meta, good().labels, good().planes)
    assert any(words in fault.message for fault in check_clip(clip.clip()).faults)


def test_a_group_of_pictures_over_eight_frames_is_named() -> None:
    long = make(Scene((Solid("box", (1, 0.5, 0.5), line(12, (-0.5, 0), (0.05, 0), 0.25)),), frames=12))
    assert check_clip(long.clip()).faults == ()
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=8, options={"x264-params": "bframes=0:keyint=12:scenecut=0"})
        stream.height, stream.width = long.video.shape[1:3]
        stream.pix_fmt = "yuv420p"
        for frame in long.video:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    clip = Parts("00000000", {**long.pack(), "video.mp4": file.getvalue()}, long.meta, long.labels, long.planes)
    messages = [fault.message for fault in check_clip(clip.clip()).faults]
    assert any("longest group of pictures has 12 frames" in message for message in messages)
