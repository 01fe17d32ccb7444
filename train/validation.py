"""How good a model is on held-out objects, at noise that is the same in every run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from PIL import Image

from dataset_tools.captions import film as film_of
from dataset_tools.clip import Clip
from dataset_tools.errors import FormatError
from dataset_tools.reader import Dataset
from model.condition_dropout import Kept
from model.micro_conditioning import MicroConditioning
from model.paths import TimedPath
from model.pipeline import Camera, TrajectoryVideoPipeline
from train.draws import Draws
from train.example import Cut, Example, read_example
from train.journal import Journal
from train.loader import Batch, Found, collate
from train.recipe import Recipe
from train.resample import Film, picked, resized, times_of
from train.stages.autoencoding import VaeStage
from train.stages.diffusion import DiffusionStage

SIGMAS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
STRENGTH = 0.02
SAMPLE_STEPS = 20


@dataclass(frozen=True)
class HeldOut:
    """Clips of held-out objects as examples from their first frame on; their numbers are the seeds of their noise."""

    examples: tuple[Example, ...]

    def batches(self) -> Sequence[Batch]:
        """Return each as a batch of one."""
        return [collate([Found(number, example, number, 0)]) for number, example in enumerate(self.examples)]


def held_out(datasets: Sequence[Dataset], cut: Cut, film: Film, count: int, skip_unreadable: bool = False) -> HeldOut:
    """Take up to `count` clips, evenly from the datasets and from each; the same whenever it is asked.

    Raises FormatError for a clip that cannot be read, with its name, if it is not to be left out.
    """
    share = -(-count // max(1, len(datasets)))
    examples = []
    for dataset in datasets:
        places = np.unique(np.linspace(0, len(dataset) - 1, min(share, len(dataset))).astype(int))
        for place in places[: count - len(examples)]:
            clip = dataset[int(place)]
            try:
                examples.append(_from_its_start(clip, cut, film))
            except (FormatError, OSError) as error:
                if not skip_unreadable:
                    raise FormatError(f"{dataset.shard_url(clip.shard)}, clip {clip.key}: {error}") from error
    return HeldOut(tuple(examples))


def _from_its_start(clip: Clip, cut: Cut, film: Film) -> Example:
    clip.require("center_px")
    times = times_of(cut.frames, film_of(clip).fps, film.fps)
    example = picked(read_example(clip, 0, int(times[-1]) + 1, cut.most_objects), times)
    return replace(resized(example, film), fps=film.fps)


@torch.no_grad()
def validation_losses(stage: DiffusionStage, held: HeldOut, device: torch.device) -> dict[str, float]:
    """Return the loss of the video at each of SIGMAS, "sigma 0.1" and so on, and "mean"; all conditions are told.

    Not to be compared between models with other VAEs.
    """
    was_training = stage.training
    stage.eval()
    yes = torch.ones(1, dtype=torch.bool)
    found: dict[str, list[float]] = {f"sigma {sigma:g}": [] for sigma in SIGMAS}
    draws = Draws(
        torch.ones(1), torch.zeros(1, dtype=torch.long), torch.tensor([STRENGTH]), Kept(yes, yes, yes), torch.ones(1, 3)
    )
    for batch in held.batches():
        ready = stage.prepare(batch.to(device), draws)
        for sigma in SIGMAS:
            drawn = replace(ready.drawn, sigma=torch.full_like(ready.drawn.sigma, sigma))
            outcome = stage(replace(ready, drawn=drawn))
            found[f"sigma {sigma:g}"].append(outcome.parts["video"].item())
    stage.train(was_training)
    means = {name: float(np.mean(values)) for name, values in found.items()}
    return means | {"mean": float(np.mean(list(means.values())))}


@torch.no_grad()
def vae_losses(stage: VaeStage, held: HeldOut, device: torch.device) -> dict[str, float]:
    """Return a VAE's loss, "mean", and what it is made of, as means over the clips."""
    found: dict[str, list[float]] = {}
    for batch in held.batches():
        outcome = stage(stage.prepare(batch.to(device)))
        for name, values in {"mean": outcome.total, **outcome.parts}.items():
            found.setdefault(name, []).append(values.item())
    return {name: float(np.mean(values)) for name, values in found.items()}


def show_samples(
    pipeline: TrajectoryVideoPipeline, held: HeldOut, recipe: Recipe, count: int, number: int, journal: Journal
) -> None:
    """Make videos of the first frames and paths of held-out clips, the true ones above, and show them.

    The model is told what training tells it of such clips: objects by number, the rate, and the camera where the
    recipe does.
    """
    for place, example in enumerate(held.examples[:count]):
        made = pipeline(
            Image.fromarray(example.video[0]),
            [TimedPath(path) for path in example.centres_px[:, example.objects].swapaxes(0, 1)],
            example.size,
            torch.Generator().manual_seed(place),
            num_frames=len(example.video),
            num_inference_steps=SAMPLE_STEPS,
            told=MicroConditioning(example.fps, recipe.motion_bucket, STRENGTH),
            axes_px=example.axes_px[:, example.objects, :4],
            camera=_camera(example) if recipe.camera and example.has_camera else None,
        )
        shown = np.rint(np.nan_to_num(made) * 255.0).astype(np.uint8)
        journal.film(number, f"sample {place}", np.concatenate([example.video, shown], axis=1), example.fps)


def _camera(example: Example) -> Camera:
    return Camera(torch.from_numpy(example.world_from_camera), torch.from_numpy(example.intrinsics))
