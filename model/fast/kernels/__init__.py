"""Kernels written in Triton, for GPUs, where compiled torch leaves time behind. Each is an operator of torch's.

They need Triton, which comes with torch for GPUs, and numbers of 16 bits. What calls them has the same computation in
torch, for all else.
"""

from importlib.util import find_spec

import torch
from torch import Tensor

MOST_FRAMES = 64
"""Frames of the longest videos that the attention in time takes: a program holds the scores of all."""
HAS_TRITON = find_spec("triton") is not None


def takes(tensor: Tensor) -> bool:
    """Whether the kernels take what is like this tensor; without weights, it is counted as on a GPU that has Triton."""
    there = tensor.is_meta or (HAS_TRITON and tensor.is_cuda)
    return there and tensor.dtype in (torch.bfloat16, torch.float16)
