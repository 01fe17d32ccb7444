import numpy as np
import pytest

from dataset_tools.drawing import axes_px
from dataset_tools.errors import FormatError
from dataset_tools.geometry import box_corners, invert_rigid, project, transform
from dataset_tools.reader import Dataset
from train.example import MIRROR, Cut, mirrored, read_example


@pytest.fixture(scope="module")
def clip(shared):
    return Dataset(shared / "golden")[0]


def test_an_example_is_a_stretch_of_its_clip(clip) -> None:
    example = read_example(clip, 3, 5, 4)
    assert np.array_equal(example.video, clip.video(3, 8))
    assert np.array_equal(example.centres_px[:, :2], clip.labels["center_px"][3:8])
    assert np.array_equal(example.corners_px[:, :2], clip.labels["box_corners_px"][3:8])
    assert example.objects.tolist() == [True, True, False, False]
    assert np.allclose(example.axes_px[:, :2, :4], axes_px(clip.labels)[3:8], atol=1e-3)
    assert np.isnan(example.axes_px[:, 2:]).all()
    assert np.isnan(example.centres_px[:, 2:]).all() and np.isnan(example.depth[:, 2:]).all()
    assert example.has_camera and example.fps == clip.meta["fps"]


def test_more_objects_than_room_are_left_out(clip) -> None:
    example = read_example(clip, 0, 4, 1)
    assert np.array_equal(example.centres_px, clip.labels["center_px"][:4, :1])


@pytest.mark.parametrize("start", [-1, 8])
def test_a_stretch_that_the_clip_does_not_have_is_refused(clip, start: int) -> None:
    with pytest.raises(FormatError, match="12 frames"):
        read_example(clip, start, 5, 2)


def test_in_the_mirror_boxes_still_are_the_projections_of_boxes(clip) -> None:
    labels, example = clip.labels, mirrored(read_example(clip, 0, 12, 2))
    world_from_object = MIRROR @ labels["world_from_object"] @ np.diag([1.0, -1.0, 1.0, 1.0])
    assert np.allclose(np.linalg.det(world_from_object[..., :3, :3]), 1.0), "still rotations"
    for t in range(12):
        camera_from_world = invert_rigid(example.world_from_camera[t])
        for n, size in enumerate(labels["box_size"]):
            world = transform(world_from_object[t, n], box_corners(size))
            px, _ = project(transform(camera_from_world, world), example.intrinsics[t])
            assert np.allclose(px, example.corners_px[t, n], atol=2e-3)
            assert np.allclose(px.mean(axis=0), example.corners_px[t, n].mean(axis=0), atol=2e-3)
    cameras = {name: getattr(example, name) for name in ("world_from_camera", "intrinsics")}
    poses = {"world_from_object": world_from_object, "box_size": labels["box_size"]} | cameras
    assert np.allclose(axes_px(poses), example.axes_px[:, :, :4], atol=2e-3)


def test_the_mirrored_picture_has_at_the_mirrored_place_what_the_picture_had(clip) -> None:
    example = read_example(clip, 0, 2, 2)
    other = mirrored(example)
    (x, y), (u, v) = (np.floor(e.centres_px[0, 0]).astype(int) for e in (example, other))
    assert y == v and np.array_equal(example.video[0, y, x], other.video[0, v, u])


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_share_of_the_examples_is_mirrored(clip, share: float) -> None:
    cut = Cut(frames=12, most_objects=2, mirror=share)
    found = [cut.example(clip, np.random.default_rng(seed)).centres_px[0, 0, 0] for seed in range(60)]
    plain = clip.labels["center_px"][0, 0, 0]
    assert abs(np.mean([place != plain for place in found]) - share) < 0.2
    assert {round(float(place), 3) for place in found} <= {
        round(float(x), 3) for x in (plain, clip.meta["width"] - plain)
    }


def test_mirrored_examples_become_tensors(clip) -> None:
    torch = pytest.importorskip("torch")
    example = mirrored(read_example(clip, 0, 2, 2))
    assert torch.from_numpy(example.video).shape == example.video.shape


def test_a_clip_without_intrinsics_is_named(clip) -> None:
    from dataset_tools import npz
    from dataset_tools.clip import Clip

    labels = {name: array for name, array in clip.labels.items() if name != "intrinsics"}
    members = {"labels.npz": npz.save(labels), "meta.json": clip.read("meta.json"), "video.mp4": clip.read("video.mp4")}
    with pytest.raises(FormatError, match="lacks intrinsics"):
        read_example(Clip.from_members(clip.key, members), 0, 2, 2)


def test_twice_in_the_mirror_is_as_before(clip) -> None:
    example = read_example(clip, 2, 6, 3)
    again = mirrored(mirrored(example))
    for name, value in vars(example).items():
        assert np.allclose(getattr(again, name), value, equal_nan=True, atol=1e-4), name


def test_a_cut_is_decided_by_its_generator(clip) -> None:
    cut = Cut(frames=5, most_objects=2)
    first, again = (cut.example(clip, np.random.default_rng(3)) for _ in range(2))
    assert all(np.array_equal(plane, vars(again.video)[name]) for name, plane in vars(first.video).items())
    starts = {cut.example(clip, np.random.default_rng(seed)).centres_px[0, 0, 1] for seed in range(40)}
    assert len(starts) == 8, "every start occurs"
    with pytest.raises(FormatError, match="12 frames"):
        Cut(frames=14).example(clip, np.random.default_rng(0))
