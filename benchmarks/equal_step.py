"""How far loss and gradient of the fast step are from those of the plain one in float32, beside what bf16 alone does.

One batch, the same weights and draws: the plain blocks in float32 and under autocast, a clip at a time, and the blocks
in the fast layout under autocast, all clips at once, twice; on a GPU compiled and replayed from recordings, of which
the second adds to the gradients of the first, as in training. The last may be as far from the plain one in float32 as
the plain one in bf16 is. The frozen backbone's weights are in bf16 or, in the first, the same numbers in float32.

    python benchmarks/equal_step.py            # the full size, on a GPU with 80 GB
    python benchmarks/equal_step.py --quick    # `tiny`, on the processor, not compiled
"""

from dataclasses import dataclass, fields, replace

import torch
import tyro
from torch import Tensor, nn

from model.conditions import Conditions
from model.controlnet import TrajectoryControlNet
from model.fast.compiled import compile_blocks
from model.fast.layout import use_fast_layout
from model.fresh import first_weights
from model.losses import Drawn, training_losses
from model.one_token import use_one_token_attention
from model.presets import PRESETS
from model.unet import TrajectoryUNet
from train.by_trial import convolutions_by_trial
from train.passes import TAKEN_FIRST, Passes, RecordedPasses
from train.stages.outcome import Outcome
from train.stages.ready import Ready


@dataclass(frozen=True)
class Arguments:
    """What is compared."""

    quick: bool = False
    """`tiny` on the processor."""
    batch: int = 4
    """Clips in the batch; what `train_step.py` compiled for as many is used again."""


def main(arguments: Arguments) -> None:
    """Compare and print."""
    device = torch.device("cpu" if arguments.quick else "cuda")
    preset, frames, grid = ("tiny", 3, (8, 12)) if arguments.quick else ("svd", 14, (40, 72))
    with first_weights(0), device:
        unet = PRESETS[preset].make_unet().requires_grad_(False).to(device)
        controlnet = PRESETS[preset].make_controlnet(unet).to(device)
        for tap in (*controlnet.taps, controlnet.middle_tap):  # which begin at zero and would hide all behind them
            torch.nn.init.normal_(tap.weight, std=0.02)
    unet.eval()
    seen = _inputs(unet, controlnet, arguments.batch, frames, grid, device)
    each = [_row(seen, row) for row in range(arguments.batch)]
    nn.Module.to(unet, torch.bfloat16)
    for network in (unet, controlnet):  # the same numbers, and in float32 they need less than 80 GB
        network.enable_gradient_checkpointing()
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        exact = _step(Networks(nn.Module.to(unet, torch.float32), controlnet, short=False), each)
    nn.Module.to(unet, torch.bfloat16)
    for network in (unet, controlnet):
        network.disable_gradient_checkpointing()
    networks = Networks(unet, controlnet)
    plain = _step(networks, each)
    for network in (unet, controlnet):
        use_one_token_attention(network)
        use_fast_layout(network)
        if device.type == "cuda":
            compile_blocks(network)
    with convolutions_by_trial(True):
        fast = _step(networks, [seen, seen], recorded=device.type == "cuda")
    for name, (loss, gradient) in (("plain, bf16", plain), ("fast, bf16", fast)):
        print(
            f"{name}: loss {loss:.6f} against {exact[0]:.6f} ({abs(loss / exact[0] - 1):.1e}), gradient "
            f"{_distance(gradient, exact[1]):.2e} of its length away"
        )


def _inputs(
    unet: TrajectoryUNet,
    controlnet: TrajectoryControlNet,
    batch: int,
    frames: int,
    grid: tuple[int, int],
    device: torch.device,
) -> Ready:
    generator = torch.Generator(device).manual_seed(1)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, device=device)

    channels, yes = unet.config.out_channels, torch.ones(batch, dtype=torch.bool, device=device)
    conditions = Conditions(
        image_latents=normal(batch, channels, *grid),
        image_embedding=normal(batch, 1, unet.config.cross_attention_dim),
        time_ids=torch.tensor([[6.0, 127.0, 0.02]], device=device).repeat(batch, 1),
        trajectory_maps=normal(batch, frames, 3, 8 * grid[0], 8 * grid[1]).sigmoid(),
        has_trajectory=yes,
        camera=normal(batch, frames, 12),
        has_camera=yes,
    )
    drawn = Drawn(normal(batch, frames, channels, *grid), torch.full((batch,), 1.5, device=device), yes.long())
    return Ready(normal(batch, frames, channels, *grid), drawn, conditions)


def _row(seen: Ready, row: int) -> Ready:
    """The inputs of one clip."""

    def one(told: Drawn | Conditions) -> Drawn | Conditions:
        return replace(told, **{field.name: getattr(told, field.name)[row : row + 1] for field in fields(told)})

    return Ready(seen.clean[row : row + 1], one(seen.drawn), one(seen.conditions))


@dataclass(frozen=True)
class Networks:
    """The networks, and whether under autocast."""

    unet: TrajectoryUNet
    controlnet: TrajectoryControlNet
    short: bool = True

    def learn(self, ready: Ready) -> Outcome:
        """Add the gradient of the mean loss."""
        with torch.autocast(ready.clean.device.type, torch.bfloat16, enabled=self.short):
            losses = training_losses(self.unet, self.controlnet, ready.clean, ready.drawn, ready.conditions)
            loss = losses.total(1.0)
        loss.backward()
        return Outcome(loss.detach(), {})


def _step(networks: Networks, parts: list[Ready], recorded: bool = False) -> tuple[float, dict[str, Tensor]]:
    """Loss and gradient of a step over parts of equal size, the gradient on the processor."""
    passes = (RecordedPasses if recorded else Passes)(networks.learn, networks.controlnet.parameters())
    if recorded:
        for _ in range(TAKEN_FIRST):
            passes(parts[0], first=True)
    losses = [passes(part, first=number == 0).total.item() for number, part in enumerate(parts)]
    weights = networks.controlnet.named_parameters()
    gradient = {name: weight.grad.cpu() / len(parts) for name, weight in weights if weight.grad is not None}
    passes.forget()
    return sum(losses) / len(parts), gradient


def _distance(found: dict[str, Tensor], expected: dict[str, Tensor]) -> float:
    """Length of the difference of two gradients over the second's, over the weights that have both."""
    shared = sorted(found.keys() & expected.keys())
    apart = sum((found[name] - expected[name]).double().square().sum().item() for name in shared)
    return (apart / sum(expected[name].double().square().sum().item() for name in shared)) ** 0.5


if __name__ == "__main__":
    main(tyro.cli(Arguments, description=__doc__))
