"""Parts chosen by name with a few parameters (families, speeds, facings, camera motions), as plain JSON.

A part is a frozen dataclass with a class attribute ``name``; its fields are floats or tuples of
floats.
"""

import dataclasses
import math
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Protocol, TypeVar

from blender_gen.trajectories.errors import MotionError


class Named(Protocol):
    """A frozen dataclass that says what it is called."""

    name: ClassVar[str]


Part = TypeVar("Part", bound=Named)


def registry(*kinds: type[Part]) -> Mapping[str, type[Part]]:
    """Return name -> class, read-only, in the order given."""
    return MappingProxyType({kind.name: kind for kind in kinds})


def select(kinds: Mapping[str, type[Part]], name: str, what: str) -> type[Part]:
    """Return the class called `name`.

    Raises:
        MotionError: no such name; `what` says in the message what was looked for.
    """
    if name not in kinds:
        raise MotionError(f"there is no {what} called {name!r}; known are {', '.join(kinds)}")
    return kinds[name]


def to_json(part: Named) -> dict[str, Any]:
    """Return ``{"name": ..., "params": {field: value}}`` with lists for tuples."""
    params = {item.name: getattr(part, item.name) for item in dataclasses.fields(part)}
    return {
        "name": part.name,
        "params": {key: list(value) if isinstance(value, tuple) else value for key, value in params.items()},
    }


def from_json(kinds: Mapping[str, type[Part]], values: Mapping[str, Any], what: str) -> Part:
    """Return the part that `to_json` wrote, equal in every bit.

    Raises:
        MotionError: an unknown name, a missing or unknown parameter, or a value that is no finite number.
    """
    check_fields(values, ("name", "params"), what)
    kind = select(kinds, values["name"], what)
    expected = [item.name for item in dataclasses.fields(kind)]
    params = values["params"]
    check_fields(params, expected, f"{what} {kind.name}")
    where = f"of the {what} {kind.name}"
    return kind(
        **{
            item.name: (number if item.type is float else numbers)(params[item.name], f"{item.name} {where}")
            for item in dataclasses.fields(kind)
        }
    )


def numbers(values: Any, where: str, count: int | None = None) -> tuple[float, ...]:
    """Return a sequence of finite numbers as a tuple of floats.

    Raises:
        MotionError: not all are finite numbers, or they are not `count`.
    """
    good = isinstance(values, list | tuple) and count in (None, len(values))
    check(good, where, values, "a list of numbers" if count is None else f"{count} numbers")
    return tuple(number(value, where) for value in values)


def number(value: Any, where: str) -> float:
    """Return `value` as a float.

    Raises:
        MotionError: it is no finite number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise MotionError(f"{where} should be a finite number, not {value!r}")
    return float(value)


def check_fields(values: Any, fields: Collection[str], what: str) -> None:
    """Raise a MotionError unless `values` is a mapping with exactly these keys."""
    if not isinstance(values, Mapping) or set(values) != set(fields):
        known = ", ".join(fields) or "nothing"
        raise MotionError(f"a {what} is described by a table of {known}, not by {values!r}")


def check(good: bool, where: str, found: Any, expected: str) -> None:
    """Raise a MotionError that says what was found and what was expected, unless `good`."""
    if not good:
        raise MotionError(f"{where} is {found!r}; it should be {expected}")
