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


def idle_gpus_sentence(device: torch.device, processes: int) -> str:
    """Return what to say to who starts one process where there are more GPUs; else nothing."""
    there = torch.cuda.device_count() if device.type == "cuda" else 0
    if processes > 1 or there < 2:
        return ""
    return f"one of {there} GPUs is used; for all, begin with: torchrun --nproc-per-node {there} -m posetraj train"
