"""Anti-aliased strokes, dots and fills over an enlarged frame, by each pixel's distance to what is drawn."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image


class Canvas:
    """A frame (H,W,3) u8 enlarged `scale` times, to draw on; coordinates are the frame's pixels.

    Strokes only mark what they cover; `paint` then lays one colour over all of it, so that strokes that
    cross do not add up. Points that are not finite are left out. A width of 1 is a fine line at any size.
    """

    def __init__(self, frame: NDArray[np.uint8], scale: float) -> None:
        size = (round(frame.shape[1] * scale), round(frame.shape[0] * scale))
        enlarged = Image.fromarray(frame).resize(size, Image.Resampling.BICUBIC)
        self._image = np.asarray(enlarged, np.float32).copy()  # (H,W,3)
        self._coverage = np.zeros(self._image.shape[:2], np.float32)
        self._marked: list[tuple[slice, slice]] = []
        self._scale = scale
        self._pen = max(1.0, size[1] / 260.0)

    def line(self, points: NDArray[np.floating], width: float) -> None:
        """Cover a polyline (K,2) with round joints and ends, broken where a point is not finite."""
        points = np.asarray(points, np.float64) * self._scale
        finite = np.isfinite(points).all(axis=1)
        radius = width * self._pen / 2.0
        for i in np.flatnonzero(finite[:-1] & finite[1:]):
            self._segment(points[i], points[i + 1], radius)

    def dots(self, points: NDArray[np.floating], radius: float) -> None:
        """Cover a disc around each of the points (K,2)."""
        points = np.asarray(points, np.float64) * self._scale
        for point in points[np.isfinite(points).all(axis=1)]:
            self._segment(point, point, radius * self._pen)

    def glow(self, points: NDArray[np.floating], sigma: float) -> None:
        """Cover around each of the points (K,2) by exp(-d^2 / 2 sigma^2) at a distance d."""
        points = np.asarray(points, np.float64) * self._scale
        height, width = self._coverage.shape
        x, y = np.arange(width)[None] + 0.5, np.arange(height)[:, None] + 0.5
        for px, py in points[np.isfinite(points).all(axis=1)]:
            square = (x - px) ** 2 + (y - py) ** 2
            self._mark((slice(0, height), slice(0, width)), np.exp(-square / (2.0 * (sigma * self._pen) ** 2)) - 0.5)

    def polygon(self, points: NDArray[np.floating]) -> None:
        """Cover the inside of a convex polygon (K,2); nothing where one of its points is not finite."""
        corners = np.asarray(points, np.float64) * self._scale
        if not np.isfinite(corners).all():
            return
        part, x, y = self._around(corners, 1.0)
        inside = np.full(self._coverage[part].shape, np.inf)
        following = np.roll(corners, -1, axis=0)
        turn = np.sign(np.sum(corners[:, 0] * following[:, 1] - corners[:, 1] * following[:, 0]))
        for (ax, ay), (bx, by) in zip(corners, following, strict=True):
            length = max(np.hypot(bx - ax, by - ay), 1e-9)
            np.minimum(inside, turn * ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / length, out=inside)
        self._mark(part, inside)

    def cover(self, mask: NDArray[np.bool_]) -> None:
        """Cover the true pixels of a mask (H,W) of the frame's size."""
        height, width = self._coverage.shape
        whole = Image.fromarray(mask.astype(np.uint8)).resize((width, height), Image.Resampling.NEAREST)
        self._mark((slice(0, height), slice(0, width)), np.asarray(whole) - 0.5)

    def paint(self, colour: tuple[int, int, int], opacity: float = 1.0) -> None:
        """Lay `colour` (RGB, 0..255) over what was covered since the last call."""
        ink = np.array(colour, np.float32)
        for part in self._marked:
            covered, under = self._coverage[part], self._image[part]
            under += covered[..., None] * np.float32(opacity) * (ink - under)
            covered[:] = 0.0  # what the next part shares with this one is painted once
        self._marked.clear()

    def pixels(self) -> NDArray[np.uint8]:
        """The picture so far, (round(H * scale), round(W * scale), 3) u8."""
        return np.rint(self._image).clip(0, 255).astype(np.uint8)

    def _segment(self, start: NDArray[np.float64], end: NDArray[np.float64], radius: float) -> None:
        part, x, y = self._around(np.stack((start, end)), radius + 1.0)
        along = end - start
        square = max(float(along @ along), 1e-12)
        share = ((x - start[0]) * along[0] + (y - start[1]) * along[1]) / square
        share = share.clip(0.0, 1.0)
        distance = np.hypot(x - start[0] - share * along[0], y - start[1] - share * along[1])
        self._mark(part, radius - distance)

    def _around(
        self, points: NDArray[np.float64], margin: float
    ) -> tuple[tuple[slice, slice], NDArray[np.float64], NDArray[np.float64]]:
        """The part of the picture within `margin` of the points' bounds, and its pixels' x (1,K) and y (K,1)."""
        limits = np.array(self._coverage.shape[::-1])
        low = np.floor(points.min(axis=0) - margin).clip(0, limits).astype(int)
        high = np.ceil(points.max(axis=0) + margin).clip(0, limits).astype(int)
        part = (slice(low[1], high[1]), slice(low[0], high[0]))
        return part, np.arange(low[0], high[0])[None] + 0.5, np.arange(low[1], high[1])[:, None] + 0.5

    def _mark(self, part: tuple[slice, slice], inside: NDArray[np.float64]) -> None:
        """Cover `part` by how far, in pixels, its pixels' centres lie inside the shape."""
        covered = self._coverage[part]
        self._marked.append(part)
        np.maximum(covered, (inside + 0.5).clip(0.0, 1.0), out=covered, casting="same_kind")
