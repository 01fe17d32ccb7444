"""Where things lie in a dataset folder while it is being made."""

import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """Paths in the output folder `root`; everything unfinished is under ``.work/``, but for what clips need while they
    are made, where another folder `scratch` is given for it."""

    root: Path
    scratch: Path | None = None

    @property
    def work(self) -> Path:
        """The folder of unfinished things; it goes when the dataset is finished."""
        return self.root / ".work"

    @property
    def run_file(self) -> Path:
        """The settings of the run in progress."""
        return self.work / "run.json"

    @property
    def lock_file(self) -> Path:
        """Locked while a run works on this folder."""
        return self.work / "lock"

    @property
    def intake_cache(self) -> Path:
        """What the intake found out about each file, by content."""
        return self.work / "intake.jsonl"

    @property
    def bundled(self) -> Path:
        """The bundled objects as files."""
        return self.work / "bundled"

    @property
    def jobs(self) -> Path:
        """Scratch folders of the clips that are being rendered; nothing in it outlives a run."""
        if self.scratch is None:
            return self.work / "jobs"
        return self.scratch / f"posetraj-{hashlib.sha256(str(self.root).encode()).hexdigest()[:12]}"

    @property
    def logs(self) -> Path:
        """Logs of the worker processes, each with its last job alone."""
        return self.work / "logs"

    @property
    def ledger(self) -> Path:
        """A line per attempt."""
        return self.root / "ledger.jsonl"

    @property
    def objects(self) -> Path:
        """A line per file that the intake found."""
        return self.root / "objects.jsonl"

    @property
    def manifest(self) -> Path:
        """The manifest; there only when the dataset is finished."""
        return self.root / "dataset.json"

    @property
    def clips(self) -> Path:
        """The folders of finished clips that wait for their shards."""
        return self.work / "clips"

    def clip(self, number: int) -> Path:
        """The folder of a finished clip that waits for its shard."""
        return self.clips / f"{number:08d}"

    def shard(self, name: str) -> Path:
        """A finished shard."""
        return self.root / name
