"""What imports measured, kept between runs: a line of JSON per content, front and build of Blender."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class ImportCache:
    """Results by key; each new one is added to the file at once, so that a run that is cut short loses nothing."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._known: dict[str, Mapping[str, Any]] = {}
        if file is not None and file.exists():
            self._known = dict(filter(None, map(_entry, file.read_text(encoding="utf-8").split("\n"))))

    def get(self, key: str) -> Mapping[str, Any] | None:
        """Return {"facts": ...} or {"refused": reason}, or None where the key is new."""
        return self._known.get(key)

    def put(self, key: str, result: Mapping[str, Any]) -> None:
        """Remember a result, unless it is already known."""
        if key in self._known:
            return
        self._known[key] = result
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a", encoding="utf-8") as stream:
                stream.write("\n" + json.dumps({"key": key, **result}))


def _entry(line: str) -> tuple[str, Mapping[str, Any]] | None:
    """Key and result of a line; None for one that was cut short."""
    try:
        values = json.loads(line)
        return values.pop("key"), values
    except (ValueError, KeyError, AttributeError):
        return None
