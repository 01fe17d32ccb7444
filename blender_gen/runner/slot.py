"""One slot of the run: it makes clips one after the other, trying and drawing again as the ledger's rules say."""

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from blender_gen.cameras import FramingError
from blender_gen.config import DatasetConfig
from blender_gen.draw import CannotPlace, clip_spec
from blender_gen.objects import ObjectRecord
from blender_gen.runner.clip_maker import ClipMaker, MakerSettings, RenderFailed, Wanted
from blender_gen.runner.hello import RunStopped
from blender_gen.runner.layout import Layout
from blender_gen.runner.ledger import UNRENDERABLE, LedgerEntry
from blender_gen.spec import ClipSpec
from dataset_tools.schema import REASON_SEPARATOR

MAX_ATTEMPTS = 20
MAX_TRIES = 3
MIN_FREE_BYTES = 64 << 20


class Slot:
    """Makes clips, reporting each attempt to `report`."""

    def __init__(
        self,
        name: str,
        layout: Layout,
        config: DatasetConfig,
        pools: Mapping[str, Sequence[ObjectRecord]],
        assets: Mapping[str, Path],
        settings: MakerSettings,
        report: Callable[[LedgerEntry], None],
    ) -> None:
        self.name = name
        self._layout, self._config, self._pools = layout, config, pools
        self._settings, self._report = settings, report
        self._maker = ClipMaker(name, layout.logs, assets, settings)
        self._wanted = Wanted(config.member_files, config.min_frames_seen)
        self._stopped = False

    def start(self) -> None:
        """Start the processes; raises RunStopped where one does not start."""
        self._maker.start()

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
            f"clip {clip} was rejected {MAX_ATTEMPTS} times, last because {reason}; end the dataset before it with "
            f"--num-clips {clip}, or begin anew with another --out and looser settings (families, margin, "
            "objects_per_clip) or other objects"
        )

    def stop(self) -> None:
        """Kill the processes; the clip that is being made ends with `RunStopped`."""
        self._stopped = True
        self._maker.close()

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
                reasons = self._try(spec, self._settings.time_limit_s * 2**number)
            except RenderFailed as error:
                self._raise_if_hopeless()
                self._log(clip, attempt, number, "failed", str(error), started)
                last = str(error)
                self._maker.kill()
                continue
            reason = REASON_SEPARATOR.join(reasons)
            self._log(clip, attempt, number, "rejected" if reason else "done", reason, started)
            return reason
        reason = f"{UNRENDERABLE}: {last}"
        self._log(clip, attempt, MAX_TRIES - 1, "rejected", reason, started)
        return reason

    def _try(self, spec: ClipSpec, time_limit_s: float) -> list[str]:
        scratch = self._layout.jobs / f"{self.name}-{spec.clip:08d}-{spec.attempt}"
        return self._maker.make(spec, self._wanted, scratch, self._layout.clip(spec.clip), time_limit_s)

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
