"""The passes of a micro-batch, forward and backward: as they are, or recorded as a CUDA graph and launched at once.

https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from train.stages.outcome import Outcome
from train.tensor_fields import each_tensor

Learn = Callable[[Any], Outcome]
"""Adds a micro-batch's gradients to those of the weights; returns what was lost, without a graph of its own."""
TAKEN_FIRST = 3
"""Micro-batches before the recordings, and the rest of their step: in these, blocks are compiled and kernels chosen."""


class Passes:
    """Learns from micro-batches; gradients of weights are added up from the first of a step on."""

    def __init__(self, learn: Learn, weights: Iterable[nn.Parameter]) -> None:
        self._learn, self._weights = learn, list(weights)

    def __call__(self, ready: Any, first: bool) -> Outcome:
        """Learn from what a stage made ready, as the first of a step or as one that follows."""
        if first:
            self.forget()
        return self._learn(ready)

    def forget(self) -> None:
        """Give free what is kept from one to the next: the gradients."""
        self._place([None] * len(self._weights))

    def _place(self, gradients: Iterable[Tensor | None]) -> None:
        for weight, gradient in zip(self._weights, gradients, strict=True):
            weight.grad = gradient


class RecordedPasses(Passes):
    """Learns from micro-batches by a recording of how it learned from the first ones; the same kernels, to the bit.

    A step's first micro-batch and those that follow have recordings of their own: one writes gradients where the other
    adds to them. Weights must keep their places in memory. What a recording keeps for its backward pass is its own as
    long as it lies there; `forget` gives it free.
    """

    def __init__(self, learn: Learn, weights: Iterable[nn.Parameter]) -> None:
        super().__init__(learn, weights)
        self._taken = 0
        self._recordings: dict[bool, _Recording] = {}
        self._replays = False
        self._stream = torch.cuda.Stream()

    def __call__(self, ready: Any, first: bool) -> Outcome:
        """Learn from a dataclass of tensors."""
        if first:
            super().forget()
            self._replays = self._taken >= TAKEN_FIRST
        form = _form(self._recordings[True].ready) if self._recordings else None
        if not self._replays or form not in (None, _form(ready)):
            self._taken, self._replays = self._taken + 1, False
            return self._beside(ready)
        recorded = self._recordings.get(first) or self._record(ready, first)
        self._place(recorded.gradients)
        return recorded.replay(ready)

    def forget(self) -> None:
        """Give the memory of gradients and recordings free, between steps; after one more, others are made."""
        super().forget()
        self._recordings, self._taken, self._replays = {}, min(self._taken, TAKEN_FIRST - 1), False

    def _beside(self, ready: Any) -> Outcome:
        """Learn on the stream of the recordings, by which gradients are added later too."""
        current = torch.cuda.current_stream()
        self._stream.wait_stream(current)
        with torch.cuda.stream(self._stream):
            outcome = self._learn(ready)
        current.wait_stream(self._stream)
        return outcome

    def _record(self, ready: Any, first: bool) -> "_Recording":
        """Record, which computes nothing. Other threads, such as a loader's, may go on with the device meanwhile."""
        kept, graph = each_tensor(ready, Tensor.clone), torch.cuda.CUDAGraph()
        pool = None if first else self._recordings[True].graph.pool()
        with torch.cuda.graph(graph, pool, self._stream, capture_error_mode="thread_local"):
            outcome = self._learn(kept)
        recording = _Recording(graph, kept, outcome, [weight.grad for weight in self._weights])
        self._recordings[first] = recording
        return recording


@dataclass(frozen=True)
class _Recording:
    """A graph, the tensors that it reads and writes, and where it leaves the weights' gradients."""

    graph: torch.cuda.CUDAGraph
    ready: Any
    outcome: Outcome
    gradients: list[Tensor | None]

    def replay(self, ready: Any) -> Outcome:
        for kept, fresh in zip(_tensors(self.ready), _tensors(ready), strict=True):
            kept.copy_(fresh)
        self.graph.replay()
        return each_tensor(self.outcome, Tensor.clone)


def _tensors(held: Any) -> list[Tensor]:
    """All tensors of nested dataclasses and tables, in their order."""
    found: list[Tensor] = []
    each_tensor(held, found.append)
    return found


def _form(held: Any) -> Any:
    """The same with sizes and types in place of tensors."""
    return each_tensor(held, lambda tensor: (tuple(tensor.shape), tensor.dtype))
