"""Anti-aliased strokes, discs and fills over a batch of pictures on the device, by each pixel's distance to the shape.

The same picture as `dataset_tools.canvas` draws one frame at a time. Coordinates are pixels, (0,0) the top left corner
and (0.5,0.5) the first pixel's centre; what is not finite is left out.
"""

import torch
from torch import Tensor

PEN_HEIGHT_PX = 260.0  # a width of 1 is a pixel up to this height, and grows with it from there


class Raster:
    """Pictures (M,3,H,W) in 0..255 to draw on.

    Shapes only mark what they cover; `paint` then lays one colour over all of it, so that strokes that cross do not add
    up.
    """

    def __init__(self, pictures: Tensor) -> None:
        self._pictures = pictures.float().clone()
        count, _, height, width = pictures.shape
        self._coverage = self._pictures.new_zeros(count, height, width)
        self._pen = max(1.0, height / PEN_HEIGHT_PX)
        self._x = (torch.arange(width, device=pictures.device) + 0.5).expand(1, 1, width)
        self._y = (torch.arange(height, device=pictures.device) + 0.5).reshape(1, height, 1)

    def segments(self, starts: Tensor, ends: Tensor, width: float | Tensor, shown: Tensor | None = None) -> None:
        """Cover one segment with round ends in each picture.

        Args:
            starts, ends: (M,2).
            width: a number or (M,).
            shown: (M,) bool, pictures in which it is drawn; None for all.
        """
        finite = starts.isfinite().all(dim=1) & ends.isfinite().all(dim=1)
        starts, ends = (_wide(points) for points in (starts, ends))
        along = [end - start for start, end in zip(starts, ends, strict=True)]
        square = (along[0].square() + along[1].square()).clamp_min(1e-12)
        beyond = [place - start for place, start in zip((self._x, self._y), starts, strict=True)]
        share = ((beyond[0] * along[0] + beyond[1] * along[1]) / square).clamp(0.0, 1.0)
        distance = torch.hypot(beyond[0] - share * along[0], beyond[1] - share * along[1])
        radius = _per_picture(width, 3) * (self._pen / 2.0)
        self._mark(radius - distance, finite if shown is None else finite & shown)

    def dots(self, points: Tensor, radius: float) -> None:
        """Cover a disc in each picture around its point (M,2)."""
        self.segments(points, points, 2.0 * radius)

    def glows(self, points: Tensor, sigma: float) -> None:
        """Cover each picture around its point (M,2) by exp(-d^2 / 2 sigma^2) at a distance d."""
        x, y = _wide(points)
        square = (self._x - x).square() + (self._y - y).square()
        self._mark(torch.exp(-square / (2.0 * (sigma * self._pen) ** 2)) - 0.5, points.isfinite().all(dim=1))

    def polygons(self, corners: Tensor) -> None:
        """Cover the inside of one convex polygon in each picture (M,K,2)."""
        following = corners.roll(-1, dims=1)
        turn = (corners[..., 0] * following[..., 1] - corners[..., 1] * following[..., 0]).sum(dim=1).sign()
        inside = torch.full_like(self._coverage, torch.inf)
        for k in range(corners.shape[1]):
            (ax, ay), (bx, by) = _wide(corners[:, k]), _wide(following[:, k])
            length = torch.hypot(bx - ax, by - ay).clamp_min(1e-9)
            side = turn.reshape(-1, 1, 1) * ((bx - ax) * (self._y - ay) - (by - ay) * (self._x - ax)) / length
            inside = torch.minimum(inside, side)
        for centres, axis in ((self._x, 0), (self._y, 1)):  # the spike of a sharp corner goes no further than a pixel
            low, high = corners[..., axis].amin(dim=1), corners[..., axis].amax(dim=1)
            near = (centres > (low - 1.0).floor().reshape(-1, 1, 1)) & (centres < (high + 1.0).ceil().reshape(-1, 1, 1))
            inside = torch.where(near, inside, -torch.inf)
        self._mark(inside, corners.isfinite().flatten(1).all(dim=1))

    def paint(self, colour: Tensor, opacity: float | Tensor = 1.0) -> None:
        """Lay a colour over what was covered since the last call.

        Args:
            colour: RGB in 0..255, float32 on the pictures' device, (3,) or one for each picture, (M,3).
            opacity: a number or (M,).
        """
        ink = colour.reshape(-1, 3, 1, 1)
        self._pictures += self._coverage[:, None] * _per_picture(opacity, 4) * (ink - self._pictures)
        self._coverage.zero_()

    def pictures(self) -> Tensor:
        """Return the pictures so far, (M,3,H,W) float32 in 0..255."""
        return self._pictures

    def _mark(self, inside: Tensor, shown: Tensor) -> None:
        """Cover by how far, in pixels, the pixels' centres lie inside the shape."""
        covered = torch.where(shown.reshape(-1, 1, 1), (inside + 0.5).clamp(0.0, 1.0), 0.0)
        self._coverage = torch.maximum(self._coverage, covered)


def _per_picture(value: float | Tensor, ndim: int) -> float | Tensor:
    """A number as it stands, which needs no copy to the device, or one for each picture to broadcast over it."""
    return value.reshape(-1, *[1] * (ndim - 1)) if isinstance(value, Tensor) else value


def _wide(points: Tensor) -> tuple[Tensor, Tensor]:
    """x and y of points (M,2), 0 where they are not finite, to broadcast over pictures: (M,1,1) each."""
    points = torch.nan_to_num(points.float(), nan=0.0, posinf=0.0, neginf=0.0)
    return points[:, 0].reshape(-1, 1, 1), points[:, 1].reshape(-1, 1, 1)
