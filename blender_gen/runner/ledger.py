"""The ledger: one line per attempt at a clip, appended as it happens and read back to resume."""

import dataclasses
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LedgerEntry:
    """What became of one try at one attempt at one clip. `attempt` and `try_` count from 0."""

    clip: int
    attempt: int
    try_: int
    state: str
    reason: str
    seconds: float
    worker: str
    device: str

    def to_json(self) -> str:
        """Return the entry as one line of JSON."""
        values = dataclasses.asdict(self)
        names = ("clip", "attempt", "try", "state", "reason", "seconds", "worker", "device")
        return json.dumps({name: values["try_" if name == "try" else name] for name in names})


UNRENDERABLE = "unrenderable"


def append(path: Path, entry: LedgerEntry) -> None:
    """Add one line; it is on the disk when this returns."""
    with path.open("a", encoding="utf-8") as file:
        file.write(entry.to_json() + "\n")
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> list[LedgerEntry]:
    """Read the ledger; a last line that a kill cut short is dropped from the file too."""
    if not path.exists():
        return []
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if whole != data:
        path.write_bytes(whole)
    entries = []
    for line in whole.decode().split("\n")[:-1]:
        values = json.loads(line)
        values["try_"] = values.pop("try")
        entries.append(LedgerEntry(**values))
    return entries


def next_attempts(entries: Iterable[LedgerEntry]) -> dict[int, int]:
    """Return the number of the next attempt for each clip that has rejected ones."""
    attempts: dict[int, int] = {}
    for entry in entries:
        if entry.state == "rejected":
            attempts[entry.clip] = max(attempts.get(entry.clip, 0), entry.attempt + 1)
    return attempts


def last_reasons(entries: Iterable[LedgerEntry]) -> dict[int, str]:
    """Return why the last attempt at each clip was rejected."""
    return {entry.clip: entry.reason for entry in entries if entry.state == "rejected"}


def unrenderable_clips(entries: Iterable[LedgerEntry], num_clips: int) -> tuple[int, ...]:
    """Return those of the first clips of which an attempt could not be rendered on this machine, in order."""
    found = {entry.clip for entry in entries if entry.reason.startswith(UNRENDERABLE)}
    return tuple(sorted(clip for clip in found if clip < num_clips))
