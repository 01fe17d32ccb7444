"""Colours of videos computed on the device: luma and chroma in, RGB out, to a grey level of what `Clip.video` gives.

ITU-R BT.709 in limited range; chroma is interpolated linearly between its samples, which lie left in a row and between
rows (H.264, annex E).
"""

import torch
from torch import Tensor

from dataset_tools.chroma import CB_SPAN, CR_SPAN, KB, KG, KR
from dataset_tools.video import Yuv
from train.example import Example


def rgb_from_yuv(y: Tensor, cb: Tensor, cr: Tensor) -> Tensor:
    """Return pictures (...,3,H,W) u8 of luma (...,H,W) and chroma (...,H/2,W/2), u8 each."""
    luma = (y.float() - 16.0) * (255.0 / 219.0)
    blue, red = CB_SPAN * _at_pixels(cb), CR_SPAN * _at_pixels(cr)
    green = -(KB * blue + KR * red) / KG
    rgb = torch.stack([luma + red, luma + green, luma + blue], dim=-3)
    return rgb.round().clamp(0.0, 255.0).to(torch.uint8)


def in_colours(example: Example) -> Tensor:
    """Return an example's video (T,3,H,W) u8, mirrored where it is to be."""
    if not isinstance(example.video, Yuv):
        return torch.from_numpy(example.video).permute(0, 3, 1, 2)
    video = rgb_from_yuv(*(torch.from_numpy(plane) for plane in vars(example.video).values()))
    return video.flip(-1) if example.to_flip else video


def _at_pixels(chroma: Tensor) -> Tensor:
    """Return chroma (...,h,w) at each pixel (...,2h,2w), on the scale of 8-bit RGB."""
    samples = (chroma.float() - 128.0) * (255.0 / 224.0)
    before = torch.cat([samples[..., :1, :], samples[..., :-1, :]], dim=-2)
    after = torch.cat([samples[..., 1:, :], samples[..., -1:, :]], dim=-2)
    rows = torch.stack([0.75 * samples + 0.25 * before, 0.75 * samples + 0.25 * after], dim=-2).flatten(-3, -2)
    right = torch.cat([rows[..., 1:], rows[..., -1:]], dim=-1)
    return torch.stack([rows, 0.5 * (rows + right)], dim=-1).flatten(-2)
