"""What `objects.jsonl` says of the files that the objects came from."""

import json
from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from dataset_tools.errors import FormatError
from dataset_tools.places import filesystem_of
from dataset_tools.stats.attempts import without_numbers
from dataset_tools.stats.sample import text

FACTS = ("name", "category", "author", "source")
MAX_BYTES = 1 << 30


@dataclass(frozen=True)
class Intake:
    """The files found: how many were accepted and rejected, why those were (numbers left out), and the FACTS of
    accepted ones by asset_id."""

    accepted: int
    rejected: int
    reasons: Mapping[str, int]
    facts: Mapping[str, Mapping[str, str]]


def read_intake(url: str, wanted: Container[str]) -> Intake | None:
    """Read the list of objects at a path or fsspec URL, with the facts of the assets `wanted`; None where none lies.

    Raises FormatError for one that is too large, and names a line that is no object's.
    """
    filesystem, path = filesystem_of(url)
    states: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    facts = {}
    try:
        if (filesystem.size(path) or 0) > MAX_BYTES:
            raise FormatError(f"{url} has more than {MAX_BYTES} bytes, and no more are read; move it away")
        with filesystem.open(path, "rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    found = _parse(line, f"line {number} of {url}")
                    states[found["state"]] += 1
                    if found["state"] == "rejected":
                        reasons[_reason(found)] += 1
                    elif text(found.get("asset_id")) in wanted:
                        facts[text(found["asset_id"])] = {name: text(found.get(name)) for name in FACTS}
    except FileNotFoundError:
        return None
    return Intake(states["accepted"], states["rejected"], dict(sorted(reasons.items())), facts)


def _reason(found: Mapping[str, Any]) -> str:
    """Why a file was rejected, without what is its own: its name and numbers."""
    reason, file = text(found.get("reason")), text(found.get("file"))
    for name in (file, PurePosixPath(file).name, PurePosixPath(file).stem):
        reason = reason.replace(name, "…") if len(name) > 2 else reason
    return without_numbers(reason)


def _parse(line: bytes, where: str) -> Mapping[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("state") not in ("accepted", "rejected"):
        raise FormatError(f"{where} is no object's; fetch the file again, or move it away to do without")
    return found
