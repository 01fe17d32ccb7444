"""Windows as one batch of tensors, each number copied once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import get_worker_info

from dataset_tools.errors import FormatError
from train.latents.read import Window

LABELS = ("centres_px", "corners_px", "depth", "objects", "world_from_camera", "intrinsics")


@dataclass(frozen=True)
class Windows:
    """B windows of F frames; fields are those of `Window` and `Labels`, stacked, types as they are there.

    Attributes:
        embedding: (B,D) float16, None where the model has no image encoder.
        noise_strength: (B,) float32.
        has_camera: (B,) bool.
    """

    moments: Tensor
    image_latents: Tensor
    noise_strength: Tensor
    embedding: Tensor | None
    centres_px: Tensor
    corners_px: Tensor
    depth: Tensor
    objects: Tensor
    world_from_camera: Tensor
    intrinsics: Tensor
    fps: Tensor
    has_camera: Tensor

    def to(self, device: torch.device | str) -> "Windows":
        """Return the batch on a device; a copy from pinned memory does not wait."""
        return self._with(lambda tensor: tensor.to(device, non_blocking=True))

    def pin_memory(self) -> "Windows":
        """Return the batch in pinned memory; torch's loader calls this."""
        return self._with(Tensor.pin_memory)

    def _with(self, change: Callable[[Tensor], Tensor]) -> "Windows":
        changed = {name: change(value) for name, value in vars(self).items() if isinstance(value, Tensor)}
        return replace(self, **changed)


def stack_windows(windows: Sequence[Window]) -> Windows:
    """Stack windows of one shape; in a loader's worker straight into memory that it shares.

    Raises FormatError where their shapes differ.
    """
    if len({(window.moments.shape, window.embedding is None) for window in windows}) != 1:
        shapes = ", ".join(f"{window.key} {window.moments.shape}" for window in windows)
        raise FormatError(f"latents of different sizes cannot make a batch: {shapes}")
    labels = [window.labels for window in windows]
    stacked = {name: _stack([getattr(item, name) for item in labels]) for name in LABELS}
    return Windows(
        moments=_stack([window.moments for window in windows]),
        image_latents=_stack([window.image_latents for window in windows]),
        noise_strength=torch.tensor([window.noise_strength for window in windows]),
        embedding=None if windows[0].embedding is None else _stack([window.embedding for window in windows]),
        fps=torch.tensor([item.fps for item in labels]),
        has_camera=torch.tensor([item.has_camera for item in labels]),
        **stacked,
    )


def _stack(arrays: Sequence[NDArray]) -> Tensor:
    dtype = torch.from_numpy(np.empty(0, arrays[0].dtype)).dtype
    shape = (len(arrays), *arrays[0].shape)
    empty = partial(_shared, dtype) if get_worker_info() else partial(torch.empty, dtype=dtype)
    batch = empty(shape)
    np.stack(arrays, out=batch.numpy())
    return batch


def _shared(dtype: torch.dtype, shape: tuple[int, ...]) -> Tensor:
    return torch.empty(0, dtype=dtype).set_(
        torch.UntypedStorage._new_shared(int(np.prod(shape)) * dtype.itemsize), 0, shape
    )
