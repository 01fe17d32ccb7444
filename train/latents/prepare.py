"""A clip made ready to be encoded: all that can be done beside the device, by threads that work ahead."""

import hashlib
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor

from dataset_tools.clip import Clip
from dataset_tools.errors import FormatError
from dataset_tools.reader import Dataset
from model.image_noise import ImageNoise, noisy_images
from train.colours import in_colours
from train.encoders import clip_pictures, to_pixels
from train.example import LABEL_ARRAYS, Labels, read_example
from train.latents.fingerprint import Preprocessing


@dataclass(frozen=True)
class Prepared:
    """A clip of T frames.

    Attributes:
        video: (T,3,H,W) u8.
        noisy: (T,3,H,W) float32, its frames in [-1, 1] with noise.
        noise_strength: (T,) float32.
        pictures: (T,3,224,224) float32 in [0, 1] for the image encoder, None where there is none.
        labels: of its first objects.
    """

    key: str
    video: Tensor
    noisy: Tensor
    noise_strength: Tensor
    pictures: Tensor | None
    labels: Labels


def prepare(clip: Clip, preprocessing: Preprocessing, pictures: bool) -> Prepared:
    """Read a clip. Raises FormatError for one that is damaged, lacks a label or is of another size."""
    clip.require("center_px", *(["box_corners_px"] if "boxed" in preprocessing.targets else []))
    example = read_example(clip, 0, clip.labels["center_px"].shape[0], preprocessing.most_objects, colours=False)
    if example.size != (preprocessing.height, preprocessing.width):
        height, width = example.size
        raise FormatError(f"its video is {width}x{height}; {preprocessing.width}x{preprocessing.height} was expected")
    video = in_colours(example)
    noisy, strength = noisy_frames(video, clip.key, preprocessing.noise, preprocessing.seed)
    labels = Labels(**{name: getattr(example, name) for name in (*LABEL_ARRAYS, "fps")})
    return Prepared(clip.key, video, noisy, strength, _for_clip(video) if pictures else None, labels)


def noisy_frames(video: Tensor, key: str, noise: ImageNoise, seed: int) -> tuple[Tensor, Tensor]:
    """Return a clip's frames in [-1, 1] with noise, and its strengths (T,): one draw by seed, key and frame number.

    Args:
        video: (T,3,H,W) in 0..255.
    """
    strengths, frames = [], []
    for number, frame in enumerate(to_pixels(video)):
        digest = hashlib.sha256(f"condition image {seed} {key} {number}".encode()).digest()
        generator = torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)
        strengths.append(noise.sample(1, generator))
        frames.append(noisy_images(frame[None], strengths[-1], generator))
    return torch.cat(frames), torch.cat(strengths)


def _for_clip(video: Tensor) -> Tensor:
    """A frame at a time, so that none hangs on how many there are."""
    return torch.cat([clip_pictures(to_pixels(frame[None])) for frame in video])


def prepare_all(
    dataset: Dataset, places: Sequence[int], preprocessing: Preprocessing, pictures: bool, workers: int
) -> Iterator[Prepared]:
    """Yield the clips at `places`, in order, prepared by `workers` threads; at most that many wait.

    Threads, not processes: what takes time leaves Python's lock, and a clip is 100 MB to pass on.
    Raises FormatError with a clip's name.
    """

    def one(place: int) -> Prepared:
        clip = dataset[place]
        try:
            return prepare(clip, preprocessing, pictures)
        except (FormatError, OSError) as error:
            raise FormatError(f"{dataset.shard_url(clip.shard)}, clip {clip.key}: {error}") from error

    if workers == 0:
        yield from map(one, places)
        return
    with ThreadPoolExecutor(workers) as pool:
        line = iter(places)
        waiting = deque(pool.submit(one, place) for place in islice(line, workers))
        try:
            while waiting:
                found = waiting.popleft().result()
                waiting.extend(pool.submit(one, place) for place in islice(line, 1))
                yield found
        finally:
            pool.shutdown(cancel_futures=True)
