"""A clip's latents, as training and sampling without a cache compute them."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dataset_tools.drawing import object_colour
from dataset_tools.errors import PoseTrajError
from model.box_overlay import draw_boxes
from model.pipeline import TrajectoryVideoPipeline
from train.encoders import Encoders, latent_mean, to_pixels
from train.latents.fingerprint import Preprocessing
from train.latents.labels import pack
from train.latents.prepare import Prepared

HALF = np.float16


def members_of(preprocessing: Preprocessing, image_encoder: bool) -> tuple[str, ...]:
    """The members of each clip in a cache, in the order in which they lie in a shard."""
    embedding = ("embedding.npy",) if image_encoder else ()
    targets = tuple(f"{target}.npy" for target in preprocessing.targets)
    return (*targets, "image.npy", "noise_strength.npy", *embedding, "labels.npy")


class Encoder:
    """The encoders of a pipeline on a device; `batch` frames are encoded at once, each as if it were alone."""

    def __init__(
        self, pipeline: TrajectoryVideoPipeline, preprocessing: Preprocessing, device: torch.device, batch: int
    ) -> None:
        self._preprocessing, self._device, self._batch = preprocessing, device, batch
        side = pipeline.vae_scale_factor
        if preprocessing.width % side or preprocessing.height % side:
            raise PoseTrajError(
                f"the videos are {preprocessing.width}x{preprocessing.height}; the VAE takes multiples of {side}, "
                f"make the dataset in such a size"
            )
        pipeline.vae.to(device)
        if pipeline.vae.dtype == torch.float16 and pipeline.vae.config.force_upcast:
            pipeline.vae.to(torch.float32)
        if pipeline.image_encoder is not None:
            pipeline.image_encoder.to(device)
        self._encoders = Encoders(pipeline.vae, pipeline.image_encoder, pipeline.feature_extractor, batch)

    @property
    def has_image_encoder(self) -> bool:
        """Whether clips get embeddings."""
        return self._encoders.image_encoder is not None

    @property
    def members(self) -> tuple[str, ...]:
        """What `encode` gives for each clip, in order."""
        return members_of(self._preprocessing, self.has_image_encoder)

    @torch.no_grad()
    def encode(self, clip: Prepared) -> dict[str, NDArray[np.floating]]:
        """Return the arrays of a clip by member name. Raises PoseTrajError where they are not finite in float16."""
        found = {f"{target}.npy": self._moments(clip, target == "boxed") for target in self._preprocessing.targets}
        found["image.npy"] = self._chunks(len(clip.video), lambda cut: self._image(clip.noisy[cut]))
        if clip.pictures is not None:
            found["embedding.npy"] = self._chunks(len(clip.video), lambda cut: self._embedding(clip.pictures[cut]))
        for name, array in found.items():
            if not np.isfinite(array).all():
                raise PoseTrajError(
                    f"clip {clip.key} has no {name} in float16: the model gave numbers that are too large or none in "
                    f"{self._preprocessing.dtype}; try --dtype float32"
                )
        found["noise_strength.npy"] = clip.noise_strength.numpy()
        found["labels.npy"] = pack(clip.labels)
        return {name: found[name] for name in self.members}

    def _moments(self, clip: Prepared, boxed: bool) -> NDArray[np.float16]:
        def chunk(cut: slice) -> Tensor:
            video = clip.video[cut].to(self._device)
            return self._encoders.moments(to_pixels(self._with_boxes(video, clip, cut) if boxed else video))

        return self._chunks(len(clip.video), chunk)

    def _with_boxes(self, video: Tensor, clip: Prepared, cut: slice) -> Tensor:
        labels = clip.labels
        corners, depth, objects = (
            torch.from_numpy(array)[None].to(self._device)
            for array in (labels.corners_px[cut], labels.depth[cut], labels.objects)
        )
        colours = [object_colour(n) for n in range(self._preprocessing.most_objects)]
        return draw_boxes(video[None], corners, depth, colours, objects)[0]

    def _image(self, noisy: Tensor) -> Tensor:
        return latent_mean(self._encoders.moments(noisy.to(self._device)))

    def _embedding(self, pictures: Tensor) -> Tensor:
        return self._encoders.embedded(pictures.to(self._device))

    def _chunks(self, frames: int, work: Callable[[slice], Tensor]) -> NDArray[np.float16]:
        """Work through the frames, `batch` at a time."""
        ends = [*range(0, frames, self._batch), frames]
        parts = [work(slice(start, end)).cpu().float().numpy() for start, end in pairwise(ends)]
        with np.errstate(over="ignore"):
            return np.concatenate(parts).astype(HALF)
