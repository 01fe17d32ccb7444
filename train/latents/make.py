"""What `posetraj cache-latents` does: a dataset and a model in, a finished cache out."""

import sys
from dataclasses import dataclass
from pathlib import Path

from dataset_tools.errors import PoseTrajError
from dataset_tools.reader import Dataset
from model.load import load_pipeline
from train.devices import device_of, dtype_of
from train.latents.encode import Encoder
from train.latents.fingerprint import TARGETS, Preprocessing, Target, fingerprint
from train.latents.record import manifest_of
from train.latents.write import Made, write_cache
from train.model_folder import model_folder


@dataclass(frozen=True)
class Settings:
    """What is asked for; `device` and `dtype` are names, or "auto", and `out` is None for the dataset's `latents`."""

    dataset: str
    model: str
    out: str | None
    targets: tuple[Target, ...]
    most_objects: int
    seed: int
    batch: int
    workers: int
    device: str
    dtype: str


def make(settings: Settings) -> Made:
    """Make the cache. Raises PoseTrajError for what cannot be used."""
    dataset = Dataset(settings.dataset)
    manifest = manifest_of(dataset)
    targets = _possible(settings.targets, manifest.kind)
    device = device_of(settings.device)
    dtype = dtype_of(settings.dtype, device)
    pipeline = load_pipeline(model_folder(settings.model), dtype=dtype)
    model = fingerprint(pipeline)
    preprocessing = Preprocessing(
        width=manifest.width,
        height=manifest.height,
        targets=targets,
        most_objects=settings.most_objects,
        seed=settings.seed,
        dtype=str(dtype).removeprefix("torch."),
    )
    encoder = Encoder(pipeline, preprocessing, device, settings.batch)
    out = settings.out if settings.out is None or "://" in settings.out else str(Path(settings.out).absolute())
    return write_cache(dataset, model, preprocessing, encoder, out, settings.workers)


def _possible(targets: tuple[Target, ...], kind: str) -> tuple[Target, ...]:
    """The targets, in one order, that a dataset of this kind can have: real videos have no 3-D boxes."""
    possible = tuple(target for target in TARGETS if target in targets and (target == "plain" or kind == "synthetic"))
    if not possible:
        raise PoseTrajError(f"clips of a {kind} dataset have no 3-D boxes to draw; choose --targets plain")
    if len(possible) < len(targets):
        print(f"clips of a {kind} dataset have no 3-D boxes to draw; only plain videos are encoded", file=sys.stderr)
    return possible
