"""Attention among the frames of each place: many sequences, each of them shorter than a tile of the usual kernels.

One program takes one head at one place: its queries, keys and values are read where they lie, once, and no scores are
written, neither on the way there nor on the way back.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

from model.fast.kernels import MOST_FRAMES


def run_forward(seen: Tensor, said: Tensor, heads: int, scale: float) -> None:
    """Write what `attention_in_time` says (B,T,hw,heads*d) of queries, keys and values (B,T,hw,3*heads*d)."""
    programs, sizes = _programs(said, heads)
    with torch.cuda.device_of(seen):
        _attention_in_time_forward[programs](seen, said, scale, **sizes)


def run_backward(gradient: Tensor, seen: Tensor, for_seen: Tensor, heads: int, scale: float) -> None:
    """Write the gradients of queries, keys and values (B,T,hw,3*heads*d) for the output's (B,T,hw,heads*d)."""
    programs, sizes = _programs(gradient, heads)
    with torch.cuda.device_of(seen):
        _attention_in_time_backward[programs](gradient, seen, for_seen, scale, **sizes)


def _programs(film: Tensor, heads: int) -> tuple[tuple[int], dict[str, int]]:
    """How many programs there are, and the sizes that they are made for."""
    batch, frames, places, channels = film.shape
    if channels % heads:
        raise ValueError(f"{channels} channels cannot be {heads} heads of equal width")
    if frames > MOST_FRAMES:
        raise ValueError(f"a program holds the scores of {MOST_FRAMES} frames at most, not of {frames}")
    width, rows = channels // heads, max(16, triton.next_power_of_2(frames))  # 16 is the smallest product's size
    sizes = {"PLACES": places, "HEADS": heads, "FRAMES": frames, "WIDTH": width}
    tiles = {"ROWS": rows, "COLUMNS": max(16, triton.next_power_of_2(width)), "num_warps": rows // 16}
    return (batch * places * heads,), sizes | tiles


@triton.jit
def _where(PLACES: tl.constexpr, HEADS: tl.constexpr, FRAMES: tl.constexpr, WIDTH: tl.constexpr, ROWS: tl.constexpr,
           COLUMNS: tl.constexpr):  # fmt: skip
    """Where this program's rows lie in the output and among queries, and which entries of them there are."""
    number = tl.program_id(0).to(tl.int64)
    head, place, film = number % HEADS, number // HEADS % PLACES, number // HEADS // PLACES
    row, column = tl.arange(0, ROWS)[:, None], head * WIDTH + tl.arange(0, COLUMNS)[None, :]
    start = ((film * FRAMES + row) * PLACES + place) * (HEADS * WIDTH)
    there = (row < FRAMES) & (tl.arange(0, COLUMNS)[None, :] < WIDTH)
    return start + column, 3 * start + column, there


@triton.jit
def _read(seen, at, there, APART: tl.constexpr):
    """Queries, keys and values."""
    queries, keys = tl.load(seen + at, mask=there, other=0.0), tl.load(seen + APART + at, mask=there, other=0.0)
    return queries, keys, tl.load(seen + 2 * APART + at, mask=there, other=0.0)


@triton.jit
def _shares(query, key, scale, FRAMES: tl.constexpr, ROWS: tl.constexpr):
    """What each frame takes of each, (ROWS,ROWS) float32."""
    scores = tl.dot(query, tl.trans(key), input_precision="ieee") * scale
    scores = tl.where(tl.arange(0, ROWS)[None, :] < FRAMES, scores, float("-inf"))
    parts = tl.exp(scores - tl.max(scores, axis=1)[:, None])
    return parts / tl.sum(parts, axis=1)[:, None]


@triton.jit
def _attention_in_time_forward(seen, said, scale, PLACES: tl.constexpr, HEADS: tl.constexpr, FRAMES: tl.constexpr,
                               WIDTH: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr):  # fmt: skip
    out, at, there = _where(PLACES, HEADS, FRAMES, WIDTH, ROWS, COLUMNS)
    queries, keys, values = _read(seen, at, there, HEADS * WIDTH)
    shares = _shares(queries, keys, scale, FRAMES, ROWS)
    tl.store(said + out, tl.dot(shares.to(values.dtype), values, input_precision="ieee"), mask=there)


@triton.jit
def _attention_in_time_backward(gradient, seen, for_seen, scale, PLACES: tl.constexpr, HEADS: tl.constexpr,
                                FRAMES: tl.constexpr, WIDTH: tl.constexpr, ROWS: tl.constexpr,
                                COLUMNS: tl.constexpr):  # fmt: skip
    out, at, there = _where(PLACES, HEADS, FRAMES, WIDTH, ROWS, COLUMNS)
    queries, keys, values = _read(seen, at, there, HEADS * WIDTH)
    gradients = tl.load(gradient + out, mask=there, other=0.0)
    shares = _shares(queries, keys, scale, FRAMES, ROWS)
    of_shares = tl.dot(gradients, tl.trans(values), input_precision="ieee")
    of_scores = shares * (of_shares - tl.sum(shares * of_shares, axis=1)[:, None]) * scale
    short, of_scores = shares.to(values.dtype), of_scores.to(values.dtype)
    tl.store(for_seen + at, tl.dot(of_scores, keys, input_precision="ieee"), mask=there)
    at += HEADS * WIDTH
    tl.store(for_seen + at, tl.dot(tl.trans(of_scores), queries, input_precision="ieee"), mask=there)
    at += HEADS * WIDTH
    tl.store(for_seen + at, tl.dot(tl.trans(short), gradients, input_precision="ieee"), mask=there)
