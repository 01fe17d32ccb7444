"""Dataclasses and tables of tensors that move together."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, Self

import torch
from torch import Tensor


def each_tensor(held: Any, change: Callable[[Tensor], Any]) -> Any:
    """Change all tensors of nested dataclasses and tables. Raises TypeError for what may hide others."""
    if isinstance(held, Tensor):
        return change(held)
    if isinstance(held, Mapping):
        return {name: each_tensor(value, change) for name, value in held.items()}
    if is_dataclass(held):
        return replace(held, **{field.name: each_tensor(getattr(held, field.name), change) for field in fields(held)})
    if held is None or isinstance(held, int | float | str):
        return held
    raise TypeError(f"{type(held).__name__} may hold tensors that would be overlooked: use dataclasses and tables")


class TensorFields:
    """What a dataclass with tensors can do with all of these at once."""

    def to(self, device: torch.device | str) -> Self:
        """Return it on a device; a copy from pinned memory does not wait."""
        return each_tensor(self, lambda tensor: tensor.to(device, non_blocking=True))

    def pin_memory(self) -> Self:
        """Return it in pinned memory; torch's loader calls this."""
        return each_tensor(self, Tensor.pin_memory)
