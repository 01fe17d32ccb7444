"""Convolutions whose kernels are chosen by trying them."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def convolutions_by_trial(tried: bool) -> Iterator[None]:
    """Let cuDNN try kernels at a size's first convolution and keep the fastest, if `tried`.

    Its own choice for the inputs' gradients of convolutions over time takes 1.7 times as long or more. Not for sizes
    that come seldom.
    """
    before = torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = tried
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = before
