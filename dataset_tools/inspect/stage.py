"""Shows a clip's scene in viser: nodes are made once for a clip and moved from frame to frame."""

from typing import TYPE_CHECKING, Any

import numpy as np

from dataset_tools.inspect.opened import OpenedClip
from dataset_tools.inspect.scene import (
    Moment,
    Optics,
    Pose,
    Scene,
    SceneObject,
    depth_cloud,
    moment,
    path_colours,
    path_segments,
    scene_of,
    seen_colours,
    viewpoint,
)
from dataset_tools.inspect.view import View

if TYPE_CHECKING:
    from viser import ClientHandle

CAMERA_COLOUR = (226, 232, 240)
CAMERA_PATH_COLOUR = (120, 128, 144)
FOV = 0.75
"""Vertical opening of the 3-D view at first, in radians."""
FRUSTUM_REACH = 0.3
"""How far the camera's image plane lies before it, in parts of the scene's reach."""
LINE = 0.0022
"""Width of lines, in parts of the scene's reach."""
JPEG_QUALITY = 85


class Stage:
    """The 3-D view of one browser tab."""

    def __init__(self, client: "ClientHandle") -> None:
        self._client = client
        self._roots: list[Any] = []
        self._scene: Scene | None = None

    def clear(self) -> None:
        """Take everything away."""
        for node in self._roots:
            node.remove()
        self._roots.clear()
        self._scene = None

    def open(self, opened: OpenedClip) -> None:
        """Build a clip's scene and look at it; an empty one where the clip has no camera poses."""
        self.clear()
        if not opened.has_scene:
            return
        film = opened.film
        self._scene = scene_of(opened.labels, film.width, film.height)
        start = moment(opened.labels, 0)
        width = LINE * self._scene.reach
        self._floor(self._scene)
        self._objects = [self._object(n, thing, width) for n, thing in enumerate(self._scene.objects)]
        self._camera(self._scene, start, width)
        view = viewpoint(self._scene, start, self._client.camera.aspect)
        self._client.camera.fov = FOV
        self._client.camera.up_direction = (0.0, 0.0, 1.0)
        self._client.camera.position = view.position
        self._client.camera.look_at = view.look_at

    def show(self, opened: OpenedClip, view: View) -> None:
        """Bring the scene to the view's frame, with its layers."""
        if self._scene is None:
            return
        now = moment(opened.labels, view.frame)
        shown = {layer for layer in view.layers if opened.layer_available(layer)}
        for thing, nodes, pose in zip(self._scene.objects, self._objects, now.objects, strict=True):
            _place(nodes["frame"], pose)
            nodes["frame"].show_axes = "axes" in shown
            for name in ("edges", "front", "cross"):
                nodes[name].visible = "boxes" in shown
            if "path" in nodes:
                nodes["path"].visible = "paths" in shown
                nodes["path"].colors = path_colours(len(thing.path), view.frame, thing.colour)
            if "tracks" in nodes:
                nodes["tracks"].visible = "tracks" in shown
                nodes["tracks"].colors = seen_colours(thing, now.track_visible)
        self._show_camera(opened, view, now, shown)

    def _show_camera(self, opened: OpenedClip, view: View, now: Moment, shown: set[str]) -> None:
        frame = opened.frames[view.frame]
        _place(self._camera_node, now.camera)
        _place(self._frustum, now.camera)
        self._frustum.visible = "camera" in shown
        self._track_of_camera.visible = "camera" in shown
        if "camera" in shown:
            self._frustum.image = frame
        self._cloud.visible = "cloud" in shown
        if "cloud" in shown:
            depth = opened.clip.depth[view.frame]
            points, colours = depth_cloud(depth, frame, opened.labels["intrinsics"][view.frame])
            self._cloud.points = points.astype(np.float32)
            self._cloud.colors = colours

    def _floor(self, scene: Scene) -> None:
        if not scene.has_floor:
            return
        size = float(np.ceil(2.5 * scene.reach))
        x, y, _ = np.round(scene.middle).tolist()
        grid = self._client.scene.add_grid(
            "/floor",
            width=size,
            height=size,
            position=(x, y, 0.0),
            cell_size=0.5,
            section_size=1.0,
            cell_color=(58, 62, 72),
            section_color=(84, 90, 104),
            fade_distance=3.0 * scene.reach,
        )
        self._roots.append(grid)

    def _object(self, n: int, thing: SceneObject, width: float) -> dict[str, Any]:
        scene, name = self._client.scene, f"/objects/{n}"
        longest = float(thing.size.max())
        frame = scene.add_frame(name, show_axes=False, axes_length=0.6 * longest, axes_radius=0.012 * longest)
        nodes = {
            "frame": frame,
            "edges": scene.add_line_segments(f"{name}/edges", thing.edges, thing.colour, thickness=width),
            "cross": scene.add_line_segments(f"{name}/cross", thing.front_cross, thing.colour, thickness=0.7 * width),
            "front": scene.add_mesh_simple(
                f"{name}/front",
                thing.front,
                np.array([(0, 1, 2), (0, 2, 3)]),
                color=thing.colour,
                opacity=0.3,
                side="double",
                cast_shadow=False,
                receive_shadow=False,
            ),
        }
        self._roots.append(frame)
        if len(thing.track_points):
            nodes["tracks"] = scene.add_point_cloud(
                f"{name}/tracks",
                thing.track_points,
                thing.track_colours,
                point_size=0.012 * longest,
                point_shape="circle",
                precision="float32",
            )
        if len(thing.path) > 1:
            colours = path_colours(len(thing.path), 0, thing.colour)
            nodes["path"] = scene.add_line_segments(
                f"/paths/{n}", path_segments(thing.path), colours, thickness=1.6 * width
            )
            self._roots.append(nodes["path"])
        return nodes

    def _camera(self, scene: Scene, start: Moment, width: float) -> None:
        api, optics = self._client.scene, scene.optics
        self._camera_node = api.add_frame("/camera", show_axes=False)
        self._cloud = api.add_point_cloud(
            "/camera/cloud",
            np.zeros((0, 3), np.float32),
            np.zeros((0, 3), np.uint8),
            point_size=0.0035 * scene.reach,
            precision="float32",
            point_shading="flat",
        )
        self._frustum = api.add_camera_frustum(
            "/frustum",
            optics.fov,
            optics.aspect,
            scale=_frustum_scale(optics, FRUSTUM_REACH * scene.reach),
            thickness=width,
            color=CAMERA_COLOUR,
            format="jpeg",
            jpeg_quality=JPEG_QUALITY,
            cast_shadow=False,
            receive_shadow=False,
        )
        _place(self._frustum, start.camera)
        segments = path_segments(scene.camera_path)
        self._track_of_camera = api.add_line_segments(
            "/camera_path", segments, CAMERA_PATH_COLOUR, thickness=0.5 * width
        )
        self._roots += [self._camera_node, self._frustum, self._track_of_camera]


def _frustum_scale(optics: Optics, reach: float) -> float:
    """The `scale` under which viser draws the image plane `reach` metres before the camera.

    viser divides a frustum of unit depth by the cube root of a third of its half-width times its half-height.
    """
    half_height = np.tan(optics.fov / 2.0)
    return float(reach * np.cbrt(half_height * half_height * optics.aspect / 3.0))


def _place(node: Any, pose: Pose) -> None:
    node.wxyz, node.position = pose.wxyz, pose.position
