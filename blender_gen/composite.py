"""Put the windows of a clip into its clean plate: linear light in, linear light out."""

import json
from pathlib import Path

import numpy as np

from blender_gen.blender.windows import (
    ProbeGrid,
    Window,
    light_ratio,
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
    grid = probe_grid(plate.shape[1], plate.shape[0])
    frames = []
    for t in range(num_frames):
        ratio = light_ratio(probe_plate, read_colour(folder / f"probe_{t:04d}.exr"))
        objects = np.zeros((grid.height, grid.width), bool)
        objects.flat[about[str(t)]["object_cells"]] = True
        places = [Window(*window) for window in about[str(t)]["windows"]]
        windows = [(place, read_colour(folder / f"window_{t:04d}_{k}.exr")) for k, place in enumerate(places)]
        frames.append(composite(plate, ratio, objects, windows))
    return np.stack(frames)


def composite(
    plate: np.ndarray, ratio: np.ndarray, objects: np.ndarray, windows: list[tuple[Window, np.ndarray]]
) -> np.ndarray:
    """Return the frame (H,W,3): the plate, lit as the ratio says, with the windows blended in, one over the other.

    Args:
        plate: (H,W,3) linear light without the objects.
        ratio: (h,w,3) of light with the objects to light without, on the small film.
        objects: (h,w) bool, cells that show objects; their ratio is not used.
        windows: each with its picture, the halo included, which blends into what is around.
    """
    height, width = plate.shape[:2]
    grid = probe_grid(width, height)
    frame = plate * _enlarged(ratio, ~objects, grid)
    for window, picture in windows:
        (left, top, right, bottom), halo = window.box, window.halo_px
        x0, y0, x1, y1 = window.with_halo(width, height)
        down = _ramp(np.arange(y0, y1), top, bottom, halo)
        across = _ramp(np.arange(x0, x1), left, right, halo)
        share = np.outer(down, across)[..., None]
        frame[y0:y1, x0:x1] += share * (picture - frame[y0:y1, x0:x1])
    return frame.astype(np.float32)


def _ramp(pixels: np.ndarray, first: int, last: int, halo_px: int) -> np.ndarray:
    """Weights of the pixels (N,) along one side: 1 from `first` to before `last`, falling towards 0 in the halo."""
    outside = np.maximum(np.maximum(first - pixels - 0.5, pixels + 0.5 - last), 0)
    return 1 - outside / halo_px


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
