"""Put the windows of a clip into its clean plate: linear light in, linear light out."""

import json
from pathlib import Path

import numpy as np

from blender_gen.blender.windows import (
    Layer,
    ProbeGrid,
    Rectangle,
    layers_of,
    light_ratio,
    object_cells,
    probe_grid,
    sum_around,
)
from blender_gen.exr import read_colour

FILL_RINGS = 2


def read_frames(folder: Path, num_frames: int) -> np.ndarray:
    """Return the frames (T,H,W,3) float32 that a worker rendered, whole or as a plate and windows."""
    if not (folder / "windows.json").exists():
        return np.stack([read_colour(folder / f"colour_{t:04d}.exr") for t in range(num_frames)])
    about = json.loads((folder / "windows.json").read_text())
    plate, probe_plate = read_colour(folder / "plate.exr"), read_colour(folder / "probe_plate.exr")
    frames = []
    for t in range(num_frames):
        ratio = light_ratio(probe_plate, read_colour(folder / f"probe_{t:04d}.exr"))
        with np.load(folder / f"needed_{t:04d}.npz") as needed:
            layers = layers_of(needed["light"], needed["objects"], samples=1)
        windows = [
            (layers[number], tuple(box), read_colour(folder / f"window_{t:04d}_{place}.exr"))
            for place, (number, box) in enumerate(about[str(t)])
        ]
        frames.append(composite(plate, ratio, layers[1].needed, windows))
    return np.stack(frames)


def composite(
    plate: np.ndarray,
    ratio: np.ndarray,
    objects: np.ndarray,
    windows: list[tuple[Layer, Rectangle, np.ndarray]],
) -> np.ndarray:
    """Return the frame (H,W,3): the plate, lit as the ratio says, with the windows blended in, one over the other.

    Args:
        plate: (H,W,3) linear light without the objects.
        ratio: (h,w,3) of light with the objects to light without, on the small film.
        objects: (H,W) bool, pixels that show objects; the ratio of their cells is not used.
        windows: each with its layer, its box and its picture, the halo included, which blends into what is around.
    """
    height, width = plate.shape[:2]
    grid = probe_grid(width, height)
    frame = plate * _enlarged(ratio, ~object_cells(objects, grid), grid)
    for layer, box, picture in windows:
        x0, y0, x1, y1 = layer.with_halo(box)
        frame[y0:y1, x0:x1] += layer.shares(box)[..., None] * (picture - frame[y0:y1, x0:x1])
    return frame.astype(np.float32)


def _enlarged(ratio: np.ndarray, known: np.ndarray, grid: ProbeGrid) -> np.ndarray:
    """Return the ratio (h,w,3) at every pixel (H,W,3), bilinear; cells that are not `known` take after those around."""
    across = _bilinear(grid.frame_width, grid.x_edges())
    down = _bilinear(grid.frame_height, grid.y_edges())
    return np.einsum("Hh,hwc,Ww->HWc", down, _filled(ratio, known), across, optimize=True)


def _filled(ratio: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Give cells that are not known the mean of the known ones beside them, ring by ring; 1 further in."""
    values = np.where(known[..., None], ratio, 0.0)
    filled = known.copy()
    for _ in range(FILL_RINGS):
        near, count = sum_around(values, 1), sum_around(filled[..., None].astype(np.float64), 1)
        new = ~filled & (count[..., 0] > 0)
        values[new] = near[new] / count[new]
        filled |= new
    values[~filled] = 1.0
    return values


def _bilinear(size: int, edges: np.ndarray) -> np.ndarray:
    """Weights (size, cells) that interpolate linearly between the cells' centres at the pixels' centres."""
    centres = (edges[1:] + edges[:-1]) / 2
    place = np.interp(np.arange(size) + 0.5, centres, np.arange(len(centres)))
    low = np.minimum(place.astype(int), max(len(centres) - 2, 0))
    weights = np.zeros((size, len(centres)))
    rows = np.arange(size)
    weights[rows, low] = 1 - (place - low)
    if len(centres) > 1:
        weights[rows, low + 1] = place - low
    return weights
