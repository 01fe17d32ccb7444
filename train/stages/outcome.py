"""What a stage's networks say of a batch."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Outcome:
    """Losses of B samples, float32.

    Attributes:
        total: (B,), what is made smaller.
        parts: (B,) each, what it is made of, for the logs.
        sigma: (B,) noise levels, or None where there is no noise.
    """

    total: Tensor
    parts: Mapping[str, Tensor]
    sigma: Tensor | None = None
