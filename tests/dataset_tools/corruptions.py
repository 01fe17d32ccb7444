"""Twelve ways in which a clip can be wrong while its files are sound, most of them in several variants.

Each variant makes a clip whose contents alone betray it: sizes, types, hashes and the index stay right. The later
variants of a kind also make anew what follows from the wrong part, so that fewer and fewer contents disagree.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dataset_tools.geometry import invert_rigid
from tests.dataset_tools.clip_parts import Change, Parts, reboxed, reflowed, relabelled

FACTORS = (0.9, 1.1)


@dataclass(frozen=True)
class Corruption:
    """One variant: its kind (one of the twelve), what it does, and the change itself."""

    kind: str
    variant: str
    change: Change

    def __str__(self) -> str:
        return f"{self.kind}: {self.variant}"


def _video(change) -> Change:
    return lambda clip, other: clip.with_video(change(clip.video))


def _other_video(clip: Parts, other: Parts) -> Parts | None:
    return clip.with_video(other.video) if other.video.shape == clip.video.shape else None


def _shifted_masks(x: int, y: int) -> Change:
    def change(clip: Parts, other: Parts) -> Parts:
        masks = np.roll(clip.planes["masks"], (y, x), axis=(1, 2))
        rows = slice(0, y) if y > 0 else slice(y or masks.shape[1], None)
        columns = slice(0, x) if x > 0 else slice(x or masks.shape[2], None)
        masks[:, rows] = 0
        masks[:, :, columns] = 0
        return clip.with_planes(masks=masks)

    return change


def _mirrored_masks(clip: Parts, other: Parts) -> Parts:
    return clip.with_planes(masks=clip.planes["masks"][:, :, ::-1])


def _mirrored_pixels(clip: Parts, other: Parts) -> Parts:
    flipped = {name: plane[:, :, ::-1].copy() for name, plane in clip.planes.items()}
    for name in {"normals", "flow"} & set(flipped):
        flipped[name][..., 0] *= -1
    return clip.with_video(clip.video[:, :, ::-1]).with_planes(**flipped)


def _corner_order(order: list[int], *names: str) -> Change:
    def change(clip: Parts, other: Parts) -> Parts:
        return clip.with_labels(**{name: clip.labels[name][:, :, order] for name in names})

    return change


def _corner_order_midway(clip: Parts, other: Parts) -> Parts:
    """The order flips in the middle of the clip, as in the authors' generator."""
    order, half = [4, 5, 6, 7, 0, 1, 2, 3], len(clip.labels["timestamps"]) // 2
    names = ("box_corners_world", "box_corners_px", "box_corners_depth")
    flipped = {name: np.concatenate([clip.labels[name][:half], clip.labels[name][half:, :, order]]) for name in names}
    return clip.with_labels(**flipped)


def _with_rotations(clip: Parts, rotations: np.ndarray) -> Parts:
    poses = clip.labels["world_from_object"].copy()
    poses[..., :3, :3] = rotations
    return clip.with_labels(world_from_object=poses)


def _transposed(clip: Parts, other: Parts) -> Parts | None:
    rotations = clip.labels["world_from_object"][..., :3, :3]
    return _with_rotations(clip, np.swapaxes(rotations, -1, -2))


def _turned_by_wrong_unit(factor: float) -> Change:
    """Headings taken in the wrong unit: the object is turned to `factor` times its angle about z."""

    def change(clip: Parts, other: Parts) -> Parts:
        rotations = clip.labels["world_from_object"][..., :3, :3]
        heading = np.arctan2(rotations[..., 1, 0], rotations[..., 0, 0])
        turn = heading * (factor - 1)
        about_z = np.zeros_like(rotations)
        about_z[..., 0, 0] = about_z[..., 1, 1] = np.cos(turn)
        about_z[..., 1, 0] = np.sin(turn)
        about_z[..., 0, 1] = -about_z[..., 1, 0]
        about_z[..., 2, 2] = 1
        return _with_rotations(clip, about_z @ rotations)

    return change


def _camera_inverted(clip: Parts, other: Parts) -> Parts:
    return clip.with_labels(world_from_camera=invert_rigid(clip.labels["world_from_camera"]))


def _world_inverted(clip: Parts, other: Parts) -> Parts | None:
    """The camera inverted and the objects moved along, so that all stays as it was seen from the camera."""
    cameras = clip.labels["world_from_camera"]
    if np.ptp(cameras, axis=0).max() < 0.05:
        return None
    camera_from_object = invert_rigid(cameras)[:, None] @ clip.labels["world_from_object"]
    inverted = invert_rigid(cameras)
    return clip.with_labels(world_from_camera=inverted, world_from_object=inverted[:, None] @ camera_from_object)


def _half_pixel(*names: str) -> Change:
    return lambda clip, other: clip.with_labels(**{name: clip.labels[name] + 0.5 for name in names})


def _swap_two(values: np.ndarray, first: int) -> np.ndarray:
    swapped = values.copy()
    swapped[values == first], swapped[values == first + 1] = first + 1, first
    return swapped


def _needs_two(change: Change) -> Change:
    return lambda clip, other: change(clip, other) if clip.objects >= 2 else None


def _swapped_masks(clip: Parts, other: Parts) -> Parts:
    return clip.with_planes(masks=_swap_two(clip.planes["masks"], 1))


def _swapped_owners(clip: Parts, other: Parts) -> Parts:
    return clip.with_labels(track_object=_swap_two(clip.labels["track_object"], 0))


def _swapped_rows(*names: str) -> Change:
    """Objects 0 and 1 exchanged along the object axis."""

    def change(clip: Parts, other: Parts) -> Parts:
        swapped = {}
        for name in names:
            axis = 0 if name == "box_size" else 1
            order = [1, 0, *range(2, clip.objects)]
            swapped[name] = np.take(clip.labels[name], order, axis=axis)
        return clip.with_labels(**swapped)

    return change


def _focal(factor: float) -> Change:
    def change(clip: Parts, other: Parts) -> Parts:
        intrinsics = clip.labels["intrinsics"].copy()
        intrinsics[:, [0, 1], [0, 1]] *= factor
        return clip.with_labels(intrinsics=intrinsics)

    return change


def _middle_moved(clip: Parts, other: Parts) -> Parts:
    intrinsics = clip.labels["intrinsics"].copy()
    intrinsics[:, :2, 2] += 4.0
    return clip.with_labels(intrinsics=intrinsics)


def _stale_depth(frame_before: bool) -> Change:
    def change(clip: Parts, other: Parts) -> Parts | None:
        if "depth" not in clip.planes:
            return None
        depth = clip.planes["depth"]
        old = np.concatenate([depth[:1], depth[:-1]]) if frame_before else np.repeat(depth[:1], len(depth), axis=0)
        return clip.with_planes(depth=old)

    return change


def _then(change: Change, *steps) -> Change:
    """A change, and what follows from it made anew."""

    def changed(clip: Parts, other: Parts) -> Parts | None:
        result = change(clip, other)
        for step in steps:
            result = None if result is None else step(result)
        return result

    return changed


def _recornered(clip: Parts) -> Parts:
    """Only what shows the box made anew, not the tracks."""
    return relabelled(clip).with_labels(track_px=clip.labels["track_px"])


def _variants() -> Iterator[tuple[str, str, Change]]:
    yield "video shifted by one frame", "late, last frame first", _video(lambda v: np.roll(v, 1, axis=0))
    yield "video shifted by one frame", "early, first frame last", _video(lambda v: np.roll(v, -1, axis=0))
    yield "video shifted by one frame", "late, first frame twice", _video(lambda v: np.concatenate([v[:1], v[:-1]]))
    yield "video shifted by one frame", "early, last frame twice", _video(lambda v: np.concatenate([v[1:], v[-1:]]))
    yield "another clip's video", "as it is", _other_video
    for x, y in ((3, 0), (-3, 0), (0, 3), (0, -3)):
        yield "masks shifted 3 px", f"by ({x}, {y})", _shifted_masks(x, y)
        yield "masks shifted 3 px", f"by ({x}, {y}), boxes made anew", _then(_shifted_masks(x, y), reboxed)
    yield "mirrored", "video alone", _video(lambda v: v[:, :, ::-1])
    yield "mirrored", "masks alone", _mirrored_masks
    yield "mirrored", "masks alone, boxes made anew", _then(_mirrored_masks, reboxed)
    yield "mirrored", "all pixels, labels untouched", _mirrored_pixels
    yield "mirrored", "all pixels, boxes made anew", _then(_mirrored_pixels, reboxed)
    world, px, depth = "box_corners_world", "box_corners_px", "box_corners_depth"
    yield "corner order swapped", "x and z bits exchanged", _corner_order([0, 4, 2, 6, 1, 5, 3, 7], world, px, depth)
    yield "corner order swapped", "in pixels alone", _corner_order([1, 0, 3, 2, 5, 4, 7, 6], px)
    yield "corner order swapped", "front and back exchanged midway", _corner_order_midway
    wrong_poses: dict[str, dict[str, Change]] = {
        "rotation transposed": {"": _transposed},
        "camera inverted": {"": _camera_inverted, "objects moved along": _world_inverted},
        "degrees for radians": {
            "degrees read as radians": _turned_by_wrong_unit(180 / np.pi),
            "radians read as degrees": _turned_by_wrong_unit(np.pi / 180),
        },
    }
    for kind, changes in wrong_poses.items():
        for name, change in changes.items():
            prefix = f"{name}, " if name else ""
            yield kind, f"{prefix}labels alone", change
            yield kind, f"{prefix}corners made anew", _then(change, _recornered)
            yield kind, f"{prefix}all labels made anew", _then(change, relabelled)
            yield kind, f"{prefix}all labels and flow made anew", _then(change, relabelled, reflowed)
    yield "half-pixel offset in tracks", "track_px alone", _half_pixel("track_px")
    yield "half-pixel offset in tracks", "all projected labels", _half_pixel("track_px", "box_corners_px", "center_px")
    poses = ("world_from_object",)
    yield "object ids swapped", "masks", _needs_two(_swapped_masks)
    yield "object ids swapped", "masks, boxes made anew", _needs_two(_then(_swapped_masks, reboxed))
    yield "object ids swapped", "track_object", _needs_two(_swapped_owners)
    yield "object ids swapped", "order of poses", _needs_two(_swapped_rows(*poses))
    yield "object ids swapped", "order of poses, labels made anew", _needs_two(_then(_swapped_rows(*poses), relabelled))
    yield (
        "object ids swapped",
        "order of poses and boxes, labels and flow made anew",
        _needs_two(_then(_swapped_rows(*poses, "box_size"), relabelled, reflowed)),
    )
    for factor in FACTORS:
        yield "wrong K", f"focal length times {factor}", _focal(factor)
        yield "wrong K", f"focal length times {factor}, labels made anew", _then(_focal(factor), relabelled)
        yield (
            "wrong K",
            f"focal length times {factor}, labels and flow made anew",
            _then(_focal(factor), relabelled, reflowed),
        )
    yield "wrong K", "middle moved by 4 px, labels and flow made anew", _then(_middle_moved, relabelled, reflowed)
    for before, name in ((True, "the frame before's"), (False, "frame 0's throughout")):
        yield "stale depth", name, _stale_depth(before)
        yield "stale depth", f"{name}, flow made anew", _then(_stale_depth(before), reflowed)


CORRUPTIONS: tuple[Corruption, ...] = tuple(Corruption(*variant) for variant in _variants())
KINDS: tuple[str, ...] = tuple(dict.fromkeys(corruption.kind for corruption in CORRUPTIONS))
