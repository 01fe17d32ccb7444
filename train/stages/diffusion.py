"""Learning to denoise: the ControlNet beside a frozen backbone, or the backbone by itself."""

from typing import Self

from torch import nn

from model.controlnet import TrajectoryControlNet
from model.losses import training_losses
from model.unet import TrajectoryUNet
from train.draws import Draws
from train.loader import Batch
from train.stages.outcome import Outcome
from train.stages.ready import Preparation, Ready


class DiffusionStage(nn.Module):
    """The networks as one module, so that wrappers such as DDP see one call a step."""

    def __init__(self, unet: TrajectoryUNet, controlnet: TrajectoryControlNet | None, preparation: Preparation) -> None:
        super().__init__()
        self.unet, self.controlnet, self._preparation = unet, controlnet, preparation
        if controlnet is not None:
            unet.requires_grad_(False)
        self.train()

    def train(self, mode: bool = True) -> Self:
        """Set the mode of what learns; a frozen backbone stays as it is in sampling."""
        super().train(mode)
        if self.controlnet is not None:
            self.unet.eval()
        return self

    def prepare(self, batch: Batch, draws: Draws | None = None) -> Ready:
        """Make a batch that lies on the device ready; `draws` are by the recipe where they are not given."""
        return self._preparation(batch, draws)

    def forward(self, ready: Ready) -> Outcome:
        """Return the losses of the video and, where they count, of single frames."""
        weight = self._preparation.recipe.frame_weight
        losses = training_losses(self.unet, self.controlnet, ready.clean, ready.drawn, ready.conditions, weight > 0)
        parts = {"video": losses.video.detach()}
        total = losses.video
        if losses.frame is not None:
            parts["frame"] = losses.frame.detach()
            total = total + weight * losses.frame
        return Outcome(total, parts, ready.drawn.sigma)

    def trained(self) -> dict[str, nn.Parameter]:
        """Return what learns, by name."""
        learns = self.unet if self.controlnet is None else self.controlnet
        return {name: weights for name, weights in learns.named_parameters() if weights.requires_grad}
