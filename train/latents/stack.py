"""Windows as one batch of tensors, each number copied once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import get_worker_info

from dataset_tools.errors import FormatError
from train.example import LABEL_ARRAYS
from train.latents.read import Window
from train.tensor_fields import TensorFields

ALIGNED = 64
TORCH_TYPES = {np.dtype(name): getattr(torch, name) for name in ("float16", "float32", "float64", "bool")}


@dataclass(frozen=True)
class Windows(TensorFields):
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
    axes_px: Tensor
    depth: Tensor
    objects: Tensor
    world_from_camera: Tensor
    intrinsics: Tensor
    fps: Tensor
    has_camera: Tensor


def stack_windows(windows: Sequence[Window]) -> Windows:
    """Stack windows of one shape, side by side in one piece of memory; in a loader's worker, memory that it shares.

    Raises FormatError where their shapes differ.
    """
    if len({(window.moments.shape, window.embedding is None) for window in windows}) != 1:
        shapes = ", ".join(f"{window.key} {window.moments.shape}" for window in windows)
        raise FormatError(f"latents of different sizes cannot make a batch: {shapes}")
    parts = {name: [getattr(window, name) for window in windows] for name in ("moments", "image_latents")}
    parts["noise_strength"] = [np.float32(window.noise_strength) for window in windows]
    if windows[0].embedding is not None:
        parts["embedding"] = [window.embedding for window in windows]
    parts |= {name: [getattr(window.labels, name) for window in windows] for name in LABEL_ARRAYS}
    parts["fps"] = [np.float32(window.labels.fps) for window in windows]
    parts["has_camera"] = [np.bool_(window.labels.has_camera) for window in windows]
    return Windows(**{"embedding": None} | _stacked(parts))


def _stacked(parts: Mapping[str, Sequence[NDArray]]) -> dict[str, Tensor]:
    """Tensors in one storage, so that a worker hands over one file and not a dozen."""
    ends = np.cumsum([-(-len(arrays) * arrays[0].nbytes // ALIGNED) * ALIGNED for arrays in parts.values()]).tolist()
    storage = torch.UntypedStorage._new_shared(ends[-1]) if get_worker_info() else torch.UntypedStorage(ends[-1])
    memory = torch.empty(0, dtype=torch.uint8).set_(storage)
    stacked = {}
    for (name, arrays), start in zip(parts.items(), [0, *ends], strict=False):
        piece = memory[start : start + len(arrays) * arrays[0].nbytes].view(TORCH_TYPES[arrays[0].dtype])
        stacked[name] = piece.view(len(arrays), *arrays[0].shape)
        whole = stacked[name].numpy()
        for number, array in enumerate(arrays):
            whole[number] = array
    return stacked
