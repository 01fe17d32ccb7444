"""Which pixels of a frame have to be rendered when only the objects move: those of the objects and of their shadows.

A probe is the whole frame on a film 4 times smaller. The ratio of the probe with the objects to the probe without
them says how much light they take or add at every place (differential rendering, Debevec 1998). Where that ratio is
smooth it is applied to the clean plate as it is; where it is not, or where an object stands, the frame is rendered.
The edges of shadows on what stands still take fewer samples than objects do, and a wider halo, from which the denoiser
tells what noise is. Pixels are rendered in few rectangles, behind a stencil (`stencil`) that leaves the others black.
"""

import math
from dataclasses import dataclass

import numpy as np

from blender_gen.blender.pixels import widened

CELL_PX = 4
BLOCK_PX = 4  # windows are cut between blocks of this size
SAMPLE_PX = 0.65  # between the points of a mesh that are looked at: every place is within 0.73 px of one
MARGIN_PX = 1  # around their pixels: with Cycles' filter a pixel sees as far beyond its edges
MOST_STEPS = 256  # along a side that leaves the frame far behind
NEAREST_M = 0.01
OBJECT_HALO_PX, LIGHT_HALO_PX = 2, 4  # rendered around the pixels, for the denoiser and the blend into the plate
ROUGH = 0.06  # of light, between a cell and the mean of those around it: more than this is a shadow's edge
REACH = 4  # cells to each side that count as around: the denoiser spreads an edge over three or four
DARK = 0.02  # of the plate's mean light, the brightest left out: below this, differences do not show
FEWEST_LIGHT_SAMPLES = 4  # for each pixel or cell: the denoiser needs some
CUT_WORTH = 12_000.0  # what a cut must save, in samples of Cycles on a CPU: a render, and a seam that may show
COVERED_SAMPLE = 0.065  # what a sample costs that meets the stencil
DENOISING = 0.8  # what it costs to denoise a pixel, in samples
MOST_CUTS = 4  # one within the other: at most 16 windows around objects, and 16 around light

Rectangle = tuple[int, int, int, int]  # x0, y0, x1, y1 in pixels from the top left; x1 and y1 are one past the last


@dataclass(frozen=True)
class Layer:
    """Pixels of a frame that are rendered alike, in windows.

    Attributes:
        needed: (H,W) bool.
        halo_px: how far around them is rendered too, for the denoiser and the blend into what lies below.
        samples: for each pixel.
    """

    needed: np.ndarray
    halo_px: int
    samples: int

    def windows(self) -> list[Rectangle]:
        """Return rectangles that do not overlap and hold all pixels that are needed.

        One is cut in two where that saves enough.
        """
        if not self.needed.any():
            return []
        height, width = self.needed.shape
        blocks = _any_from(self.needed, np.arange(0, height, BLOCK_PX), np.arange(0, width, BLOCK_PX))
        corners = BLOCK_PX * np.argwhere(blocks)[:, ::-1]
        ends = np.minimum(corners + BLOCK_PX, (width, height))
        boxes = _cut(np.hstack([corners, ends]), COVERED_SAMPLE * self.samples + DENOISING, MOST_CUTS)
        return [_trimmed(box, self.needed) for box in boxes]

    def with_halo(self, box: Rectangle) -> Rectangle:
        """Return the pixels to render for a window: the halo too, as far as the frame goes."""
        (x0, y0, x1, y1), (height, width), halo = box, self.needed.shape, self.halo_px
        return max(x0 - halo, 0), max(y0 - halo, 0), min(x1 + halo, width), min(y1 + halo, height)

    def shares(self, box: Rectangle) -> np.ndarray:
        """Return how much the pixels of a window with its halo count, (h,w): 1 where needed, falling in the halo to 0.

        What is 0 need not be rendered.
        """
        (left, top, right, bottom), (x0, y0, x1, y1) = self.with_halo(box), box
        reached = np.zeros((bottom - top, right - left), bool)
        reached[y0 - top : y1 - top, x0 - left : x1 - left] = self.needed[y0:y1, x0:x1]
        found = reached.astype(np.float64)
        for step in range(self.halo_px):
            wider = widened(reached)
            found[wider & ~reached] = 1 - (step + 0.5) / self.halo_px
            reached = wider
        return found


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


def object_pixels(
    vertices: np.ndarray, triangles: np.ndarray, camera_from_object: np.ndarray, focal_px: float, grid: ProbeGrid
) -> np.ndarray:
    """Tell which pixels of the frame a mesh comes into or near, (H,W) bool: at least all those whose light it changes.

    All pixels, where the mesh reaches the camera.

    Args:
        vertices: (V,3) in the object's frame.
        triangles: (F,3) of vertex numbers.
        camera_from_object: (4,4), OpenCV axes.
    """
    points = vertices @ camera_from_object[:3, :3].T + camera_from_object[:3, 3]
    if points[:, 2].min() <= NEAREST_M:
        return np.ones((grid.frame_height, grid.frame_width), bool)
    film = np.array([grid.frame_width, grid.frame_height])
    px = focal_px * points[:, :2] / points[:, 2:] + film / 2
    seen = px[triangles]
    crossing = ((seen.max(axis=1) > -BLOCK_PX) & (seen.min(axis=1) < film + BLOCK_PX)).all(axis=1)
    return _near_pixels(_sampled(seen[crossing]), grid)


def _near_pixels(points_px: np.ndarray, grid: ProbeGrid) -> np.ndarray:
    """Tell which pixels lie within `MARGIN_PX` of the pixel of a point (S,2), to each side and across, (H,W) bool."""
    height, width = grid.frame_height, grid.frame_width
    across, down = np.floor(points_px).astype(np.int64).T + MARGIN_PX
    film = np.zeros((height + 2 * MARGIN_PX, width + 2 * MARGIN_PX), bool)
    on_it = (across >= 0) & (across < film.shape[1]) & (down >= 0) & (down < film.shape[0])
    film[down[on_it], across[on_it]] = True
    return widened(film, MARGIN_PX)[MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX]


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


def find_layers(objects: np.ndarray, ratio: np.ndarray, grid: ProbeGrid, samples: int) -> tuple[Layer, Layer]:
    """Return the places of rough light, with `light_samples` for each pixel, and over them the objects' pixels.

    Gaps between objects' pixels that are narrower than two cells, or than one between them and the frame's edge, count
    with them: what light falls there no cell tells. Beside rough cells, the light counts as rough up to the objects.

    Args:
        objects: (H,W) bool, of `object_pixels`.
        ratio: (h,w,3), of `light_ratio`.
    """
    shown = ~widened(~widened(objects, CELL_PX), CELL_PX)
    hidden = object_cells(shown, grid)
    cells = rough_cells(ratio, hidden)
    cells |= hidden & widened(cells)
    rough = cells.repeat(np.diff(grid.y_pixels()), axis=0).repeat(np.diff(grid.x_pixels()), axis=1)
    return layers_of(rough & ~shown, shown, samples)


def layers_of(light: np.ndarray, objects: np.ndarray, samples: int) -> tuple[Layer, Layer]:
    """Return the layers of the pixels (H,W) bool of rough light and of objects, in the order in which they lie."""
    return Layer(light, LIGHT_HALO_PX, light_samples(samples)), Layer(objects, OBJECT_HALO_PX, samples)


def light_samples(samples: int) -> int:
    """Return the samples where no object shows, only its light: an eighth of those for each pixel of an object."""
    return min(samples, max(FEWEST_LIGHT_SAMPLES, samples // 8))


def object_cells(objects: np.ndarray, grid: ProbeGrid) -> np.ndarray:
    """Tell which cells hold pixels of `object_pixels`, (h,w) bool."""
    return _any_from(objects, grid.y_pixels()[:-1], grid.x_pixels()[:-1])


def _any_from(pixels: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Tell which tiles of a frame (H,W) hold a pixel that is set, from the first row and column of each tile."""
    return np.logical_or.reduceat(np.logical_or.reduceat(pixels, rows, axis=0), columns, axis=1)


def _trimmed(box: Rectangle, needed: np.ndarray) -> Rectangle:
    """Return the smallest rectangle that holds the same pixels of `needed` (H,W)."""
    x0, y0, x1, y1 = box
    columns, rows = (np.flatnonzero(needed[y0:y1, x0:x1].any(axis=axis)) for axis in (0, 1))
    return int(x0 + columns[0]), int(y0 + rows[0]), int(x0 + columns[-1] + 1), int(y0 + rows[-1] + 1)


def _cut(blocks: np.ndarray, pixel_cost: float, most: int) -> list[Rectangle]:
    """Cover blocks (M,4) by rectangles, cutting from side to side at most `most` times one within the other."""
    whole = _hulls(blocks)[-1]
    best, best_cost = None, _costs(whole, pixel_cost)
    for axis in (0, 1) if most else ():
        ordered = blocks[np.argsort(blocks[:, axis], kind="stable")]
        before, after = _hulls(ordered)[:-1], _hulls(ordered[::-1])[::-1][1:]
        both = _costs(before, pixel_cost) + _costs(after, pixel_cost)
        costs = np.where(np.diff(ordered[:, axis]) > 0, both, np.inf)
        if costs.min(initial=np.inf) < best_cost:
            place = int(costs.argmin()) + 1
            best, best_cost = (ordered[:place], ordered[place:]), costs.min()
    if best is None:
        return [tuple(whole.tolist())]
    return [rectangle for half in best for rectangle in _cut(half, pixel_cost, most - 1)]


def _hulls(blocks: np.ndarray) -> np.ndarray:
    """Return the smallest rectangle around the first block, the first two, and so on, (M,4)."""
    return np.hstack([np.minimum.accumulate(blocks[:, :2]), np.maximum.accumulate(blocks[:, 2:])])


def _costs(boxes: np.ndarray, pixel_cost: float) -> np.ndarray:
    """What boxes (...,4) behind a stencil cost, in samples, beside the pixels that it leaves open."""
    sides = boxes[..., 2:] - boxes[..., :2]
    return sides[..., 0] * sides[..., 1] * pixel_cost + CUT_WORTH
