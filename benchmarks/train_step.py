"""Clips per second of a training step, against a step as the PoseTraj authors take it, with and without its latents.

The step under test is the recipe's own: both losses, the real loader over a cache of latents, accelerate, clipping, the
moving average. Networks have random weights. Prints what took how long and, in the end, one line of JSON.

    python benchmarks/train_step.py                  # the full size of Stable Video Diffusion, on a GPU
    python benchmarks/train_step.py --quick          # `tiny`, on two cores, under five minutes
"""

import gc
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from pathlib import Path
from statistics import median

import torch
import tyro
from accelerate import Accelerator
from authors_step import AuthorsStep
from kernel_kinds import time_by_kind
from made_clips import HEIGHT, WIDTH, write_made
from made_latents import make_latents
from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModelWithProjection

from dataset_tools.reader import Dataset
from model.fresh import first_weights
from model.pipeline import TrajectoryVideoPipeline
from model.presets import PRESETS, PresetName, make_scheduler
from train.checkpoint import State
from train.encoders import Encoders
from train.example import Cut
from train.loader import Batch, Examples, Source, batches
from train.mixture import Mixture
from train.order import ClipOrder, Share
from train.peak import clip_flops, peak_flops
from train.plan import Pace, Run
from train.recipe import Recipe
from train.recipes import plain
from train.run import make_stage
from train.stages.ready import Preparation, Ready
from train.steps import make_steps, share_of
from train.stop import StopRequest

CLIPS = 8
CLIP_OF = {
    "svd": PRESETS["svd"].image_encoder,
    "tiny": {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
             "projection_dim": 32, "patch_size": 32},
}  # fmt: skip


@dataclass(frozen=True)
class Arguments:
    """What is measured."""

    quick: bool = False
    """`tiny` on the processor, few steps: whether all runs, and the ratio there."""
    batch: int = 8
    """Clips of a step under test, as the recipes have it; the authors' takes one."""
    micro_batch: int = 4
    """Clips at once in it."""
    steps: int = 60
    """Steps of which the median is taken; 4 with --quick."""
    reference_steps: int = 10
    """Steps of each kind of the authors'; 3 with --quick."""
    compile: bool = True
    """Compile the networks' blocks, on a GPU."""
    reference: bool = True
    """Take the authors' steps too."""
    kinds: bool = False
    """Say where the time of a step goes, by kind of kernel, on a GPU."""


@dataclass(frozen=True)
class Bench:
    """The machine and the material."""

    arguments: Arguments
    accelerator: Accelerator
    dataset: Dataset
    scratch: Path

    @property
    def quick(self) -> bool:
        return self.arguments.quick

    @property
    def model(self) -> PresetName:
        return "tiny" if self.quick else "svd"

    @property
    def recipe(self) -> Recipe:
        cut = Cut(frames=4 if self.quick else 14, mirror=0.0)
        return replace(plain(), batch=self.arguments.batch, cut=cut)

    def pipeline(self) -> TrajectoryVideoPipeline:
        """Networks with random weights, on the device."""
        with first_weights(0), self.accelerator.device:
            parts = PRESETS[self.model]
            unet = parts.make_unet()
            clip = CLIPVisionModelWithProjection(CLIPVisionConfig(image_size=224, **CLIP_OF[self.model]))
            made = TrajectoryVideoPipeline(
                parts.make_vae(), clip, unet, make_scheduler(), CLIPImageProcessor(), parts.make_controlnet(unet)
            )
        return made.to(self.accelerator.device)

    def examples(self, latents: bool) -> Examples:
        """The line of examples, as videos or as latents."""
        order = ClipOrder(tuple(record.clips for _, record in self.dataset.manifest.shards), seed=0)
        cache = make_latents(self.dataset, CLIP_OF[self.model]["projection_dim"]) if latents else None
        return Examples([Source(self.dataset, order, latents=cache)], Mixture((1.0,), 0), self.recipe.cut)


def main(arguments: Arguments) -> None:
    """Measure and print."""
    if arguments.quick:
        arguments = replace(arguments, batch=2, micro_batch=2, steps=4, reference_steps=3)
    elif not torch.cuda.is_available():
        raise SystemExit("the full size needs a GPU; --quick measures `tiny` on the processor")
    accelerator = Accelerator(mixed_precision="no" if arguments.quick else "bf16", cpu=arguments.quick)
    with tempfile.TemporaryDirectory(prefix="posetraj-benchmark-") as scratch:
        write_made(Path(scratch) / "clips", CLIPS, per_shard=CLIPS)
        bench = Bench(arguments, accelerator, Dataset(Path(scratch) / "clips"), Path(scratch))
        found = authors(bench) if arguments.reference else {}
        gc.collect()
        torch.cuda.empty_cache()
        found |= ours(bench)
    if arguments.reference:
        found["ratio"] = found["clips_per_s"] / found["reference_clips_per_s"]
    names = ("clips_per_s", "reference_clips_per_s", "reference_cached_clips_per_s", "ratio", "mfu", "batch")
    print(json.dumps({name: found.get(name) for name in (*names, "peak_gib", "compile_s")}))


def authors(bench: Bench) -> dict[str, float]:
    """Clips per second of the authors' step, with the VAE and CLIP in it and with latents made before."""
    pipeline = bench.pipeline()
    half = torch.float32 if bench.quick else torch.float16
    encoders = Encoders.of(pipeline)
    for network in (pipeline.vae, pipeline.image_encoder):
        network.requires_grad_(False).to(half)
    step = AuthorsStep(pipeline.unet, pipeline.controlnet, encoders, half)
    preparation = Preparation(bench.recipe, encoders, pipeline.unet.config.cross_attention_dim)
    device = bench.accelerator.device
    stream = batches(bench.examples(latents=False), Share(0, 1, 1))
    seen = [batch.to(device) for batch in islice(iter(stream), 2)]
    ready = [preparation(batch) for batch in seen]

    def whole(number: int) -> None:
        batch, made = seen[number % 2], ready[number % 2]
        clean, conditions = step.encode(batch.pictures(), made.conditions)
        step.step(clean, made.drawn, conditions)

    def cached(number: int) -> None:
        made: Ready = ready[number % 2]
        step.step(made.clean, made.drawn, made.conditions)

    count = bench.arguments.reference_steps
    if bench.arguments.kinds and device.type == "cuda":
        _print_kinds("the authors' step with latents", lambda: cached(0))
    return {
        "reference_clips_per_s": 1.0 / _median_seconds("the authors' step", whole, count),
        "reference_cached_clips_per_s": 1.0 / _median_seconds("the same with latents", cached, count),
    }


def ours(bench: Bench) -> dict[str, float | None]:
    """Figures of the step under test."""
    arguments, device, recipe = bench.arguments, bench.accelerator.device, bench.recipe
    pipeline = bench.pipeline()
    flops, peak = clip_flops(recipe, pipeline, (HEIGHT, WIDTH)), peak_flops(device)
    pace = Pace(micro_batch=arguments.micro_batch, compiled=arguments.compile and not bench.quick)
    stage = make_stage(recipe, pipeline, bench.accelerator, pace.compiled)
    run = Run(bench.scratch / "run", recipe, pace, {})
    steps, _ = make_steps(run, stage, bench.accelerator)
    stream: Iterator[Batch] = iter(batches(bench.examples(latents=True), share_of(run, bench.accelerator), workers=2))
    with StopRequest() as stop:

        def take(number: int) -> None:
            steps.take(State(number, number * recipe.batch), stream, stop)

        name = f"our step, {arguments.batch} clips, {arguments.micro_batch} at once"
        start = time.perf_counter()
        take(0)
        first = time.perf_counter() - start
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats()
        seconds = _median_seconds(name, take, arguments.steps)
        if arguments.kinds and device.type == "cuda":
            _print_kinds(name, lambda: take(0))
    rate = arguments.batch / seconds
    return {
        "clips_per_s": rate,
        "mfu": rate * flops / peak if peak else None,
        "batch": arguments.batch,
        "peak_gib": torch.cuda.max_memory_reserved() / 2**30 if device.type == "cuda" else None,
        "compile_s": max(0.0, first - seconds) if arguments.compile and device.type == "cuda" else None,
    }


def _print_kinds(name: str, step: Callable[[], None]) -> None:
    """Say where the time of a step goes."""
    print(f"{name}, by kind of kernel:")
    for kind, milliseconds in time_by_kind(step, 3).items():
        print(f"  {kind:22} {milliseconds:8.1f} ms", flush=True)


def _median_seconds(name: str, take: Callable[[int], None], count: int) -> float:
    """Time steps, one after the other, after two that do not count. A step ends when its loss has been read."""
    ended = []
    for number in range(count + 2):
        take(number + 1)
        ended.append(time.perf_counter())
    counted = [end - begun for begun, end in pairwise(ended[1:])]
    print(f"{name}: {median(counted):.3f} s, from {min(counted):.3f} to {max(counted):.3f}", flush=True)
    return median(counted)


if __name__ == "__main__":
    main(tyro.cli(Arguments, description=__doc__))
