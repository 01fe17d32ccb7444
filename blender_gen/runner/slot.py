"""One slot of the run: a Blender process and a finishing process that make clips one after the other."""

import json
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from blender_gen.blender_command import blender_command
from blender_gen.cameras import FramingError
from blender_gen.config import DatasetConfig
from blender_gen.draw import CannotPlace, clip_spec
from blender_gen.job import render_job
from blender_gen.objects import ObjectRecord
from blender_gen.objects.safety.files import check_file
from blender_gen.objects.safety.refusal import Limits, ObjectRefused
from blender_gen.runner.hello import RunStopped, hear_from
from blender_gen.runner.layout import Layout
from blender_gen.runner.ledger import UNRENDERABLE, LedgerEntry
from blender_gen.scenes import still_the_file
from blender_gen.spec import ClipSpec
from blender_gen.worker_process import WorkerDied, WorkerProcess, WorkerTimeout

MAX_ATTEMPTS = 20
MAX_TRIES = 3
MIN_FREE_BYTES = 64 << 20
CHANGED = "{path} has changed since this run began; put it back, then run the same command"


class _Failed(Exception):
    """One try went wrong for reasons outside the spec."""


@dataclass(frozen=True)
class SlotSettings:
    """How this machine works: `device` is one of the types that Cycles knows, chosen; nothing else changes a clip."""

    device: str
    threads: int
    time_limit_s: float
    blender: Path | None
    scene_files: Mapping[str, Path] = field(default_factory=dict)


class Slot:
    """Makes clips, reporting each attempt to `report`."""

    def __init__(
        self,
        name: str,
        layout: Layout,
        config: DatasetConfig,
        pools: dict[str, Sequence[ObjectRecord]],
        assets: dict[str, Path],
        settings: SlotSettings,
        report: Callable[[LedgerEntry], None],
    ) -> None:
        self.name = name
        self._layout, self._config, self._pools, self._assets = layout, config, pools, assets
        self._settings, self._report = settings, report
        environment = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._blender = WorkerProcess(
            blender_command(settings.blender, settings.threads), layout.logs / f"{name}-blender.log", environment
        )
        self._finisher = WorkerProcess(
            [sys.executable, "-m", "blender_gen.finish_worker"], layout.logs / f"{name}-finish.log", environment
        )
        self._stopped = False

    def start(self) -> None:
        """Start both processes and hear from each, so that a broken installation is not taken for a bad clip.

        Raises:
            RunStopped: one of them does not start.
        """
        hear_from(self._blender, "Blender")
        hear_from(self._finisher, "the finishing process")

    def make(self, clip: int, attempt: int, reason: str = "") -> None:
        """Make one clip, beginning with this attempt, until one is accepted.

        Args:
            reason: why the attempt before was rejected.

        Raises:
            RunStopped: twenty attempts were rejected, or the worker refuses the job for good.
        """
        while attempt < MAX_ATTEMPTS:
            reason = self._attempt(clip, attempt)
            if not reason:
                return
            attempt += 1
        raise RunStopped(
            f"clip {clip} was rejected {MAX_ATTEMPTS} times, last because {reason}; "
            "begin anew with another --out and looser settings (families, margin, objects_per_clip) or other objects"
        )

    def stop(self) -> None:
        """Kill both processes; the clip that is being made ends with `RunStopped`."""
        self._stopped = True
        self._blender.close()
        self._finisher.close()

    def _attempt(self, clip: int, attempt: int) -> str:
        """Run one attempt; return why it was rejected, or an empty string."""
        started = time.monotonic()
        try:
            spec = clip_spec(self._config, self._pools, clip, attempt)
        except (CannotPlace, FramingError) as error:
            self._log(clip, attempt, 0, "rejected", str(error), started)
            return str(error)
        for number in range(MAX_TRIES):
            started = time.monotonic()
            try:
                reasons = self._render_and_finish(spec, self._settings.time_limit_s * 2**number)
            except _Failed as error:
                self._log(clip, attempt, number, "failed", str(error), started)
                last = str(error)
                self._blender.kill()
                self._finisher.kill()
                continue
            reason = "; ".join(reasons)
            self._log(clip, attempt, number, "rejected" if reason else "done", reason, started)
            return reason
        reason = f"{UNRENDERABLE}: {last}"
        self._log(clip, attempt, MAX_TRIES - 1, "rejected", reason, started)
        return reason

    def _render_and_finish(self, spec: ClipSpec, time_limit_s: float) -> list[str]:
        self._check_assets(spec)
        scratch = self._layout.jobs / f"{self.name}-{spec.clip:08d}-{spec.attempt}"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        job = render_job(
            spec,
            self._assets,
            self._settings.device,
            self._settings.threads,
            scene_files=self._settings.scene_files,
        )
        (scratch / "job.json").write_text(json.dumps(job))
        render = str(scratch / "render")
        done = self._ask(self._blender, {"job": str(scratch / "job.json"), "out": render}, time_limit_s)
        finished = self._ask(
            self._finisher,
            {
                "spec": spec.to_json(),
                "render": render,
                "out": str(self._layout.clip(spec.clip)),
                "members": list(self._config.member_files),
                "blender": done["blender"],
                "min_frames_seen": self._config.min_frames_seen,
            },
            time_limit_s,
        )
        shutil.rmtree(scratch, ignore_errors=True)
        return finished["reasons"]

    def _check_assets(self, spec: ClipSpec) -> None:
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

    def _ask(self, worker: WorkerProcess, message: dict, time_limit_s: float) -> dict:
        try:
            answer = worker.request(message, time_limit_s)
        except (WorkerDied, WorkerTimeout) as error:
            self._raise_if_hopeless()
            raise _Failed(str(error)) from error
        if answer["ok"]:
            return answer
        if answer["refused"]:
            raise RunStopped(answer["error"])
        self._raise_if_hopeless()
        raise _Failed(answer["error"])

    def _raise_if_hopeless(self) -> None:
        """Stop the run where another try cannot help: it was told to stop, or the disk is full."""
        if self._stopped:
            raise RunStopped("the run was stopped")
        if shutil.disk_usage(self._layout.root).free < MIN_FREE_BYTES:
            raise RunStopped(f"the disk of {self._layout.root} is full; make room, then run the same command to go on")

    def _log(self, clip: int, attempt: int, number: int, state: str, reason: str, started: float) -> None:
        seconds = round(time.monotonic() - started, 3)
        self._report(
            LedgerEntry(clip, attempt, number, state, reason, seconds, self.name, self._settings.device.lower())
        )
