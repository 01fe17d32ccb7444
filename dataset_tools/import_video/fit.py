"""From a film's frame to a clip's: upright, square pixels, resized to cover the clip, its middle cut out."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dataset_tools.errors import FormatError

ASSUMED_FOCAL = 1.2
"""Of the longer side of the whole frame: a field of view of 45 degrees, where nothing is known of the lens."""
MOST_ASPECT = 8


@dataclass(frozen=True)
class Fit:
    """How stored pixels of `stored_width` x `stored_height` become a clip's of `width` x `height`.

    `quarter_turns` are turns of the stored picture by 90 degrees, counter-clockwise, that make it upright; `aspect`
    is the width of a stored pixel over its height.
    """

    stored_width: int
    stored_height: int
    quarter_turns: int
    aspect: Fraction
    width: int
    height: int

    def __post_init__(self) -> None:
        if not Fraction(1, MOST_ASPECT) <= self.aspect <= MOST_ASPECT:
            raise FormatError(f"its pixels are {self.aspect} as wide as high; that is no film's, write it again")

    @property
    def upright(self) -> tuple[int, int]:
        """Width and height after turning, in stored pixels."""
        size = (self.stored_width, self.stored_height)
        return size[::-1] if self.quarter_turns % 2 else size

    @property
    def _shown(self) -> tuple[float, float]:
        """Width and height after turning, in square pixels."""
        across, down = self.upright
        return (across, down * float(self.aspect)) if self.quarter_turns % 2 else (across * float(self.aspect), down)

    @property
    def scale(self) -> float:
        """Pixels of the clip per square pixel of the film; over 1 where the film is enlarged."""
        across, down = self._shown
        return max(self.width / across, self.height / down)

    @property
    def _resized(self) -> tuple[int, int]:
        across, down = self._shown
        return max(self.width, round(across * self.scale)), max(self.height, round(down * self.scale))

    @property
    def _corner(self) -> tuple[int, int]:
        across, down = self._resized
        return (across - self.width) // 2, (down - self.height) // 2

    @property
    def assumed_focal(self) -> float:
        """Focal length in the clip's pixels, where nothing is known of the lens."""
        return ASSUMED_FOCAL * max(self._shown) * self.scale

    def picture(self, stored: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The clip's picture (height,width,3) of a stored one (stored_height,stored_width,3)."""
        import cv2

        resized = self._resized
        shrinks = resized[0] * resized[1] < self.stored_width * self.stored_height
        return self._cut(stored, cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)

    def indices(self, stored: NDArray) -> NDArray:
        """The clip's (height,width) of stored numbers, such as a mask's, by the nearest pixel."""
        import cv2

        return self._cut(stored, cv2.INTER_NEAREST_EXACT)

    def points(self, upright_px: ArrayLike) -> NDArray[np.float64]:
        """Pixels of the clip of pixels (...,2) in the upright stored picture; may lie outside of the clip."""
        scale = np.array(self._resized, np.float64) / np.array(self.upright, np.float64)
        return np.asarray(upright_px, np.float64) * scale - np.array(self._corner, np.float64)

    def _cut(self, stored: NDArray, interpolation: int) -> NDArray:
        import cv2

        turned = np.ascontiguousarray(np.rot90(stored, self.quarter_turns))
        left, top = self._corner
        resized = cv2.resize(turned, self._resized, interpolation=interpolation)
        return np.ascontiguousarray(resized[top : top + self.height, left : left + self.width])
