"""What a frame costs when only what moves is rendered, against whole frames without persistent data.

Both are measured in one run, in turns, on the same clips: bundled objects before a still camera that cover 5 to 20 % of
the frame. Prints a table, and one line of JSON at the end.

    python benchmarks/render.py --presets draft standard
"""

import dataclasses
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import tyro

from blender_gen.blender_command import blender_command
from blender_gen.composite import read_frames
from blender_gen.config import PRESETS, DatasetConfig, override
from blender_gen.draw import clip_spec
from blender_gen.exr import read_colour, read_labels
from blender_gen.job import render_job
from blender_gen.runner.generate import RunSettings
from blender_gen.runner.layout import Layout
from blender_gen.runner.sources import ObjectSources, gather_objects
from blender_gen.spec import ClipSpec
from blender_gen.stills import render_pictures
from blender_gen.tone import to_8_bit
from blender_gen.worker_process import WorkerProcess
from dataset_tools.video import psnr

SHARE = (0.05, 0.20)
SMALL = 8  # clips are chosen by what their objects cover on a film this many times smaller
LIMIT_S = 3600.0
HEADER = "preset   object          light       object rendered   moving    whole  ratio  PSNR"


@dataclass(frozen=True)
class Arguments:
    """What is measured."""

    presets: tuple[Literal["draft", "standard"], ...] = ("draft", "standard")
    clips: int = 3
    """Clips of each preset."""
    whole_frames: int = 3
    """Frames of each clip that are rendered whole, spread over it."""
    threads: int = 1
    """CPU threads for Cycles."""
    device: Literal["CPU", "CUDA", "OPTIX", "HIP"] = "CPU"
    """Render device."""
    seed: int = 0


@dataclass(frozen=True)
class Measurement:
    """One clip: seconds per frame both ways, the worst PSNR between them, and shares of the frame."""

    preset: str
    asset: str
    environment: str
    object_share: float
    rendered_share: float
    moving_s: float
    whole_s: float
    psnr_db: float

    @property
    def ratio(self) -> float:
        """How many times cheaper a frame is."""
        return self.whole_s / self.moving_s


def main(arguments: Arguments) -> None:
    """Measure and print."""
    results = []
    print(HEADER)
    with tempfile.TemporaryDirectory(prefix="posetraj-benchmark-") as scratch:
        for preset in arguments.presets:
            config = override(_config(arguments.seed), {"render": dataclasses.asdict(PRESETS[preset])})
            folder = Path(scratch) / preset
            sources = gather_objects(Layout(folder), config, RunSettings(num_clips=1, workers=arguments.threads))
            worker = WorkerProcess(blender_command(None, arguments.threads), folder / "blender.log")
            try:
                fitting = _fitting(worker, config, sources, folder / "small", arguments)
                for number, spec in zip(range(arguments.clips), fitting, strict=False):
                    results.append(_measure(worker, preset, spec, sources, folder / str(number), arguments))
                    print(_row(results[-1]), flush=True)
            finally:
                worker.close()
    print(json.dumps(_summary(results)))


def _config(seed: int) -> DatasetConfig:
    return DatasetConfig(
        seed=seed,
        splits={"train": 1.0},
        cameras={"still": 1.0},
        objects_per_clip={"1": 1.0},
        bundled_variants=1,
    )


def _fitting(
    worker: WorkerProcess, config: DatasetConfig, sources: ObjectSources, folder: Path, arguments: Arguments
) -> Iterator[ClipSpec]:
    """Yield clips whose object covers a fitting share of the frame."""
    for clip in range(10_000):
        spec = clip_spec(config, sources.pools, clip, 0)
        job = render_job(spec, sources.assets, arguments.device, arguments.threads)
        chosen = _chosen(spec.render.frames, arguments)
        small = {name: job[name] // SMALL for name in ("width", "height")} | {"focal_px": job["focal_px"] / SMALL}
        render_pictures(
            worker,
            job | small | {"clean_plate": False, "samples": 1, "frames": chosen},
            folder / str(clip),
            "a small clip",
            LIMIT_S,
        )
        if SHARE[0] < _object_share(folder / str(clip), chosen) < SHARE[1]:
            yield spec


def _chosen(frames: int, arguments: Arguments) -> list[int]:
    """Return the frames that are rendered whole."""
    return np.linspace(0, frames - 1, arguments.whole_frames + 2).astype(int)[1:-1].tolist()


def _object_share(folder: Path, frames: Sequence[int]) -> float:
    """Mean share of the frame that the object covers, from the labels in a worker's folder."""
    return float(np.mean([(read_labels(folder / f"labels_{t:04d}.exr").index > 0).mean() for t in frames]))


def _rendered(folder: Path, frame: int) -> np.ndarray:
    """Which pixels of a frame are rendered, without their halo, (H,W) bool."""
    with np.load(folder / f"needed_{frame:04d}.npz") as needed:
        return needed["light"] | needed["objects"]


def _measure(
    worker: WorkerProcess, preset: str, spec: ClipSpec, sources: ObjectSources, folder: Path, arguments: Arguments
) -> Measurement:
    frames = spec.render.frames
    job = render_job(spec, sources.assets, arguments.device, arguments.threads)
    chosen = _chosen(frames, arguments)
    whole_job = job | {"clean_plate": False, "persistent_data": False}
    halves = [chosen[: len(chosen) // 2], chosen[len(chosen) // 2 :]]
    seconds = [_colour_seconds(worker, whole_job | {"frames": halves[0]}, folder / "whole")]
    moving_s = _colour_seconds(worker, job, folder / "moving") / frames
    seconds.append(_colour_seconds(worker, whole_job | {"frames": halves[1]}, folder / "whole"))
    moving = to_8_bit(read_frames(folder / "moving", frames))[chosen]
    whole = to_8_bit(np.stack([read_colour(folder / "whole" / f"colour_{t:04d}.exr") for t in chosen]))
    return Measurement(
        preset=preset,
        asset=spec.objects[0].asset_id,
        environment=spec.scene.environment,
        object_share=_object_share(folder / "moving", range(frames)),
        rendered_share=float(np.mean([_rendered(folder / "moving", frame).mean() for frame in range(frames)])),
        moving_s=moving_s,
        whole_s=sum(seconds) / len(chosen),
        psnr_db=float(psnr(moving, whole).min()),
    )


def _colour_seconds(worker: WorkerProcess, job: dict, folder: Path) -> float:
    return render_pictures(worker, job, folder, "a clip", LIMIT_S)["seconds"]["colour"]


def _row(result: Measurement) -> str:
    return (
        f"{result.preset:9}{result.asset:16}{result.environment:11}{result.object_share:7.1%}{result.rendered_share:9.1%}"
        f"{result.moving_s:7.2f} s{result.whole_s:7.2f} s{result.ratio:7.1f}  {result.psnr_db:.1f} dB"
    )


def _summary(results: list[Measurement]) -> dict[str, dict[str, float]]:
    """Per preset: total time whole over total time moving, the means, and the worst PSNR."""
    summary = {}
    for preset in dict.fromkeys(result.preset for result in results):
        own = [result for result in results if result.preset == preset]
        whole, moving = (sum(getattr(result, name) for result in own) for name in ("whole_s", "moving_s"))
        summary[preset] = {
            "ratio": round(whole / moving, 2),
            "moving_s_per_frame": round(moving / len(own), 3),
            "whole_s_per_frame": round(whole / len(own), 3),
            "worst_psnr_db": round(min(result.psnr_db for result in own), 1),
        }
    return summary


if __name__ == "__main__":
    main(tyro.cli(Arguments, description=__doc__))
