"""Colours computed from luma and chroma against those that decoding computes."""

import numpy as np
import pytest
import torch

from dataset_tools import video
from dataset_tools.reader import Dataset
from dataset_tools.video import Yuv
from train.colours import in_colours, rgb_from_yuv
from train.example import mirrored, read_example


def colours_of(yuv: Yuv) -> np.ndarray:
    planes = (torch.from_numpy(plane) for plane in (yuv.y, yuv.cb, yuv.cr))
    return rgb_from_yuv(*planes).permute(0, 2, 3, 1).numpy()


@pytest.mark.parametrize("size", [(16, 16), (48, 64), (112, 192)])
def test_colours_are_those_of_decoding_to_a_grey_level(size) -> None:
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (3, size[0] // 8, size[1] // 8, 3), np.uint8)
    data = video.encode(coarse.repeat(8, axis=1).repeat(8, axis=2), 8)
    found, expected = colours_of(video.decode_yuv(data, 0, 3)), video.decode(data, 0, 3)
    assert np.abs(found.astype(int) - expected).max() <= 1


def test_a_stretch_from_the_middle_is_the_same(shared) -> None:
    clip = Dataset(shared / "golden")[0]
    found, expected = colours_of(clip.video_yuv(3, 9)), clip.video(3, 9)
    assert np.abs(found.astype(int) - expected).max() <= 1


def test_a_mirrored_example_shows_the_mirrored_colours(shared) -> None:
    clip = Dataset(shared / "golden")[0]
    plain = in_colours(read_example(clip, 0, 4, 2, colours=False))
    turned = in_colours(mirrored(read_example(clip, 0, 4, 2, colours=False)))
    assert torch.equal(turned, plain.flip(-1))
    in_rgb = in_colours(mirrored(read_example(clip, 0, 4, 2)))
    assert (turned.int() - in_rgb.int()).abs().max() <= 1
