"""How many bytes a forward pass keeps for the backward one, whatever the device, the meta device included."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

SHORT = (functional.conv2d, functional.conv3d, functional.linear)
LONG = (functional.group_norm, functional.layer_norm, functional.softmax)


@dataclass(frozen=True)
class Kept:
    """The storages that are kept, by their place; views of one count once."""

    storages: dict[int, torch.UntypedStorage] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """Their size."""
        return sum(storage.nbytes() for storage in self.storages.values())


@contextmanager
def kept_for_backward(*networks: nn.Module) -> Iterator[Kept]:
    """While it is entered, note what is kept for the backward pass beside the weights of `networks`.

    Of what is computed twice (gradient checkpointing) that is its inputs alone.
    """
    weights = {parameter.untyped_storage()._cdata for network in networks for parameter in network.parameters()}
    kept = Kept()

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in weights:
            kept.storages[storage._cdata] = storage  # held, so that no other storage comes to lie at its place
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        yield kept


class AsOnGpu(TorchFunctionMode):
    """While it is entered, tensors on the meta device have the types that autocast to bf16 gives them on a GPU, and
    `scaled_dot_product_attention` keeps no scores, as fused kernels do. Torch does neither on that device."""

    def __init__(self) -> None:
        super().__init__()
        self._short: dict[Tensor, Tensor] = {}

    def __torch_function__(
        self, called: Any, types: Any, given: tuple[Any, ...] = (), named: Mapping[str, Any] | None = None
    ) -> Any:
        named = named or {}
        if called is functional.scaled_dot_product_attention:
            query, key, value = (self._to(tensor, torch.bfloat16) for tensor in given[:3])
            return torch.ops.aten._scaled_dot_product_flash_attention(query, key, value)[0]
        if called in SHORT or called in LONG:
            kind = torch.bfloat16 if called in SHORT else torch.float32
            given = tuple(self._to(value, kind) for value in given)
            named = {name: self._to(value, kind) for name, value in named.items()}
        return called(*given, **named)

    def _to(self, value: Any, kind: torch.dtype) -> Any:
        """A tensor in another type; a weight that learns is cast once."""
        if not isinstance(value, Tensor) or value.dtype == kind:
            return value
        if not (value.is_leaf and value.requires_grad):
            return value.to(kind)
        if value not in self._short:
            self._short[value] = value.to(kind)
        return self._short[value]
