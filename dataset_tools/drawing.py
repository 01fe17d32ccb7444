"""Draw a clip's labels onto its frames: boxes, paths, tracks, axes and masks, from the numbers alone.

Labels are the arrays of labels.npz by name. Arrays that a clip lacks are not drawn: real clips have no 3-D
boxes, so their `box2d` is drawn instead. Coordinates that are not finite are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import ImageColor

from dataset_tools.canvas import Canvas
from dataset_tools.geometry import EDGES, FACES, project_world, transform

PALETTE = ("#38bdf8", "#fbbf24", "#f472b6", "#4ade80", "#a78bfa", "#fb923c", "#2dd4bf", "#f87171")
"""One colour per object, in order; further objects start again."""
_COLOURS = tuple(ImageColor.getrgb(colour) for colour in PALETTE)
AXIS_COLOURS = ("#ff5a5f", "#5ee27a", "#5b9bff")
SHADOW = (8, 10, 16)
RIM_WIDTH, RIM_OPACITY = 1.6, 0.4
"""How much wider than a stroke its dark rim is, and the rim's opacity."""
AXIS_WIDTH = 2.0
AXES = np.vstack((np.zeros(3), np.eye(3)))  # an object's centre and the ends of its axes
WHITE = (255, 255, 255)


@dataclass(frozen=True)
class Layers:
    """What to draw."""

    boxes: bool = True
    paths: bool = True
    tracks: bool = False
    axes: bool = False
    masks: bool = False


def object_colour(index: int) -> tuple[int, int, int]:
    """The RGB colour, 0..255, of object `index`."""
    return _COLOURS[index % len(_COLOURS)]


def faces_towards(corners_px: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which of a box's FACES (6,) turn towards the camera, from its corners (8,2) in pixels.

    A face with a corner that is not finite counts as turned towards it, so that its edges are drawn in full.
    """
    quads = np.asarray(corners_px, np.float64)[np.array(FACES)]  # (6,4,2)
    following = np.roll(quads, -1, axis=1)
    area = (quads[..., 0] * following[..., 1] - quads[..., 1] * following[..., 0]).sum(axis=1)
    return ~(area >= 0.0)  # y points down: counter-clockwise from outside gives a negative area


def edges_visible(corners_px: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which of a box's EDGES (12,) the box itself does not hide, from its corners (8,2) in pixels."""
    towards = [set(face) for face, turned in zip(FACES, faces_towards(corners_px), strict=True) if turned]
    return np.array([any({a, b} <= face for face in towards) for a, b in EDGES])


def draw_frame(
    frame: NDArray[np.uint8],
    labels: Mapping[str, NDArray],
    t: int,
    layers: Layers | None = None,
    mask: NDArray[np.uint8] | None = None,
    scale: float = 2.0,
) -> NDArray[np.uint8]:
    """The frame (H,W,3) of time step `t`, enlarged `scale` times to (H*scale,W*scale,3), with `layers` drawn.

    `mask` (H,W) holds 0 for the background and n+1 for object n; without it no masks are drawn.
    """
    layers = layers or Layers()
    canvas = Canvas(frame, scale)
    if layers.masks and mask is not None:
        for index in np.unique(mask[mask > 0]):
            canvas.cover(mask == index)
            canvas.paint(object_colour(int(index) - 1), 0.4)
    if layers.paths:
        for n in range(labels["center_px"].shape[1]):
            _path(canvas, labels["center_px"][:, n], t, object_colour(n))
    if layers.boxes and "box_corners_px" in labels:
        for n in _far_to_near(labels["center_depth"][t]):
            _box(canvas, labels["box_corners_px"][t, n], object_colour(n))
    elif layers.boxes:
        for n, edges in enumerate(labels["box2d"][t]):
            _rectangle(canvas, edges, object_colour(n))
    if layers.axes and "world_from_object" in labels:
        for ends in axes_px(labels)[t]:
            _axes(canvas, ends)
    if layers.tracks:
        _tracks(canvas, labels, t)
    if layers.paths:
        for n, head in enumerate(labels["center_px"][t]):
            _head(canvas, head, object_colour(n))
    return canvas.pixels()


def _far_to_near(depth: NDArray[np.floating]) -> list[int]:
    return np.argsort(-depth).tolist()


def _stroke(canvas: Canvas, lines: list[NDArray], width: float, colour: tuple[int, int, int]) -> None:
    """Lines with a soft dark rim, legible on light and dark ground."""
    for extra, ink, opacity in ((RIM_WIDTH, SHADOW, RIM_OPACITY), (0.0, colour, 1.0)):
        for line in lines:
            canvas.line(line, width + extra)
        canvas.paint(ink, opacity)


def _box(canvas: Canvas, corners: NDArray[np.floating], colour: tuple[int, int, int]) -> None:
    visible = edges_visible(corners)
    front = corners[list(FACES[0])]
    towards = bool(faces_towards(corners)[0])
    canvas.polygon(front)
    canvas.paint(colour, 0.3 if towards else 0.1)
    for (a, b), shown in zip(EDGES, visible, strict=True):
        if not shown:
            canvas.line(corners[[a, b]], 1.0)
    canvas.paint(colour, 0.45)
    for diagonal in (front[[0, 2]], front[[1, 3]]):
        canvas.line(diagonal, 1.0)
    canvas.paint(colour, 0.9 if towards else 0.3)
    nearer = [corners[list(edge)] for edge, shown in zip(EDGES, visible, strict=True) if shown]
    _stroke(canvas, nearer, 1.7, colour)


def _rectangle(canvas: Canvas, edges: NDArray[np.floating], colour: tuple[int, int, int]) -> None:
    x0, y0, x1, y1 = edges
    _stroke(canvas, [np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)])], 1.7, colour)


def _path(canvas: Canvas, centres: NDArray[np.floating], t: int, colour: tuple[int, int, int]) -> None:
    """The past as a line that swells towards the present, the future as a thin line with a dot for each frame."""
    future = centres[t:]
    canvas.line(future, 2.0)
    canvas.paint(SHADOW, 0.25)
    canvas.line(future, 0.8)
    canvas.paint(colour, 0.6)
    canvas.dots(future[1:], 1.5)
    canvas.paint(colour, 0.95)
    swelling = [(centres[i : i + 2], 1.2 + 1.6 * (i + 1) / t) for i in range(t)]
    for extra, ink, opacity in ((RIM_WIDTH, SHADOW, RIM_OPACITY), (0.0, colour, 1.0)):
        for piece, width in swelling:
            canvas.line(piece, width + extra)
        canvas.paint(ink, opacity)


def _head(canvas: Canvas, head: NDArray[np.floating], colour: tuple[int, int, int]) -> None:
    for radius, ink, opacity in ((5.2, SHADOW, 0.4), (4.4, WHITE, 1.0), (3.0, colour, 1.0)):
        canvas.dots(head[None], radius)
        canvas.paint(ink, opacity)


def axes_px(labels: Mapping[str, NDArray]) -> NDArray[np.float64]:
    """Pixels (T,N,4,2) of each object's centre and of the ends of its x, y and z axis."""
    return axis_points_px(labels, AXES)


def axis_points_px(labels: Mapping[str, NDArray], points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Pixels (T,N,K,2) of points (K,3) in each object's frame, where 1 is an axis: 0.6 of the box's longest side."""
    length = labels["box_size"].max(axis=1)[:, None, None] * 0.6  # (N,1,1)
    ends_world = transform(labels["world_from_object"][:, :, None], points * length)  # (T,N,K,3)
    cameras, intrinsics = labels["world_from_camera"][:, None, None], labels["intrinsics"][:, None, None]
    return project_world(ends_world, cameras, intrinsics)[0]


def _axes(canvas: Canvas, ends: NDArray[np.floating]) -> None:
    """One object's x, y and z in red, green and blue, from the pixels (4,2) of its centre and the axes' ends."""
    for axis, colour in enumerate(AXIS_COLOURS):
        _stroke(canvas, [ends[[0, axis + 1]]], AXIS_WIDTH, ImageColor.getrgb(colour))


def track_colours(labels: Mapping[str, NDArray]) -> NDArray[np.uint8]:
    """RGB (P,3) of each tracked point: its place in the object's box, so that turning shows; else the object's."""
    owner = labels["track_object"]
    if "track_points" not in labels:
        return np.array([object_colour(int(n)) for n in owner], np.uint8).reshape(-1, 3)
    place = labels["track_points"] / labels["box_size"][owner] + 0.5  # (P,3) in 0..1
    return np.rint(70 + 185 * place.clip(0, 1)).astype(np.uint8)


def _tracks(canvas: Canvas, labels: Mapping[str, NDArray], t: int) -> None:
    shown = np.flatnonzero(labels["track_visible"][t])
    points, colours = labels["track_px"][t], track_colours(labels)
    canvas.dots(points[shown], 1.7)
    canvas.paint(SHADOW, 0.5)
    for p in shown:
        canvas.dots(points[p][None], 1.1)
        canvas.paint(tuple(colours[p].tolist()))
