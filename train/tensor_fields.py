"""Frozen dataclasses of tensors that move together."""

from collections.abc import Callable
from dataclasses import replace
from typing import Self

import torch
from torch import Tensor


class TensorFields:
    """What a dataclass some of whose fields are tensors can do with all of these at once."""

    def to(self, device: torch.device | str) -> Self:
        """Return it on a device; a copy from pinned memory does not wait."""
        return self._with(lambda tensor: tensor.to(device, non_blocking=True))

    def pin_memory(self) -> Self:
        """Return it in pinned memory; torch's loader calls this."""
        return self._with(Tensor.pin_memory)

    def _with(self, change: Callable[[Tensor], Tensor]) -> Self:
        changed = {name: change(value) for name, value in vars(self).items() if isinstance(value, Tensor)}
        return replace(self, **changed)
