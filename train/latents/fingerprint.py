"""What latents hang on, as a hash: the weights that made them and what was done to the pictures before."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor, nn

from dataset_tools.drawing import RIM_OPACITY, RIM_WIDTH, SHADOW, object_colour
from model.image_noise import ImageNoise

if TYPE_CHECKING:
    from model.pipeline import TrajectoryVideoPipeline

Target = Literal["plain", "boxed"]
TARGETS: tuple[Target, ...] = ("plain", "boxed")
VERSION = 2
"""Of what `encode` computes; raised when it computes something else. The second has objects' axes among the labels."""
BOXES_VERSION = 1
"""Of the picture that `model.box_overlay.draw_boxes` draws; raised with the picture."""
HASH_LENGTH = 16

_VAE = ("block_out_channels", "down_block_types", "force_upcast", "in_channels", "latent_channels", "layers_per_block",
        "scaling_factor")  # fmt: skip
_CLIP = ("hidden_act", "hidden_size", "image_size", "intermediate_size", "layer_norm_eps", "num_attention_heads",
         "num_channels", "num_hidden_layers", "patch_size", "projection_dim")  # fmt: skip
_PICTURE = ("image_mean", "image_std")


@dataclass(frozen=True)
class Network:
    """A network's weights as a hash, and of its configuration what its output hangs on."""

    sha256: str
    config: Mapping[str, Any]


@dataclass(frozen=True)
class ModelPrint:
    """The networks that make latents; `image_encoder` is None where a model has none."""

    vae: Network
    image_encoder: Network | None

    def __str__(self) -> str:
        encoder = f", image encoder {self.image_encoder.sha256[:8]}" if self.image_encoder else ""
        return f"VAE {self.vae.sha256[:8]}{encoder}"


@dataclass(frozen=True)
class Preprocessing:
    """All else that decides the numbers in a cache.

    Attributes:
        width, height: of the videos, in pixels.
        targets: the videos whose moments are kept, as they are and with boxes drawn in.
        most_objects: objects whose boxes are drawn and whose labels are kept.
        noise: the law of the strength of the noise on condition images.
        seed: decides strengths and noise, with a clip's key and a frame's number.
        dtype: of the weights when they are used.
    """

    width: int
    height: int
    targets: tuple[Target, ...] = TARGETS
    most_objects: int = 3
    noise: ImageNoise = ImageNoise()
    seed: int = 0
    dtype: str = "float32"

    def table(self) -> dict[str, Any]:
        """All of it in JSON's types, with what the code itself decides."""
        table = asdict(self) | {"targets": list(self.targets), "version": VERSION}
        if "boxed" in self.targets:
            colours = [list(object_colour(n)) for n in range(self.most_objects)]
            rim = {"rim": list(SHADOW), "rim_width": RIM_WIDTH, "rim_opacity": RIM_OPACITY}
            table["boxes"] = {"version": BOXES_VERSION, "colours": colours, **rim}
        return table


def fingerprint(pipeline: "TrajectoryVideoPipeline") -> ModelPrint:
    """Return what tells a pipeline's latents from another's.

    Of the VAE only the encoder counts. Weights are hashed rounded to bfloat16, so that a model is the same in
    whatever type it was loaded.
    """
    vae, encoder, extractor = pipeline.vae, pipeline.image_encoder, pipeline.feature_extractor
    encoding = [("encoder.", vae.encoder), ("quant_conv.", getattr(vae, "quant_conv", None))]
    weights = [(before + name, value) for before, part in encoding if part for name, value in _weights(part)]
    network = Network(_hash(weights), _taken(vae.config, _VAE))
    if encoder is None:
        return ModelPrint(network, None)
    config = _taken(encoder.config.to_dict(), _CLIP) | {name: list(getattr(extractor, name)) for name in _PICTURE}
    return ModelPrint(network, Network(_hash(_weights(encoder)), config))


def cache_hash(model: ModelPrint, preprocessing: Preprocessing) -> str:
    """Return the name of the cache's folder."""
    said = json.dumps({"model": asdict(model), "preprocessing": preprocessing.table()}, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:HASH_LENGTH]


def _taken(config: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Some of a configuration, in JSON's types."""
    return json.loads(json.dumps({name: config.get(name) for name in names}))


def _weights(module: nn.Module) -> list[tuple[str, Tensor]]:
    return sorted(module.state_dict().items())


def _hash(weights: Iterable[tuple[str, Tensor]]) -> str:
    digest = hashlib.sha256()
    for name, value in weights:
        value = value.detach().to("cpu", torch.bfloat16 if value.is_floating_point() else value.dtype).contiguous()
        digest.update(f"{name} {tuple(value.shape)}\n".encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()
