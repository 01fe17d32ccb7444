"""Devices and types of numbers by the names that commands take."""

import torch

from dataset_tools.errors import PoseTrajError


def device_of(name: str) -> torch.device:
    """Return a device; "auto" is a GPU where there is one. Raises PoseTrajError for one that is not there."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise PoseTrajError(f"there is no device {name!r} here; leave --device away to take what there is") from error
    return device


def dtype_of(name: str, device: torch.device) -> torch.dtype:
    """Return a type of weights; "auto" is bfloat16 on a GPU and float32 elsewhere."""
    if name == "auto":
        return torch.bfloat16 if device.type == "cuda" else torch.float32
    return getattr(torch, name)
