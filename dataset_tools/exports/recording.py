"""One clip as a Rerun recording: camera, boxes, paths, tracks and depth in space, the frames and their masks flat."""

from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from dataset_tools.captions import name_of
from dataset_tools.clip import Clip
from dataset_tools.drawing import object_colour, track_colours
from dataset_tools.errors import MissingPackageError
from dataset_tools.exports.opened import OpenedClip, open_clip
from dataset_tools.exports.pictures import jpeg_bytes

APPLICATION = "posetraj"
CAMERA, IMAGE = "world/camera", "world/camera/image"
NEEDED = ("timestamps", "intrinsics", "box2d", "track_object", "track_px", "track_visible")
POSES = ("world_from_camera", "world_from_object", "box_size", "track_points")
PLANES = ("masks", "depth")
AXIS_SHARE = 0.6
IMAGE_PLANE_M = 0.4


def recording_bytes(clip: Clip) -> bytes:
    """The clip as an `.rrd` file, with the timelines `frame` and `time` (seconds); the world's z axis is up.

    Raises MissingPackageError without rerun-sdk, FormatError for an unsound clip.
    """
    rr = _rerun()
    opened = open_clip(clip, NEEDED, (*POSES, *PLANES))
    recording = rr.new_recording(APPLICATION)
    stream = recording.binary_stream()
    with recording:
        _Scene(rr, opened).log()
        rr.send_blueprint(_blueprint("world_from_camera" in opened.arrays))
    return stream.read(flush=True)


def _rerun() -> ModuleType:
    try:
        import rerun
    except ImportError as error:
        raise MissingPackageError(
            "recordings need rerun-sdk, which is not installed; pip install 'posetraj[rerun]'"
        ) from error
    return rerun


def _blueprint(has_camera: bool) -> object:
    import rerun.blueprint as rrb

    contents = [f"{IMAGE}/**", "world/objects/**"]
    flat = rrb.Spatial2DView(name="frames", origin=IMAGE, contents=contents if has_camera else contents[:1])
    views = [rrb.Spatial3DView(name="scene", origin="world"), flat] if has_camera else [flat]
    return rrb.Blueprint(rrb.Horizontal(*views))


class _Scene:
    """What is logged to the current recording, most of it once, the rest frame by frame."""

    def __init__(self, rr: ModuleType, clip: OpenedClip) -> None:
        self.rr, self.clip, self.arrays = rr, clip, clip.arrays
        self.posed = all(name in clip.arrays for name in POSES)
        self.names = [encodable(name_of(entry)) for entry in clip.objects]
        self.colours = [object_colour(n) for n in range(len(clip.objects))]
        self.track_colours = track_colours(self.arrays)

    def log(self) -> None:
        self._log_once()
        for t, (seconds, frame) in enumerate(zip(self.arrays["timestamps"].tolist(), self.clip.frames, strict=True)):
            self.rr.set_time_sequence("frame", t)
            self.rr.set_time_seconds("time", seconds)
            self._log_flat(t, frame)
            if "world_from_camera" in self.arrays:
                self._log_camera(t, frame.shape)
            if self.posed:
                self._log_objects(t)

    def _log_once(self) -> None:
        rr, arrays = self.rr, self.arrays
        rr.log("world", rr.ViewCoordinates.RIGHT_HAND_Z_UP, static=True)
        classes = [(n + 1, name, colour) for n, (name, colour) in enumerate(zip(self.names, self.colours, strict=True))]
        rr.log(IMAGE, rr.AnnotationContext([(0, "background", (0, 0, 0, 0)), *classes]), static=True)
        for n, colour in enumerate(self.colours):
            path = finite(arrays["center_px"][:, n])
            rr.log(f"{IMAGE}/paths/{n}", rr.LineStrips2D([path], colors=[colour]), static=True)
            if not self.posed:
                continue
            centres = arrays["world_from_object"][:, n, :3, 3]
            rr.log(f"world/paths/{n}", rr.LineStrips3D([centres], colors=[colour]), static=True)
            box = rr.Boxes3D(half_sizes=[arrays["box_size"][n] / 2], colors=[colour], labels=[self.names[n]])
            rr.log(f"world/objects/{n}/box", box, static=True)
            owned = arrays["track_object"] == n
            points = rr.Points3D(arrays["track_points"][owned], colors=self.track_colours[owned])
            rr.log(f"world/objects/{n}/tracks", points, static=True)

    def _log_flat(self, t: int, frame: NDArray[np.uint8]) -> None:
        rr, arrays = self.rr, self.arrays
        rr.log(f"{IMAGE}/rgb", rr.EncodedImage(contents=jpeg_bytes(frame), media_type="image/jpeg"))
        shown = arrays["track_visible"][t] & np.isfinite(arrays["track_px"][t]).all(axis=1)
        points = rr.Points2D(arrays["track_px"][t, shown], colors=self.track_colours[shown])
        rr.log(f"{IMAGE}/tracks", points)
        if "masks" in arrays:
            rr.log(f"{IMAGE}/masks", rr.SegmentationImage(arrays["masks"][t], opacity=0.3))
        if not self.posed:
            seen = np.isfinite(arrays["box2d"][t]).all(axis=1)
            edges = arrays["box2d"][t][seen]
            colours = [colour for colour, there in zip(self.colours, seen, strict=True) if there]
            rr.log(f"{IMAGE}/boxes", rr.Boxes2D(mins=edges[:, :2], sizes=edges[:, 2:] - edges[:, :2], colors=colours))

    def _log_camera(self, t: int, shape: tuple[int, ...]) -> None:
        rr, arrays = self.rr, self.arrays
        pose = arrays["world_from_camera"][t]
        rr.log(CAMERA, rr.Transform3D(translation=pose[:3, 3], mat3x3=pose[:3, :3]))
        pinhole = rr.Pinhole(
            image_from_camera=arrays["intrinsics"][t],
            resolution=[shape[1], shape[0]],
            camera_xyz=rr.ViewCoordinates.RDF,
            image_plane_distance=IMAGE_PLANE_M,
        )
        rr.log(IMAGE, pinhole)
        if "depth" in arrays:
            depth = np.asarray(arrays["depth"][t], np.float32)
            rr.log(f"{IMAGE}/depth", rr.DepthImage(np.where(np.isfinite(depth), depth, 0), meter=1.0))

    def _log_objects(self, t: int) -> None:
        for n, pose in enumerate(self.arrays["world_from_object"][t]):
            axis_length = AXIS_SHARE * float(self.arrays["box_size"][n].max())
            transform = self.rr.Transform3D(translation=pose[:3, 3], mat3x3=pose[:3, :3], axis_length=axis_length)
            self.rr.log(f"world/objects/{n}", transform)


def finite(points: NDArray[np.floating]) -> NDArray[np.floating]:
    """Those of the points (K,2) that are finite."""
    return points[np.isfinite(points).all(axis=1)]


def encodable(name: str) -> str:
    """A text that UTF-8 can write: JSON may hold halves of characters, which become question marks."""
    return name.encode("utf-8", "replace").decode("utf-8")
