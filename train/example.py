"""One training example: a stretch of a clip with the labels that training uses, mirrored or not, in one shape."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dataset_tools.captions import film
from dataset_tools.clip import Clip
from dataset_tools.drawing import AXES, axis_points_px
from dataset_tools.errors import FormatError
from dataset_tools.video import Yuv

MIRROR = np.diag([-1.0, 1.0, 1.0, 1.0])
SWAPPED_SIDES = np.arange(8) ^ 2  # in a mirror a box's left (+y) corners are its right ones; front and top stay

AXIS_POINTS = np.vstack((AXES, -AXES[2]))  # -y too, which is what y is in the mirror
SWAPPED_AXES = (0, 1, 4, 3, 2)

LABEL_ARRAYS = ("centres_px", "corners_px", "axes_px", "depth", "objects", "world_from_camera", "intrinsics")


@dataclass(frozen=True)
class Labels:
    """What is known of T frames with room for N objects; what an object or a clip lacks is NaN.

    Attributes:
        centres_px: (T,N,2) f32, where the objects are.
        corners_px: (T,N,8,2) f32, corners of the 3-D boxes.
        axes_px: (T,N,5,2) f32, AXIS_POINTS of the objects.
        depth: (T,N) f32, metres from the camera to the centres.
        objects: (N,) bool, which of the N there are.
        world_from_camera: (T,4,4) f64.
        intrinsics: (T,3,3) f64, in pixels of the video.
        fps: frames per second.
    """

    centres_px: NDArray[np.float32]
    corners_px: NDArray[np.float32]
    axes_px: NDArray[np.float32]
    depth: NDArray[np.float32]
    objects: NDArray[np.bool_]
    world_from_camera: NDArray[np.float64]
    intrinsics: NDArray[np.float64]
    fps: float

    @property
    def has_camera(self) -> bool:
        """Whether the camera's pose is known in every frame."""
        return bool(np.isfinite(self.world_from_camera).all())


@dataclass(frozen=True)
class Example(Labels):
    """T frames of one clip with their labels.

    Attributes:
        video: (T,H,W,3) u8, or luma and chroma as the clip holds them.
        to_flip: whether the video, of luma and chroma, is still to be mirrored: only colours can be, exactly.
    """

    video: NDArray[np.uint8] | Yuv
    to_flip: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the video."""
        return self.video.y.shape[1:] if isinstance(self.video, Yuv) else self.video.shape[1:3]


def read_example(clip: Clip, start: int, frames: int, most_objects: int, colours: bool = True) -> Example:
    """Read `frames` frames of a clip from frame `start` on, with its first `most_objects` objects.

    Without `colours` the video stays luma and chroma, which is faster.

    Raises FormatError where the clip ends before, or lacks what every clip has.
    """
    clip.require("center_px", "intrinsics")
    total, count = clip.label("center_px").shape[:2]
    if not 0 <= start <= total - frames:
        raise FormatError(f"clip {clip.key} has {total} frames; frames {start} to {start + frames - 1} were asked for")
    kept, cut = min(count, most_objects), slice(start, start + frames)
    shapes = {"center_px": (2,), "box_corners_px": (8, 2), "center_depth": ()}
    padded = {name: np.full((frames, most_objects, *tail), np.nan, np.float32) for name, tail in shapes.items()}
    for name, array in padded.items():
        if clip.has(name):
            array[:, :kept] = clip.label(name)[cut, :kept]
    axes = np.full((frames, most_objects, len(AXIS_POINTS), 2), np.nan, np.float32)
    if all(clip.has(name) for name in ("world_from_object", "box_size", "world_from_camera")):
        axes[:, :kept] = _axis_points_px(clip, cut, kept)
    known = clip.has("world_from_camera")
    cameras = clip.label("world_from_camera")[cut] if known else np.full((frames, 4, 4), np.nan)
    return Example(
        video=clip.video(start, start + frames) if colours else clip.video_yuv(start, start + frames),
        centres_px=padded["center_px"],
        corners_px=padded["box_corners_px"],
        axes_px=axes,
        depth=padded["center_depth"],
        objects=np.arange(most_objects) < kept,
        world_from_camera=np.asarray(cameras, np.float64),
        intrinsics=np.asarray(clip.label("intrinsics")[cut], np.float64),
        fps=film(clip).fps,
    )


def _axis_points_px(clip: Clip, cut: slice, kept: int) -> NDArray[np.float64]:
    """AXIS_POINTS (T,kept,5,2) of a clip's objects in pixels."""
    poses = {name: clip.label(name)[cut] for name in ("world_from_object", "world_from_camera", "intrinsics")}
    poses["world_from_object"] = poses["world_from_object"][:, :kept]
    return axis_points_px(poses | {"box_size": clip.label("box_size")[:kept]}, AXIS_POINTS)


def mirrored(example: Example) -> Example:
    """The example in a mirror, left for right, labels and all; twice gives it back.

    The world is mirrored along its x axis and the camera's picture along its own, so that poses stay rotations.
    """
    width, video, to_flip = example.size[1], example.video, example.to_flip
    if isinstance(video, Yuv):
        to_flip = not to_flip
    else:
        video = np.ascontiguousarray(video[:, :, ::-1])
    across = np.array([-1.0, 1.0], np.float32), np.array([width, 0.0], np.float32)
    intrinsics = example.intrinsics.copy()
    intrinsics[:, 0, 2] = width - intrinsics[:, 0, 2]
    return replace(
        example,
        video=video,
        to_flip=to_flip,
        centres_px=example.centres_px * across[0] + across[1],
        corners_px=(example.corners_px * across[0] + across[1])[:, :, SWAPPED_SIDES],
        axes_px=(example.axes_px * across[0] + across[1])[:, :, SWAPPED_AXES],
        world_from_camera=MIRROR @ example.world_from_camera @ MIRROR,
        intrinsics=intrinsics,
    )


@dataclass(frozen=True)
class Cut:
    """How examples are taken out of clips: `frames` in a row from anywhere, a share of `mirror` mirrored."""

    frames: int = 14
    most_objects: int = 3
    mirror: float = 0.5

    def example(self, clip: Clip, generator: np.random.Generator) -> Example:
        """Take an example by two draws of the generator. Raises FormatError for a clip shorter than `frames`."""
        total = clip.label("center_px").shape[0]
        start, luck = int(generator.integers(max(1, total - self.frames + 1))), generator.random()
        example = read_example(clip, start, self.frames, self.most_objects, colours=False)
        return mirrored(example) if luck < self.mirror else example
