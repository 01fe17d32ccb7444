"""Latents of made clips without a VAE: random numbers in the shapes of Stable Video Diffusion's, in a real cache."""

import numpy as np
from numpy.typing import NDArray

from dataset_tools.reader import Dataset
from model.latent_size import PIXELS_PER_LATENT
from train.latents.encode import members_of
from train.latents.fingerprint import ModelPrint, Network, Preprocessing
from train.latents.labels import pack
from train.latents.prepare import Prepared
from train.latents.read import LatentCache
from train.latents.write import write_cache

CHANNELS, EMBEDDING = 4, 1024
MODEL = ModelPrint(Network("0" * 64, {"random": True}), None)


def make_latents(dataset: Dataset, embedding: int = EMBEDDING) -> LatentCache:
    """Write a cache of random latents into a dataset and return it."""
    preprocessing = Preprocessing(dataset.manifest.width, dataset.manifest.height)
    made = write_cache(dataset, MODEL, preprocessing, RandomEncoder(preprocessing, embedding))
    return LatentCache(dataset, made.record.hash)


class RandomEncoder:
    """Stands where `train.latents.encode.Encoder` does."""

    has_image_encoder = False  # so that no pictures are made for one

    def __init__(self, preprocessing: Preprocessing, embedding: int) -> None:
        self.members = members_of(preprocessing, image_encoder=True)
        self._embedding, self._targets = embedding, preprocessing.targets

    def encode(self, clip: Prepared) -> dict[str, NDArray[np.floating]]:
        """Return arrays of the right shapes by member name."""
        rng = np.random.default_rng(int(clip.key))
        frames, _, height, width = clip.video.shape
        grid = (height // PIXELS_PER_LATENT, width // PIXELS_PER_LATENT)

        def normal(*shape: int) -> NDArray[np.float16]:
            return rng.standard_normal(shape, np.float32).astype(np.float16)

        found = {f"{target}.npy": normal(frames, 2 * CHANNELS, *grid) for target in self._targets}
        found |= {"image.npy": normal(frames, CHANNELS, *grid), "embedding.npy": normal(frames, self._embedding)}
        found |= {"noise_strength.npy": clip.noise_strength.numpy(), "labels.npy": pack(clip.labels)}
        return {name: found[name] for name in self.members}
