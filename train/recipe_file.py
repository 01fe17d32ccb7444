"""Recipes from YAML or JSON files: a table of settings over one of the recipes that there are."""

import dataclasses
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import yaml

from train.errors import RecipeError
from train.recipe import Recipe
from train.recipes import RECIPES


def read_recipe(path: Path) -> Recipe:
    """Return the recipe of a file such as `{base: bbox, steps: 2000, optimiser: {lr: 2.0e-5}}`.

    Raises RecipeError for a file that cannot be read, and settings that there are not or that cannot be.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError(f"cannot read the recipe {path}: {error.strerror}; or name one: {_known()}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path} is neither YAML nor JSON: {' '.join(str(error).split())}") from error
    if not isinstance(values, dict) or str(values.get("base")) not in RECIPES:
        raise RecipeError(f"{path} should be a table with base, one of {_known()}, and the settings that differ")
    base = RECIPES[values.pop("base")]()
    return override(dataclasses.replace(base, name=path.stem), values)


def override(settings: Any, values: Mapping[str, Any], owner: str = "") -> Any:
    """Return frozen settings with `values` in place of their own; nested tables may be given in part.

    Raises RecipeError for a setting that there is not, or a value of another kind.
    """
    if not isinstance(values, Mapping):
        raise RecipeError(f"{owner.rstrip('.') or 'a recipe'} should be a table of settings, not {values!r}")
    kinds = get_type_hints(type(settings))
    changes = {}
    for name, value in values.items():
        if name not in kinds:
            raise RecipeError(f"unknown setting {owner}{name}; known are {', '.join(kinds)}")
        own = getattr(settings, name)
        if own is None:  # a table that was left away
            own = get_args(kinds[name])[0]()
        nested = dataclasses.is_dataclass(own)
        changes[name] = override(own, value, f"{owner}{name}.") if nested else _read(kinds[name], value, owner + name)
    try:
        return dataclasses.replace(settings, **changes)
    except ValueError as error:
        raise RecipeError(str(error)) from error


def _read(kind: Any, value: Any, name: str) -> Any:
    """Return a value of the kind that a setting has."""
    if get_args(kind) and get_origin(kind) is not tuple:
        good = value in get_args(kind)
        wanted = "one of " + ", ".join(map(str, get_args(kind)))
    elif get_origin(kind) is tuple:
        parts = get_args(kind)
        good = isinstance(value, list | tuple) and len(value) == len(parts)
        if good:
            return tuple(_read(part, item, name) for part, item in zip(parts, value, strict=True))
        wanted = f"{len(parts)} values"
    else:
        if kind is float and type(value) in (int, str):  # YAML takes 1e-5, without a point, for a text
            with suppress(ValueError):
                value = float(value)
        good = type(value) is kind
        wanted = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}[kind]
    if not good:
        raise RecipeError(f"{name} is {value!r}; it should be {wanted}")
    return value


def _known() -> str:
    return ", ".join(RECIPES)
