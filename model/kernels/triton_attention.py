"""Attention among the frames of each place: many sequences, each of them shorter than a tile of the usual kernels.

One program takes one head at one place: its queries, keys and values are read where they lie, once, and no scores are
written, neither on the way there nor on the way back.
"""

from collections.abc import Sequence

import torch
import triton
import triton.language as tl
from torch import Tensor

from model.kernels import MOST_FRAMES


def run_forward(query: Tensor, key: Tensor, value: Tensor, said: Tensor, heads: int, scale: float) -> None:
    """Write what `attention_in_time` says; all are (B,T,hw,heads*d) and lie in a row."""
    programs, sizes = _programs(query, heads)
    with torch.cuda.device_of(query):
        _attention_in_time_forward[programs](query, key, value, said, scale, **sizes)


def run_backward(
    gradient: Tensor, query: Tensor, key: Tensor, value: Tensor, found: Sequence[Tensor], heads: int, scale: float
) -> None:
    """Write the gradients of queries, keys and values; all are (B,T,hw,heads*d) and lie in a row."""
    programs, sizes = _programs(query, heads)
    with torch.cuda.device_of(query):
        _attention_in_time_backward[programs](gradient, query, key, value, *found, scale, **sizes)


def _programs(film: Tensor, heads: int) -> tuple[tuple[int], dict[str, int]]:
    """How many programs there are, and the sizes that they are made for."""
    batch, frames, places, channels = film.shape
    if frames > MOST_FRAMES:
        raise ValueError(f"a program holds the scores of {MOST_FRAMES} frames at most, not of {frames}")
    width, rows = channels // heads, max(16, triton.next_power_of_2(frames))  # 16 is the smallest product's size
    sizes = {"PLACES": places, "HEADS": heads, "FRAMES": frames, "WIDTH": width}
    tiles = {"ROWS": rows, "COLUMNS": max(16, triton.next_power_of_2(width)), "num_warps": rows // 16}
    return (batch * places * heads,), sizes | tiles


@triton.jit
def _where(PLACES: tl.constexpr, HEADS: tl.constexpr, FRAMES: tl.constexpr, WIDTH: tl.constexpr, ROWS: tl.constexpr,
           COLUMNS: tl.constexpr):  # fmt: skip
    """Where this program's rows lie, and which entries of them there are."""
    number = tl.program_id(0).to(tl.int64)
    head, place, film = number % HEADS, number // HEADS % PLACES, number // HEADS // PLACES
    row, column = tl.arange(0, ROWS)[:, None], tl.arange(0, COLUMNS)[None, :]
    at = ((film * FRAMES + row) * PLACES + place) * (HEADS * WIDTH) + head * WIDTH + column
    return at, (row < FRAMES) & (column < WIDTH)


@triton.jit
def _shares(query, key, scale, FRAMES: tl.constexpr, ROWS: tl.constexpr):
    """What each frame takes of each, (ROWS,ROWS) float32."""
    scores = tl.dot(query, tl.trans(key), input_precision="ieee") * scale
    scores = tl.where(tl.arange(0, ROWS)[None, :] < FRAMES, scores, float("-inf"))
    parts = tl.exp(scores - tl.max(scores, axis=1)[:, None])
    return parts / tl.sum(parts, axis=1)[:, None]


@triton.jit
def _attention_in_time_forward(query, key, value, said, scale, PLACES: tl.constexpr, HEADS: tl.constexpr,
                               FRAMES: tl.constexpr, WIDTH: tl.constexpr, ROWS: tl.constexpr,
                               COLUMNS: tl.constexpr):  # fmt: skip
    at, there = _where(PLACES, HEADS, FRAMES, WIDTH, ROWS, COLUMNS)
    queries, keys = tl.load(query + at, mask=there, other=0.0), tl.load(key + at, mask=there, other=0.0)
    values = tl.load(value + at, mask=there, other=0.0)
    shares = _shares(queries, keys, scale, FRAMES, ROWS)
    tl.store(said + at, tl.dot(shares.to(values.dtype), values, input_precision="ieee"), mask=there)


@triton.jit
def _attention_in_time_backward(gradient, query, key, value, for_query, for_key, for_value, scale, PLACES: tl.constexpr,
                                HEADS: tl.constexpr, FRAMES: tl.constexpr, WIDTH: tl.constexpr, ROWS: tl.constexpr,
                                COLUMNS: tl.constexpr):  # fmt: skip
    at, there = _where(PLACES, HEADS, FRAMES, WIDTH, ROWS, COLUMNS)
    queries, keys = tl.load(query + at, mask=there, other=0.0), tl.load(key + at, mask=there, other=0.0)
    values, gradients = tl.load(value + at, mask=there, other=0.0), tl.load(gradient + at, mask=there, other=0.0)
    shares = _shares(queries, keys, scale, FRAMES, ROWS)
    of_shares = tl.dot(gradients, tl.trans(values), input_precision="ieee")
    of_scores = shares * (of_shares - tl.sum(shares * of_shares, axis=1)[:, None]) * scale
    short, of_scores = shares.to(values.dtype), of_scores.to(values.dtype)
    tl.store(for_value + at, tl.dot(tl.trans(short), gradients, input_precision="ieee"), mask=there)
    tl.store(for_query + at, tl.dot(of_scores, keys, input_precision="ieee"), mask=there)
    tl.store(for_key + at, tl.dot(tl.trans(of_scores), queries, input_precision="ieee"), mask=there)
