"""The records beside the shards: the ledger of attempts and the list of objects."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from dataset_tools.checks.report import Fault
from dataset_tools.places import filesystem_of
from dataset_tools.schema import LEDGER, LEDGER_STATES, OBJECTS

LEDGER_TYPES = {
    "clip": int, "attempt": int, "try": int, "state": str, "reason": str, "seconds": (int, float), "worker": str,
    "device": str,
}  # fmt: skip
OBJECT_TYPES = {"asset_id": str, "file": str, "state": str, "reason": (str, type(None))}
OBJECT_STATES = ("accepted", "rejected")


def check_ledger(folder: str, keys: Iterable[str]) -> tuple[Fault, ...]:
    """`ledger.jsonl` is there and sound, and every clip, told by its key, has a line that says it is done."""
    lines, problems = _lines(folder, LEDGER, LEDGER_TYPES, LEDGER_STATES)
    if not problems:
        done = {line["clip"] for line in lines if line["state"] == "done"}
        missing = sorted(key for key in keys if key.isdigit() and int(key) not in done)
        if missing:
            problems.append(f"{LEDGER} has no line that says 'done' for {len(missing)} clips, the first {missing[0]}")
    return tuple(Fault("ledger", problem) for problem in problems)


def check_objects(folder: str, assets: Iterable[str]) -> tuple[Fault, ...]:
    """`objects.jsonl` is there and sound, and accepted every object that some clip shows, told by its asset_id."""
    lines, problems = _lines(folder, OBJECTS, OBJECT_TYPES, OBJECT_STATES)
    if not problems:
        accepted = {line["asset_id"] for line in lines if line["state"] == "accepted"}
        missing = sorted(set(assets) - accepted)
        if missing:
            problems.append(
                f"{OBJECTS} accepted no {missing[0]!r:.80}, which a clip shows ({len(missing)} such objects)"
            )
    return tuple(Fault("objects", problem) for problem in problems)


def _lines(
    folder: str, name: str, types: dict[str, Any], states: tuple[str, ...]
) -> tuple[list[dict[str, Any]], list[str]]:
    filesystem, path = filesystem_of(f"{folder}/{name}")
    try:
        text = filesystem.cat_file(path).decode()
    except (OSError, UnicodeDecodeError) as error:
        return [], [f"{name} cannot be read ({type(error).__name__}); a dataset has one, copy it along"]
    lines, problems = [], []
    for number, line in _numbered(text):
        problem = _problem(line, types, states, lines.append)
        if problem:
            problems.append(f"line {number} of {name} {problem}")
    return lines, problems[:3]


def _numbered(text: str) -> Iterator[tuple[int, str]]:
    return ((number, line) for number, line in enumerate(text.split("\n"), 1) if line)


def _problem(line: str, types: dict[str, Any], states: tuple[str, ...], keep: Callable[[dict], None]) -> str:
    """What is wrong with a line, or an empty string after keeping what it says."""
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        return "is not JSON"
    if not isinstance(values, dict):
        return "is not a table"
    for name, kinds in types.items():
        if not isinstance(values.get(name, ...), kinds) or isinstance(values[name], bool):
            return f"has {name} {values.get(name, 'missing')!r:.60}"
    if values["state"] not in states:
        return f"has the state {values['state']!r:.60}; states are {', '.join(states)}"
    keep(values)
    return ""
