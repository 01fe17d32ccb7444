"""Which parts of a frame have to be rendered when only the objects move: rectangles around them and their shadows.

A probe is the whole frame on a film 8 times smaller. The ratio of the probe with the objects to the probe without
them says how much light they take or add at every place (differential rendering, Debevec 1998). Where that ratio is
smooth it is applied to the clean plate as it is; where it is not, or where an object stands, the frame is rendered.
"""

import math
from dataclasses import dataclass

import numpy as np

CELL_PX = 8
MARGIN_PX = 4  # around an object: a cell's filter reaches this far
HALO_PX = 4  # rendered around a window, for the denoiser and the blend into the plate
ROUGH = 0.06  # of light, between a cell and the mean of those around it: more than this is a shadow's edge
DARK = 0.05  # of the plate's mean light: below this, differences do not show
RENDER_OVERHEAD_PX = 600.0  # what one more render costs, in pixels
MOST_WINDOWS = 4

Rectangle = tuple[int, int, int, int]  # x0, y0, x1, y1 in pixels from the top left; x1 and y1 are one past the last


@dataclass(frozen=True)
class ProbeGrid:
    """The small film: `width` x `height` cells, square, `cell_px` pixels wide, centred on the frame."""

    width: int
    height: int
    cell_px: float
    frame_width: int
    frame_height: int

    def x_edges(self) -> np.ndarray:
        """Edges of the columns in pixels of the frame, (width+1,)."""
        return np.arange(self.width + 1) * self.cell_px

    def y_edges(self) -> np.ndarray:
        """Edges of the rows in pixels of the frame, (height+1,); the first and last may lie outside it."""
        return self.frame_height / 2 + (np.arange(self.height + 1) - self.height / 2) * self.cell_px

    def x_pixels(self) -> np.ndarray:
        """The first pixel of each column and the one past the last, (width+1,) int."""
        return np.rint(self.x_edges()).astype(np.int64)

    def y_pixels(self) -> np.ndarray:
        """The first pixel of each row and the one past the last, (height+1,) int, within the frame."""
        return np.clip(np.rint(self.y_edges()), 0, self.frame_height).astype(np.int64)


def probe_grid(width: int, height: int) -> ProbeGrid:
    """Return the probe's film for a frame of `width` x `height` pixels."""
    columns = math.ceil(width / CELL_PX)
    cell = width / columns
    return ProbeGrid(columns, math.ceil(height / cell), cell, width, height)


def light_ratio(plate: np.ndarray, probe: np.ndarray) -> np.ndarray:
    """Return how much light there is with the objects over how much without, (h,w,3), from two probes (h,w,3)."""
    floor = DARK * float(plate.mean()) + 1e-6
    return (probe + floor) / (plate + floor)


def rough_cells(ratio: np.ndarray, objects: np.ndarray) -> np.ndarray:
    """Tell where the ratio (h,w,3) of light is not smooth, (h,w) bool: more than `ROUGH` off the mean around it.

    Args:
        objects: (h,w) bool, cells that touch an object; what they show is left out of the means.
    """
    height, width = objects.shape
    counted = np.where(objects, 0.0, 1.0)[..., None]
    values = np.pad(ratio * counted, ((1, 1), (1, 1), (0, 0)))
    weight = np.pad(counted, ((1, 1), (1, 1), (0, 0)))
    places = [(slice(y, y + height), slice(x, x + width)) for y in range(3) for x in range(3)]
    mean = sum(values[place] for place in places) / np.maximum(sum(weight[place] for place in places), 1.0)
    return (np.abs(ratio - mean).mean(axis=-1) > ROUGH) & ~objects


def object_rectangle(
    vertices: np.ndarray, camera_from_object: np.ndarray, focal_px: float, width: int, height: int
) -> Rectangle | None:
    """Return the rectangle of the frame that holds a mesh and its margin, None where it is out of the frame.

    Args:
        vertices: (V,3) in the object's frame.
        camera_from_object: (4,4), OpenCV axes.
    """
    points = vertices @ camera_from_object[:3, :3].T + camera_from_object[:3, 3]
    if points[:, 2].min() <= 0.01:
        return 0, 0, width, height
    px = focal_px * points[:, :2] / points[:, 2:] + [width / 2, height / 2]
    low = np.floor(px.min(axis=0)) - MARGIN_PX
    high = np.ceil(px.max(axis=0)) + MARGIN_PX
    rectangle = _clipped(low[0], low[1], high[0], high[1], width, height)
    return rectangle if rectangle[0] < rectangle[2] and rectangle[1] < rectangle[3] else None


def cells_within(rectangles: list[Rectangle], grid: ProbeGrid) -> np.ndarray:
    """Tell which cells touch one of the rectangles, (h,w) bool."""
    x, y = grid.x_pixels(), grid.y_pixels()
    touched = np.zeros((grid.height, grid.width), bool)
    for x0, y0, x1, y1 in rectangles:
        touched |= ((y[1:] > y0) & (y[:-1] < y1))[:, None] & ((x[1:] > x0) & (x[:-1] < x1))[None, :]
    return touched


def find_windows(objects: list[Rectangle], ratio: np.ndarray, grid: ProbeGrid) -> list[Rectangle]:
    """Return rectangles that do not overlap and together hold the objects and all places of rough light.

    A rectangle is split in two where that saves more pixels than another render costs; never through an object.

    Args:
        objects: a rectangle around each object.
        ratio: (h,w,3), of `light_ratio`.
    """
    snapped = [_snapped(rectangle, grid) for rectangle in objects]
    rough = rough_cells(ratio, cells_within(snapped, grid))
    cells = [_cell(row, column, grid) for row, column in np.argwhere(rough)]
    if not snapped and not cells:
        return []
    needed = np.array([*snapped, *cells], dtype=np.int64)
    return _split(needed, np.array(snapped, dtype=np.int64).reshape(-1, 4), MOST_WINDOWS)


def _snapped(rectangle: Rectangle, grid: ProbeGrid) -> Rectangle:
    """Return the smallest rectangle of whole cells around a rectangle."""
    rows, columns = np.nonzero(cells_within([rectangle], grid))
    first, last = _cell(rows.min(), columns.min(), grid), _cell(rows.max(), columns.max(), grid)
    return first[0], first[1], last[2], last[3]


def _cell(row: int, column: int, grid: ProbeGrid) -> Rectangle:
    x, y = grid.x_pixels(), grid.y_pixels()
    return int(x[column]), int(y[row]), int(x[column + 1]), int(y[row + 1])


def with_halo(window: Rectangle, width: int, height: int) -> Rectangle:
    """Return the pixels to render for a window: itself and its halo, as far as the frame goes."""
    x0, y0, x1, y1 = window
    return _clipped(x0 - HALO_PX, y0 - HALO_PX, x1 + HALO_PX, y1 + HALO_PX, width, height)


def _split(needed: np.ndarray, whole_ones: np.ndarray, most: int) -> list[Rectangle]:
    """Cover the rectangles (M,4) by at most `most`, cutting from side to side but through none of `whole_ones`."""
    whole = _hull(needed)
    if most < 2:
        return [whole]
    best, best_cost = None, _area(whole) - RENDER_OVERHEAD_PX
    for axis in (0, 1):
        for cut in np.unique(needed[:, axis]):
            if ((whole_ones[:, axis] < cut) & (whole_ones[:, axis + 2] > cut)).any():
                continue
            first = needed.copy()
            first[:, axis + 2] = np.minimum(first[:, axis + 2], cut)
            second = needed.copy()
            second[:, axis] = np.maximum(second[:, axis], cut)
            first = first[first[:, axis] < first[:, axis + 2]]
            second = second[second[:, axis] < second[:, axis + 2]]
            if len(first) == 0 or len(second) == 0:
                continue
            cost = _area(_hull(first)) + _area(_hull(second))
            if cost < best_cost:
                best, best_cost = (first, second), cost
    if best is None:
        return [whole]
    halves = [_split(half, whole_ones, most // 2) for half in best]
    return [rectangle for half in halves for rectangle in half]


def _hull(rectangles: np.ndarray) -> Rectangle:
    low, high = rectangles[:, :2].min(axis=0), rectangles[:, 2:].max(axis=0)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _area(rectangle: Rectangle) -> int:
    return (rectangle[2] - rectangle[0]) * (rectangle[3] - rectangle[1])


def _clipped(x0: float, y0: float, x1: float, y1: float, width: int, height: int) -> Rectangle:
    return max(int(x0), 0), max(int(y0), 0), min(int(x1), width), min(int(y1), height)
