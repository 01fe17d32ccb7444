"""What a stage of training does, as typed settings that are stored with its checkpoints."""

from dataclasses import dataclass, field
from typing import Literal

from model.condition_dropout import DropRates
from model.condition_kinds import ConditionKinds
from model.edm import CosineInterpolatedSigmas, LogNormalSigmas
from model.image_noise import ImageNoise
from model.micro_conditioning import MOTION_BUCKETS
from train.errors import RecipeError
from train.example import Cut

Learns = Literal["control", "backbone", "vae"]
Target = Literal["plain", "boxed"]


@dataclass(frozen=True)
class Sigmas:
    """From which noise levels are learned: "log-normal" with mean and std of ln(sigma), or "cosine" (`model.edm`)."""

    law: Literal["log-normal", "cosine"] = "log-normal"
    mean: float = 0.7
    std: float = 1.6

    def make(self) -> LogNormalSigmas | CosineInterpolatedSigmas:
        """Return the distribution."""
        return CosineInterpolatedSigmas() if self.law == "cosine" else LogNormalSigmas(self.mean, self.std)


@dataclass(frozen=True)
class Optimiser:
    """AdamW (Loshchilov and Hutter 2019) and what is around it.

    Attributes:
        lr: at its peak, after `warmup` steps of rising evenly; then it falls as half a cosine to `last_lr` of the peak.
        clip: largest norm of all gradients together.
        ema: decay of the moving average of the weights; it begins small and grows with the steps.
        eight_bit: keep the moments in 8 bits (needs bitsandbytes and a GPU).
    """

    lr: float = 1e-5
    warmup: int = 500
    last_lr: float = 0.1
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 1e-2
    clip: float = 1.0
    ema: float = 0.9999
    eight_bit: bool = False


@dataclass(frozen=True)
class Recipe:
    """A stage of training.

    Attributes:
        name: of the stage; its figures in logs carry it.
        learns: "control", the ControlNet beside the frozen backbone; "backbone", the UNet alone; "vae".
        target: "boxed" has the 3-D boxes drawn into the videos that are learned.
        camera: whether the camera's motion is told where it is known.
        conditions: in which form a fresh ControlNet is told its conditions, and a given one must be; None for as it is.
        steps: of the optimiser.
        batch: clips in a step, all processes and accumulation together.
        cut: how examples are taken out of clips.
        window: clips that are shuffled among each other.
        jitter: brightness, contrast and saturation are changed by up to this share, 0 to leave them; not for the VAE.
        frame_weight: of the loss of single frames, 0 to leave it out.
        motion_bucket: what SVD is told of the amount of motion; sampling tells the same.
        checkpointing: compute activations twice and keep less of them.
    """

    name: str = "plain"
    learns: Learns = "control"
    target: Target = "plain"
    camera: bool = False
    conditions: ConditionKinds | None = None
    steps: int = 10_000
    batch: int = 8
    cut: Cut = field(default_factory=Cut)
    window: int = 1024
    jitter: float = 0.0
    sigmas: Sigmas = field(default_factory=Sigmas)
    image_noise: ImageNoise = field(default_factory=ImageNoise)
    drop: DropRates = field(default_factory=DropRates)
    frame_weight: float = 1.0
    motion_bucket: float = 127.0
    optimiser: Optimiser = field(default_factory=Optimiser)
    checkpointing: bool = False

    def __post_init__(self) -> None:
        least = 1 if self.learns == "vae" else 2
        for name, found, good, wanted in (
            ("steps", self.steps, self.steps >= 1, "1 or more"),
            ("batch", self.batch, self.batch >= 1, "1 or more"),
            ("cut.frames", self.cut.frames, self.cut.frames >= least, f"{least} or more"),
            ("cut.most_objects", self.cut.most_objects, self.cut.most_objects >= 1, "1 or more"),
            ("cut.mirror", self.cut.mirror, 0 <= self.cut.mirror <= 1, "a share, 0 to 1"),
            ("window", self.window, self.window >= 1, "1 or more"),
            ("jitter", self.jitter, 0 <= self.jitter < 1, "a share, 0 up to 1"),
            ("frame_weight", self.frame_weight, self.frame_weight >= 0, "0 or more"),
            ("motion_bucket", self.motion_bucket, 0 <= self.motion_bucket < MOTION_BUCKETS, "0 to 255"),
            ("optimiser.lr", self.optimiser.lr, self.optimiser.lr > 0, "over 0"),
            ("optimiser.warmup", self.optimiser.warmup, self.optimiser.warmup >= 0, "0 or more"),
            ("optimiser.ema", self.optimiser.ema, 0 <= self.optimiser.ema < 1, "0 up to 1"),
            ("optimiser.clip", self.optimiser.clip, self.optimiser.clip > 0, "over 0"),
        ):
            if not good:
                raise RecipeError(f"{name} of the recipe {self.name} is {found}; it should be {wanted}")
