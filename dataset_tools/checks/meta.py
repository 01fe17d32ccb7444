"""`meta.json` against the schema: keys, types, and agreement with the clip's key and the dataset."""

import math
from collections.abc import Mapping
from typing import Any

from dataset_tools.checks.report import ClipReport, Fault
from dataset_tools.schema import FORMAT, KINDS, META, OBJECT_META, QA_VALUE, SPLITS

_SHA256_LENGTH = 64


def check_meta(meta: Mapping[str, Any], key: str, split: str) -> ClipReport:
    """Keys, types and values of a clip's meta data; `split` is "" where the clip is not packed."""
    problems = [*_types(meta, META, "meta.json"), *_values(meta, key, split)]
    objects = meta.get("objects")
    if isinstance(objects, list):
        if not objects:
            problems.append("meta.json lists no object; every clip has one or more")
        for number, item in enumerate(objects):
            problems += _object(item, f"object {number} in meta.json")
    qa = meta.get("qa")
    if isinstance(qa, dict):
        for name, value in qa.items():
            if not _is(value, QA_VALUE) or not math.isfinite(value):
                problems.append(f"meta.json has qa.{name} = {value!r:.60}; a finite number belongs there")
    return ClipReport(faults=tuple(Fault("meta", problem) for problem in problems))


def _values(meta: Mapping[str, Any], key: str, split: str) -> list[str]:
    problems = []

    def expect(name: str, found: Any, allowed: tuple) -> None:
        if found is not None and found not in allowed:
            problems.append(f"meta.json says {name} {found!r:.60}; expected {' or '.join(map(repr, allowed))}")

    expect("format", meta.get("format"), (FORMAT,))
    expect("kind", meta.get("kind"), KINDS)
    expect("clip", meta.get("clip"), (int(key),))
    expect("split", meta.get("split"), (split,) if split else SPLITS)
    for name in ("frames", "width", "height", "fps"):
        value = meta.get(name)
        if _is(value, META[name]) and not value > 0:
            problems.append(f"meta.json says {name} {value}; it is over 0")
    return problems


def _object(item: Any, where: str) -> list[str]:
    if not isinstance(item, dict):
        return [f"{where} is {item!r:.60}; a table belongs there"]
    problems = _types(item, OBJECT_META, where)
    digest = item.get("sha256")
    if isinstance(digest, str) and (len(digest) != _SHA256_LENGTH or digest.strip("0123456789abcdef")):
        problems.append(f"{where} has sha256 {digest!r:.80}; 64 hexadecimal digits belong there")
    rows = item.get("object_from_asset")
    if isinstance(rows, list) and not _is_similarity(rows):
        problems.append(f"{where} has an object_from_asset that is no 4x4 similarity (rotation, one scale, shift)")
    return problems


def _is_similarity(rows: list) -> bool:
    if len(rows) != 4 or any(not isinstance(row, list) or len(row) != 4 for row in rows):
        return False
    if any(not _is(value, (int, float)) or not math.isfinite(value) for row in rows for value in row):
        return False
    if rows[3] != [0, 0, 0, 1]:
        return False
    columns = [[rows[i][j] for i in range(3)] for j in range(3)]
    squares = [sum(value * value for value in column) for column in columns]
    products = [sum(a * b for a, b in zip(columns[i], columns[j], strict=True)) for i, j in ((0, 1), (0, 2), (1, 2))]
    scale = max(squares)
    slack = 1e-5 * scale
    return scale > 0 and scale - min(squares) <= slack and all(abs(product) <= slack for product in products)


def _types(table: Mapping[str, Any], types: Mapping[str, Any], where: str) -> list[str]:
    problems = []
    for name, kind in types.items():
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if name not in table:
            problems.append(f"{where} lacks {name!r}")
        elif not _is(table[name], kinds):
            wanted = " or ".join(each.__name__ for each in kinds)
            problems.append(f"{where} has {name} = {table[name]!r:.60}; expected {wanted}")
    problems += [f"{where} has the unknown key {name!r:.60}" for name in table if name not in types]
    return problems


def _is(value: Any, kinds: type | tuple[type, ...]) -> bool:
    """isinstance, with a bool being no number."""
    kinds = kinds if isinstance(kinds, tuple) else (kinds,)
    return isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))
