"""Where the time of a GPU's kernels goes, by their kind, told from their names."""

from collections import defaultdict
from collections.abc import Callable

import torch
from torch.profiler import ProfilerActivity, profile

KINDS = (
    ("attention", ("sdpa", "flash", "fmha", "attention")),
    ("convolution", ("implicit_gemm", "wgrad", "dgrad", "fprop", "conv")),
    ("matrix product", ("nvjet", "gemm", "cutlass", "cublas", "splitk")),
    ("gated units", ("gated",)),
    ("optimiser", ("multi_tensor", "adam", "foreach", "lerp")),
    ("copy", ("copy", "memcpy", "memset", "transpose", "nchwtonhwc", "nhwctonchw", "cat")),
    ("normalisation", ("norm", "moments")),
)
"""Kinds and what their kernels' names hold; the first that fits counts."""


def kind_of(kernel: str) -> str:
    """Return the kind of a kernel."""
    name = kernel.lower()
    if name.startswith("triton"):
        return "fused normalisation" if "norm" in name else "fused, other"
    return next((kind for kind, parts in KINDS if any(part in name for part in parts)), "other")


def time_by_kind(step: Callable[[], None], steps: int) -> dict[str, float]:
    """Return milliseconds per step by kind of kernel, the longest first."""
    with profile(activities=[ProfilerActivity.CUDA]) as seen:
        for _ in range(steps):
            step()
        torch.cuda.synchronize()
    found: dict[str, float] = defaultdict(float)
    for event in seen.key_averages():
        found[kind_of(event.key)] += event.device_time_total / 1e3 / steps
    return dict(sorted(found.items(), key=lambda item: -item[1]))
