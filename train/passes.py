"""The passes of a micro-batch, forward and backward: as they are, or recorded as one CUDA graph and launched at once.

https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from train.stages.outcome import Outcome
from train.tensor_fields import each_tensor

Learn = Callable[[Any], Outcome]
"""Adds a micro-batch's gradients to those of the weights; returns what was lost, without a graph of its own."""
TAKEN_FIRST = 3
"""Micro-batches before the recording: in these, blocks are compiled, kernels chosen and gradients given a place."""


class Passes:
    """Learns from micro-batches.

    Attributes:
        keep_gradients: whether gradients must stay where they lie, to be set to zero between steps and not taken away.
    """

    keep_gradients = False

    def __init__(self, learn: Learn) -> None:
        self._learn = learn

    def __call__(self, ready: Any) -> Outcome:
        """Learn from what a stage made ready."""
        return self._learn(ready)

    def forget(self) -> None:
        """Give free what is kept from one to the next: nothing."""


class RecordedPasses(Passes):
    """Learns from micro-batches by a recording of how it learned from the first ones; the same kernels, to the bit.

    Weights and gradients must keep their places in memory. What a recording keeps for its backward pass is its own as
    long as it lies there; `forget` gives it free.
    """

    keep_gradients = True

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
        if _form(ready) != _form(self._recording.ready):
            return self._learn(ready)
        return self._recording.replay(ready)

    def forget(self) -> None:
        """Give the memory of the recording free; the call after the next one makes another."""
        self._recording, self._taken = None, TAKEN_FIRST - 1

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
        return each_tensor(self.outcome, Tensor.clone)


def _record(learn: Learn, ready: Any, stream: torch.cuda.Stream) -> _Recording:
    """Record, which computes nothing. Other threads, such as those of a loader, may go on with the device meanwhile."""
    kept, graph = each_tensor(ready, Tensor.clone), torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local"):
        outcome = learn(kept)
    return _Recording(graph, kept, outcome)


def _tensors(held: Any) -> list[Tensor]:
    """All tensors of nested dataclasses and tables, in their order."""
    found: list[Tensor] = []
    each_tensor(held, found.append)
    return found


def _form(held: Any) -> Any:
    """The same with sizes and types in place of tensors."""
    return each_tensor(held, lambda tensor: (tuple(tensor.shape), tensor.dtype))
