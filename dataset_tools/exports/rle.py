"""Masks as COCO's run-length code: column by column, how many pixels are 0, then 1, then 0, and so on."""

import numpy as np
from numpy.typing import NDArray


def run_lengths(mask: NDArray[np.bool_]) -> list[int]:
    """Lengths of the runs of a mask (H,W) read column by column; the first run is of zeros and may be empty."""
    flat = np.asarray(mask, bool).ravel(order="F")
    bounds = np.concatenate(([0], np.flatnonzero(flat[1:] != flat[:-1]) + 1, [flat.size]))
    lengths = np.diff(bounds).tolist()
    return [0, *lengths] if flat.size and flat[0] else lengths


def packed(lengths: list[int]) -> str:
    """COCO's text for run lengths.

    From the fourth on, a length is told as its difference to the one two before it. Numbers are written in groups
    of 5 bits, least significant first, bit 5 set where another group follows, each group as the character 48 above it;
    the last group's bit 4 is the sign.
    """
    characters = []
    for index, length in enumerate(lengths):
        value = length - lengths[index - 2] if index > 2 else length
        more = True
        while more:
            group, value = value & 31, value >> 5
            more = value != (-1 if group & 16 else 0)
            characters.append(chr(48 + group + 32 * more))
    return "".join(characters)


def segmentation(mask: NDArray[np.bool_]) -> dict[str, list[int] | str]:
    """A mask (H,W) as COCO's compressed RLE: `size` [H, W] and `counts`."""
    return {"size": list(mask.shape), "counts": packed(run_lengths(mask))}
