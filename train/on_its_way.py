"""Numbers that a device computes, read while it is busy with what comes after them."""

import torch
from torch import Tensor


class OnItsWay:
    """A tensor on its way to the processor: to read it does not wait for what the device is given to do later."""

    def __init__(self, tensor: Tensor) -> None:
        self._copy, self._arrived = tensor.to("cpu", non_blocking=True, copy=True), None
        if tensor.is_cuda:
            self._arrived = torch.cuda.Event()
            self._arrived.record()

    def read(self) -> Tensor:
        """Wait for it and return it."""
        if self._arrived is not None:
            self._arrived.synchronize()
        return self._copy
