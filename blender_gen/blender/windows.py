"""Which parts of a frame have to be rendered when only the objects move: rectangles around them and their shadows.

A probe is the whole frame on a film 8 times smaller. The ratio of the probe with the objects to the probe without
them says how much light they take or add at every place (differential rendering, Debevec 1998). Where that ratio is
smooth it is applied to the clean plate as it is; where it is not, or where an object stands, the frame is rendered.
"""

import math
from dataclasses import dataclass

import numpy as np

CELL_PX = 8
BLOCK_PX = 4  # windows are made of blocks of this size
MARGIN_PX = 2  # around an object: its edges are blurred by a pixel's filter
SAMPLE_PX = 2.0  # between the points of a mesh that are looked at
MOST_STEPS = 256  # along a side that leaves the frame far behind
NEAREST_M = 0.01
HALO_PX = 2  # rendered around a window, for the denoiser and the blend into the plate
ROUGH = 0.085  # of light, between a cell and the mean of those around it: more than this is a shadow's edge
REACH = 2  # cells to each side that count as around: the denoiser spreads an edge over three or four
DARK = 0.02  # of the plate's mean light, the brightest left out: below this, differences do not show
RENDER_OVERHEAD_PX = 400.0  # what one more render costs, in pixels
MOST_CUTS = 4  # one within the other: at most 16 windows

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
    """Return how much light there is with the objects over how much without, (h,w,3), from two probes (h,w,3).

    1 where one of them is not finite.
    """
    floor = DARK * float(np.nanmean(np.clip(plate, 0.0, 1.0))) + 1e-6
    ratio = (probe + floor) / (plate + floor)
    return np.where(np.isfinite(ratio), ratio, 1.0)


def rough_cells(ratio: np.ndarray, objects: np.ndarray) -> np.ndarray:
    """Tell where the ratio (h,w,3) of light is not smooth, (h,w) bool: more than `ROUGH` off the mean around it.

    Args:
        objects: (h,w) bool, cells that touch an object; what they show is left out of the means.
    """
    counted = np.where(objects, 0.0, 1.0)[..., None]
    mean = sum_around(ratio * counted, REACH) / np.maximum(sum_around(counted, REACH), 1.0)
    return (np.abs(ratio - mean).mean(axis=-1) > ROUGH) & ~objects


def sum_around(values: np.ndarray, reach: int) -> np.ndarray:
    """Return for each cell the sum of values (h,w,c) over it and up to `reach` cells to each side."""
    height, width = values.shape[:2]
    padded = np.pad(values, ((reach, reach), (reach, reach), (0, 0)))
    steps = range(2 * reach + 1)
    return sum(padded[y : y + height, x : x + width] for y in steps for x in steps)


def object_blocks(
    vertices: np.ndarray, triangles: np.ndarray, camera_from_object: np.ndarray, focal_px: float, grid: ProbeGrid
) -> np.ndarray:
    """Tell which blocks of the frame a mesh comes near, bool: within `MARGIN_PX` or a little less.

    All blocks, where the mesh reaches the camera.

    Args:
        vertices: (V,3) in the object's frame.
        triangles: (F,3) of vertex numbers.
        camera_from_object: (4,4), OpenCV axes.
    """
    points = vertices @ camera_from_object[:3, :3].T + camera_from_object[:3, 3]
    if points[:, 2].min() <= NEAREST_M:
        return ~no_blocks(grid)
    film = np.array([grid.frame_width, grid.frame_height])
    px = focal_px * points[:, :2] / points[:, 2:] + film / 2
    seen = px[triangles]
    crossing = ((seen.max(axis=1) > -BLOCK_PX) & (seen.min(axis=1) < film + BLOCK_PX)).all(axis=1)
    return _near_blocks(_sampled(seen[crossing]), grid)


def _near_blocks(points_px: np.ndarray, grid: ProbeGrid) -> np.ndarray:
    """Tell which blocks have a pixel within `MARGIN_PX` of the pixel of a point (S,2), to each side and across."""
    height, width = grid.frame_height, grid.frame_width
    across, down = np.floor(points_px).astype(np.int64).T + MARGIN_PX
    film = np.zeros((height + 2 * MARGIN_PX, width + 2 * MARGIN_PX), bool)
    on_it = (across >= 0) & (across < film.shape[1]) & (down >= 0) & (down < film.shape[0])
    film[down[on_it], across[on_it]] = True
    shifts = range(2 * MARGIN_PX + 1)
    rows = np.logical_or.reduce([film[shift : shift + height] for shift in shifts])
    near = np.logical_or.reduce([rows[:, shift : shift + width] for shift in shifts])
    starts = np.arange(0, height, BLOCK_PX), np.arange(0, width, BLOCK_PX)
    return np.logical_or.reduceat(np.logical_or.reduceat(near, starts[0], axis=0), starts[1], axis=1)


def no_blocks(grid: ProbeGrid) -> np.ndarray:
    """Return the blocks of the frame, none of them chosen: (ceil(H/4),ceil(W/4)) bool."""
    return np.zeros((math.ceil(grid.frame_height / BLOCK_PX), math.ceil(grid.frame_width / BLOCK_PX)), bool)


def _sampled(triangles: np.ndarray) -> np.ndarray:
    """Return points (S,2) on triangles (F,3,2) in pixels, at most `SAMPLE_PX` apart along a side and across.

    Two to eight for each square of that side that a large triangle covers; few for a thin one.
    """
    sides = np.linalg.norm(np.roll(triangles, -1, axis=1) - triangles, axis=-1)  # from corner k to the next
    first = sides.argmax(axis=1)
    rows = np.arange(len(triangles))
    start, end, apex = (triangles[rows, (first + k) % 3] for k in range(3))
    longest = sides[rows, first]
    along, across = end - start, apex - start
    doubled = np.abs(along[:, 0] * across[:, 1] - along[:, 1] * across[:, 0])
    height = np.divide(doubled, longest, out=np.zeros_like(longest), where=longest > 0)
    counts = np.stack([longest, height], axis=-1) / SAMPLE_PX
    steps = 2 ** np.ceil(np.log2(np.clip(counts, 1, MOST_STEPS))).astype(np.int64)  # few different ones
    found = [np.zeros((0, 2))]
    for columns, lines in np.unique(steps, axis=0):
        own = (steps == (columns, lines)).all(axis=1)
        u = np.linspace(0.0, 1.0, columns + 1)[None, :, None, None]
        v = np.linspace(0.0, 1.0, lines + 1)[None, None, :, None]
        base = (1 - u) * start[own, None, None] + u * end[own, None, None]
        found.append(((1 - v) * base + v * apex[own, None, None]).reshape(-1, 2))
    return np.concatenate(found)


def find_windows(objects: np.ndarray, ratio: np.ndarray, grid: ProbeGrid) -> list[Rectangle]:
    """Return rectangles that do not overlap and together hold the objects' blocks and all places of rough light.

    A rectangle is cut in two where that saves more pixels than another render costs.

    Args:
        objects: bool, of `object_blocks`.
        ratio: (h,w,3), of `light_ratio`.
    """
    down, across = _shared_sides(objects, grid)
    rough = rough_cells(ratio, object_cells(objects, grid))
    needed = objects | (down.T @ rough @ across > 0)
    if not needed.any():
        return []
    corners = BLOCK_PX * np.argwhere(needed)[:, ::-1]
    ends = np.minimum(corners + BLOCK_PX, (grid.frame_width, grid.frame_height))
    return _cut(np.column_stack([corners, ends]), MOST_CUTS)


def object_cells(objects: np.ndarray, grid: ProbeGrid) -> np.ndarray:
    """Tell which cells touch blocks of `object_blocks`, (h,w) bool."""
    down, across = _shared_sides(objects, grid)
    return down @ objects @ across.T > 0


def _shared_sides(blocks: np.ndarray, grid: ProbeGrid) -> tuple[np.ndarray, np.ndarray]:
    return _shared(grid.y_pixels(), blocks.shape[0]), _shared(grid.x_pixels(), blocks.shape[1])


def _shared(cells_px: np.ndarray, blocks: int) -> np.ndarray:
    """Tell along one side which blocks have a pixel in common with which cells, (cells, blocks) int."""
    starts = BLOCK_PX * np.arange(blocks)
    return ((cells_px[1:, None] > starts) & (cells_px[:-1, None] < starts + BLOCK_PX)).astype(np.int64)


def with_halo(window: Rectangle, width: int, height: int) -> Rectangle:
    """Return the pixels to render for a window: itself and its halo, as far as the frame goes."""
    x0, y0, x1, y1 = window
    return _clipped(x0 - HALO_PX, y0 - HALO_PX, x1 + HALO_PX, y1 + HALO_PX, width, height)


def _cut(blocks: np.ndarray, most: int) -> list[Rectangle]:
    """Cover blocks (M,4) by rectangles, cutting from side to side at most `most` times one within the other."""
    whole = np.concatenate([blocks[:, :2].min(axis=0), blocks[:, 2:].max(axis=0)])
    best, best_cost = None, _costs(whole)
    for axis in (0, 1) if most else ():
        ordered = blocks[np.argsort(blocks[:, axis], kind="stable")]
        before, after = _hulls(ordered)[:-1], _hulls(ordered[::-1])[::-1][1:]
        costs = np.where(np.diff(ordered[:, axis]) > 0, _costs(before) + _costs(after), np.inf)
        if costs.min(initial=np.inf) < best_cost:
            place = int(costs.argmin()) + 1
            best, best_cost = (ordered[:place], ordered[place:]), costs.min()
    if best is None:
        return [tuple(whole.tolist())]
    return [rectangle for half in best for rectangle in _cut(half, most - 1)]


def _hulls(blocks: np.ndarray) -> np.ndarray:
    """Return the smallest rectangle around the first block, the first two, and so on, (M,4)."""
    return np.hstack([np.minimum.accumulate(blocks[:, :2]), np.maximum.accumulate(blocks[:, 2:])])


def _costs(windows: np.ndarray) -> np.ndarray:
    """What windows (...,4) cost to render, in pixels."""
    sides = windows[..., 2:] - windows[..., :2] + 2 * HALO_PX
    return sides[..., 0] * sides[..., 1] + RENDER_OVERHEAD_PX


def _clipped(x0: float, y0: float, x1: float, y1: float, width: int, height: int) -> Rectangle:
    return max(int(x0), 0), max(int(y0), 0), min(int(x1), width), min(int(y1), height)
