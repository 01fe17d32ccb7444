"""What a camera is to show, and through which lens."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blender_gen.cameras.errors import FramingError


@dataclass(frozen=True)
class Shot:
    """Points over time, and the frame that has to hold them.

    Attributes:
        points: (T,K,3) in the world, metres.
        times: (T,) seconds, in [0, duration_s].
        duration_s: of the clip.
        focal_widths: focal length in widths of the picture.
        aspect: height / width of the picture.
        margin: share of the width kept free left and right, and of the height above and below, below 0.5.

    Raises:
        FramingError: arrays that do not fit together, points that are not finite, or a margin that leaves nothing.
    """

    points: NDArray[np.float64]
    times: NDArray[np.float64]
    duration_s: float
    focal_widths: float
    aspect: float
    margin: float

    def __post_init__(self) -> None:
        # Sums over other memory layouts would differ in their last bits.
        points, times = (np.array(each, dtype=np.float64, order="C") for each in (self.points, self.times))
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "times", times)
        if points.ndim != 3 or points.shape[2] != 3 or points.size == 0 or not np.all(np.isfinite(points)):
            raise FramingError(f"points of shape {points.shape} cannot be framed; expected finite (T,K,3)")
        if times.shape != points.shape[:1]:
            raise FramingError(f"{len(points)} frames of points need as many times, not {times.shape}")
        if not 0 <= self.margin < 0.5:
            raise FramingError(f"a margin of {self.margin} leaves nothing of the frame; choose one from 0, below 0.5")

    @property
    def centre(self) -> NDArray[np.float64]:
        """Middle (3,) of the extent of all points."""
        extent = self.points.reshape(-1, 3)
        return (extent.min(axis=0) + extent.max(axis=0)) / 2

    @property
    def track(self) -> NDArray[np.float64]:
        """Middle (T,3) of the points' extent at each time."""
        return (self.points.min(axis=1) + self.points.max(axis=1)) / 2

    @property
    def half_size(self) -> NDArray[np.float64]:
        """Half of the frame's width and height less the margin (2,), on a film at distance 1."""
        return (0.5 - self.margin) / self.focal_widths * np.array([1.0, self.aspect])
