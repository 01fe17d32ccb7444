"""Where in the picture things are: counts on a grid of equal cells."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Grid:
    """Counts of positions in the cells of the picture, rows from top to bottom, each from left to right."""

    cells: tuple[tuple[int, ...], ...]

    @property
    def total(self) -> int:
        """Number of positions in the picture."""
        return sum(map(sum, self.cells))

    @property
    def shares(self) -> tuple[tuple[float, ...], ...]:
        """The cells as shares of all positions in the picture: they add up to 1, or are 0 where there is none."""
        total = self.total or 1
        return tuple(tuple(count / total for count in row) for row in self.cells)


def grid_counts(
    positions_px: NDArray[np.floating], width: int, height: int, columns: int, rows: int
) -> NDArray[np.int64]:
    """Counts (rows, columns) of positions (..., 2) that lie in the picture, its edges included; NaN is left out."""
    x, y = inside(positions_px, width, height).T
    column = np.minimum((x * columns / width).astype(np.int64), columns - 1)
    row = np.minimum((y * rows / height).astype(np.int64), rows - 1)
    return np.bincount(row * columns + column, minlength=rows * columns).reshape(rows, columns)


def inside(positions_px: NDArray[np.floating], width: int, height: int) -> NDArray[np.float64]:
    """Those of positions (..., 2) that lie in the picture or on its edge, (K, 2)."""
    positions = np.asarray(positions_px, np.float64).reshape(-1, 2)
    return positions[((positions >= 0) & (positions <= (width, height))).all(axis=1)]
