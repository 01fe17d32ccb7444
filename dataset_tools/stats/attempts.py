"""What the ledger says of the work behind the clips: attempts that were accepted, and why others were not."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from dataset_tools.errors import FormatError
from dataset_tools.places import filesystem_of
from dataset_tools.schema import LEDGER_STATES, REASON_SEPARATOR
from dataset_tools.stats.sample import MAX_NAME, text

MAX_LEDGER_BYTES = 1 << 30
UNRENDERABLE = "unrenderable"
"""Beginning of the reason of an attempt that came to no verdict, which the format counts as rejected."""
OBJECTS_STAY_UNTIL = 3
"""From this attempt on, counted from 0, the format has the objects drawn anew; until then they stay the same."""
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Line:
    """One try as the ledger tells it."""

    clip: int
    attempt: int
    state: str
    reason: str
    seconds: float


@dataclass(frozen=True)
class Drawn:
    """What a finished clip tells of its attempts: family, camera and number of objects are the same in all of them."""

    families: tuple[str, ...]
    camera: str
    assets: tuple[str, ...]


@dataclass(frozen=True)
class Verdicts:
    """How many attempts the self-check accepted and rejected."""

    accepted: int
    rejected: int

    @property
    def share(self) -> float:
        """Accepted ones among all, 0 to 1."""
        return self.accepted / ((self.accepted + self.rejected) or 1)


@dataclass(frozen=True)
class Attempts:
    """The ledger in numbers.

    `accepted` and `rejected` are verdicts on attempts, `failed` tries that came to none. `reasons` of rejected attempts
    and `failures` are grouped, numbers left out; an attempt rejected for two reasons counts under both. `by` has a
    table of verdicts for `family`, `camera`, `objects` (how many in the clip) and `asset`. `median_seconds` is of the
    tries that gave a clip, None where there is none; `worker_hours` of all tries together.
    """

    accepted: int
    rejected: int
    failed: int
    reasons: Mapping[str, int]
    failures: Mapping[str, int]
    by: Mapping[str, Mapping[str, Verdicts]]
    median_seconds: float | None
    worker_hours: float

    def repeatable(self) -> "Attempts":
        """The same without what differs between runs that make the same clips: times, and tries without a verdict."""
        reasons: Counter[str] = Counter()
        for reason, count in sorted(self.reasons.items()):
            reasons[UNRENDERABLE if reason.startswith(UNRENDERABLE) else reason] += count
        return replace(self, failed=0, reasons=dict(reasons), failures={}, median_seconds=None, worker_hours=0.0)


def read_ledger(url: str) -> Iterator[Line] | None:
    """The lines of a ledger at a path or fsspec URL, None where there is none.

    Raises FormatError, when the line is reached, for one that is no ledger's.
    """
    filesystem, path = filesystem_of(url)
    try:
        size = filesystem.size(path)
        if size is not None and size > MAX_LEDGER_BYTES:
            raise FormatError(f"{url} has {size} bytes; at most {MAX_LEDGER_BYTES} are read, move it away")
        data = filesystem.cat_file(path)
    except FileNotFoundError:
        return None
    return (_parse(line, number, url) for number, line in enumerate(data.split(b"\n"), 1) if line.strip())


def summarise(lines: Iterable[Line], drawn: Mapping[int, Drawn]) -> Attempts:
    """Count the lines; `drawn` maps the numbers of finished clips to what was drawn for them.

    An attempt's objects are known where the clip was finished before they were drawn anew; a later clip counts for
    its objects with its accepted attempt alone. An attempt has one verdict, the last.
    """
    states: Counter[str] = Counter()
    reasons, failures = Counter(), Counter()
    verdicts: dict[str, dict[str, Counter]] = defaultdict(lambda: defaultdict(Counter))
    lines = tuple(_once(lines))
    last = {line.clip: line.attempt for line in lines if line.state == "done"}
    for line in lines:
        states[line.state] += 1
        clip = drawn.get(line.clip, Drawn((), "", ()))
        if line.state == "failed":
            failures[_group(line.reason, clip)] += 1
            continue
        if line.state == "rejected":
            parts = [line.reason] if line.reason.startswith(UNRENDERABLE) else line.reason.split(REASON_SEPARATOR)
            reasons.update({_group(part, clip) for part in parts})
        same_objects = line.state == "done" or last.get(line.clip, OBJECTS_STAY_UNTIL) < OBJECTS_STAY_UNTIL
        for table, names in _tables(clip, same_objects):
            for name in names:
                verdicts[table][name][line.state] += 1
    seconds = [line.seconds for line in lines if line.state == "done"]
    return Attempts(
        accepted=states["done"],
        rejected=states["rejected"],
        failed=states["failed"],
        reasons=dict(reasons.most_common()),
        failures=dict(failures.most_common()),
        by={
            table: {name: Verdicts(count["done"], count["rejected"]) for name, count in sorted(names.items())}
            for table, names in verdicts.items()
        },
        median_seconds=median(seconds) if seconds else None,
        worker_hours=sum(line.seconds for line in lines) / 3600,
    )


def _once(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines without verdicts that a later one of the same attempt repeats, verdicts in the clips' order."""
    verdicts = {}
    for line in lines:
        if line.state == "failed":
            yield line
        else:
            verdicts[line.clip, line.attempt] = line
    yield from (verdicts[key] for key in sorted(verdicts))


def _tables(clip: Drawn, same_objects: bool) -> Iterator[tuple[str, set[str]]]:
    """The tables that an attempt counts in, and its names there, each once."""
    yield "family", set(clip.families) - {""}
    yield "camera", {clip.camera} - {""}
    yield "objects", {str(len(clip.assets))} - {"0"}
    yield "asset", set(clip.assets) - {""} if same_objects else set()


def _group(reason: str, clip: Drawn) -> str:
    """A reason without its numbers and without the names of the clip's own objects."""
    for asset in sorted(filter(None, clip.assets), key=len, reverse=True):
        reason = re.sub(rf"(?<!\w){re.escape(asset)}(?!\w)", "…", reason)
    return without_numbers(reason)


def without_numbers(reason: str) -> str:
    """A reason as it stands in tables: numbers left out, so that equal ones fall together."""
    return _NUMBER.sub("…", reason)[:MAX_NAME] or "no reason given"


def _parse(line: bytes, number: int, url: str) -> Line:
    try:
        values: dict[str, Any] = json.loads(line)
        found = Line(values["clip"], values["attempt"], values["state"], values["reason"], values["seconds"])
        whole = all(type(value) is int for value in (found.clip, found.attempt))
        good = whole and found.state in LEDGER_STATES and isinstance(found.reason, str) and 0 <= found.seconds < 1e9
    except (ValueError, KeyError, TypeError, RecursionError):
        good = False
    if not good:
        raise FormatError(
            f"line {number} of {url} is no ledger's ({text(line.decode(errors='replace'))!r:.80}); "
            f"fetch the file again, or move it away to do without"
        )
    return found
