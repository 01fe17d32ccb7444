"""The passes of a micro-batch, forward and backward: as they are, or recorded as one CUDA graph and launched at once.

https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import torch
from torch import Tensor

from train.stages.outcome import Outcome

Learn = Callable[[Any], Outcome]
"""Adds a micro-batch's gradients to those of the weights; returns what was lost, without a graph of its own."""
TAKEN_FIRST = 3
"""Micro-batches before the recording: in these, blocks are compiled, kernels chosen and gradients given a place."""


class Passes:
    """Learns from micro-batches."""

    def __init__(self, learn: Learn) -> None:
        self._learn = learn

    def __call__(self, ready: Any) -> Outcome:
        """Learn from what a stage made ready."""
        return self._learn(ready)

    def forget(self) -> None:
        """Give free what is kept from one to the next: nothing."""


class RecordedPasses(Passes):
    """Learns from micro-batches by a recording of how it learned from the first ones; the same kernels, to the bit.

    Weights and gradients must keep their places in memory: gradients are set to zero, not taken away. What a recording
    keeps for its backward pass is its own as long as it lies there; `forget` gives it free.
    """

    def __init__(self, learn: Learn) -> None:
        super().__init__(learn)
        self._taken = 0
        self._recording: _Recording | None = None
        self._stream = torch.cuda.Stream()

    def __call__(self, ready: Any) -> Outcome:
        """Learn from a dataclass of tensors."""
        if self._taken < TAKEN_FIRST:
            self._taken += 1
            return self._beside(ready)
        if self._recording is None:
            self._recording = _record(self._learn, ready, self._stream)
        if _forms(ready) != _forms(self._recording.ready):
            return self._learn(ready)
        return self._recording.replay(ready)

    def forget(self) -> None:
        """Give the memory of the recording free; the next call makes another."""
        self._recording = None

    def _beside(self, ready: Any) -> Outcome:
        """Learn on the stream of the recording, by which gradients are added later too."""
        current = torch.cuda.current_stream()
        self._stream.wait_stream(current)
        with torch.cuda.stream(self._stream):
            outcome = self._learn(ready)
        current.wait_stream(self._stream)
        return outcome


@dataclass(frozen=True)
class _Recording:
    """A graph, and the tensors that it reads and writes."""

    graph: torch.cuda.CUDAGraph
    ready: Any
    outcome: Outcome

    def replay(self, ready: Any) -> Outcome:
        for kept, fresh in zip(_tensors(self.ready), _tensors(ready), strict=True):
            kept.copy_(fresh)
        self.graph.replay()
        return _each(self.outcome, Tensor.clone)


def _record(learn: Learn, ready: Any, stream: torch.cuda.Stream) -> _Recording:
    """Record, which computes nothing. Other threads, such as those of a loader, may go on with the device meanwhile."""
    kept, graph = _each(ready, Tensor.clone), torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local"):
        outcome = learn(kept)
    return _Recording(graph, kept, outcome)


def _each(held: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """Change all tensors of nested dataclasses and tables."""
    if isinstance(held, Tensor):
        return change(held)
    if isinstance(held, Mapping):
        return {name: _each(value, change) for name, value in held.items()}
    if is_dataclass(held):
        return replace(held, **{field.name: _each(getattr(held, field.name), change) for field in fields(held)})
    return held


def _tensors(held: Any) -> list[Tensor]:
    """All tensors of nested dataclasses and tables, in their order."""
    found: list[Tensor] = []
    _each(held, lambda tensor: found.append(tensor) or tensor)
    return found


def _forms(held: Any) -> list[tuple[torch.Size, torch.dtype]]:
    return [(tensor.shape, tensor.dtype) for tensor in _tensors(held)]
