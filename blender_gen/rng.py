"""Random generators that are pure functions of a seed and a name: no draw depends on what ran before it."""

import hashlib
from collections.abc import Mapping

import numpy as np

GOLDEN_RATIO = (5**0.5 - 1) / 2


def generator(seed: int, *stream: str | int) -> np.random.Generator:
    """Return the generator of one named stream of draws.

    Args:
        seed: the dataset's seed, any integer.
        stream: what the draws are for, such as ``("clip", 17, "camera", attempt)``.
    """
    name = "/".join(str(part) for part in (seed, *stream))
    digest = hashlib.blake2b(name.encode(), digest_size=32).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "little")))


def weighted_choice(rng: np.random.Generator, weights: Mapping[str, float]) -> str:
    """Draw one of `weights`' keys; their order does not matter, and at least one weight is above 0."""
    names = sorted(name for name, weight in weights.items() if weight > 0)
    shares = np.array([weights[name] for name in names], dtype=np.float64)
    return str(rng.choice(names, p=shares / shares.sum()))


def stratified_choice(seed: int, factor: str, index: int, weights: dict[str, float], block: int = 20) -> str:
    """Choose one of `weights`' keys for draw number `index`, so that every `block` draws follow the weights.

    Systematic sampling: inside each block the quantiles (k + u) / block are dealt out in a random order. From block to
    block u moves on by the golden ratio, so that shares finer than 1 / block are kept over the blocks.

    Args:
        weights: option -> weight, at least one of them positive, in any order.
    """
    options = sorted(name for name, weight in weights.items() if weight > 0)
    cumulative = np.cumsum([weights[name] for name in options], dtype=np.float64)
    number, place = divmod(index, block)
    order = generator(seed, factor, "block", number).permutation(block)
    offset = (generator(seed, factor, "offset").random() + number * GOLDEN_RATIO) % 1.0
    quantile = (order[place] + offset) / block
    return options[int(np.searchsorted(cumulative / cumulative[-1], quantile, side="right"))]
