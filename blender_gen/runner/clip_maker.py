"""From a clip's spec to its checked members: a Blender process and a finishing process, for one clip at a time."""

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from blender_gen.blender_command import blender_command
from blender_gen.job import render_job
from blender_gen.objects.safety.files import check_file
from blender_gen.objects.safety.refusal import Limits, ObjectRefused
from blender_gen.runner.hello import RunStopped, hear_from
from blender_gen.scenes import still_the_file
from blender_gen.spec import ClipSpec
from blender_gen.worker_process import WorkerDied, WorkerProcess, WorkerTimeout

CHANGED = "{path} has changed since this run began; put it back, then run the same command"


class RenderFailed(Exception):
    """One try went wrong for reasons outside the spec."""


@dataclass(frozen=True)
class MakerSettings:
    """How this machine works: `device` is one of the types that Cycles knows, chosen; nothing else changes a clip.

    `environment` is what Blender's process gets beside this one's.
    """

    device: str
    threads: int
    time_limit_s: float
    blender: Path | None
    scene_files: Mapping[str, Path] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """What a finished clip has: its members' file names, and the share of frames that must show each object."""

    members: Sequence[str]
    min_frames_seen: float


class ClipMaker:
    """Two worker processes; their logs are ``{name}-blender.log`` and ``{name}-finish.log`` in `logs`."""

    def __init__(self, name: str, logs: Path, assets: Mapping[str, Path], settings: MakerSettings) -> None:
        self._assets, self._settings = assets, settings
        environment = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._blender = WorkerProcess(
            blender_command(settings.blender, settings.threads),
            logs / f"{name}-blender.log",
            {**environment, **settings.environment},
        )
        self._finisher = WorkerProcess(
            [sys.executable, "-m", "blender_gen.finish_worker"], logs / f"{name}-finish.log", environment
        )

    def start(self) -> str:
        """Start both processes and hear from each, so that a broken installation is not taken for a bad clip.

        Returns Blender's version.

        Raises:
            RunStopped: one of them does not start.
        """
        answer = hear_from(self._blender, "Blender")
        hear_from(self._finisher, "the finishing process")
        return answer["blender"]

    def make(self, spec: ClipSpec, wanted: Wanted, scratch: Path, out: Path, time_limit_s: float) -> list[str]:
        """Make a clip's members in the folder `out`, which appears when they are accepted; return why they are not.

        Args:
            scratch: a folder of its own, gone when the clip is made.

        Raises:
            RenderFailed: a process died, took too long or could not do it.
            RunStopped: the worker refuses the job for good, or a file is not what it was.
        """
        self._check_files(spec)
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        settings = self._settings
        job = render_job(spec, self._assets, settings.device, settings.threads, scene_files=settings.scene_files)
        (scratch / "job.json").write_text(json.dumps(job))
        render = str(scratch / "render")
        done = _ask(self._blender, {"job": str(scratch / "job.json"), "out": render}, time_limit_s)
        finished = _ask(
            self._finisher,
            {
                "spec": spec.to_json(),
                "render": render,
                "out": str(out),
                "members": list(wanted.members),
                "blender": done["blender"],
                "min_frames_seen": wanted.min_frames_seen,
            },
            time_limit_s,
        )
        shutil.rmtree(scratch, ignore_errors=True)
        return finished["reasons"]

    def kill(self) -> None:
        """End both processes; the next clip starts new ones."""
        self._blender.kill()
        self._finisher.kill()

    def close(self) -> None:
        """End both processes for good; the clip that is being made ends with RenderFailed."""
        self._blender.close()
        self._finisher.close()

    def _check_files(self, spec: ClipSpec) -> None:
        """Make sure that the files are still those that the intake accepted."""
        for item in spec.objects:
            path = self._assets[item.sha256]
            folder = path.parents[len(PurePosixPath(item.file).parts) - 1]
            try:
                same = check_file(path, folder, Limits()).sha256 == item.sha256
            except ObjectRefused:
                same = False
            if not same:
                raise RunStopped(CHANGED.format(path=path))
        for name, path in self._settings.scene_files.items():
            if name in (spec.scene.environment, spec.scene.floor) and not still_the_file(name, path):
                raise RunStopped(CHANGED.format(path=path))


def _ask(worker: WorkerProcess, message: dict, time_limit_s: float) -> dict:
    try:
        answer = worker.request(message, time_limit_s)
    except (WorkerDied, WorkerTimeout) as error:
        raise RenderFailed(str(error)) from error
    if answer["ok"]:
        return answer
    if answer["refused"]:
        raise RunStopped(answer["error"])
    raise RenderFailed(answer["error"])
