"""Several stages one after the other, each with the datasets that it can learn from."""

from collections.abc import Sequence
from pathlib import Path

from dataset_tools.errors import PoseTrajError
from dataset_tools.manifest import read_manifest
from train.recipe import Recipe
from train.recipe_file import read_recipe
from train.recipes import CHAINS, RECIPES


def stages_of(recipe: str) -> tuple[Recipe, ...]:
    """Return the stages of a recipe's or a chain's name, or of a file. Raises RecipeError for others."""
    if recipe in CHAINS:
        return tuple(RECIPES[name]() for name in CHAINS[recipe])
    return (RECIPES[recipe]() if recipe in RECIPES else read_recipe(Path(recipe)),)


def datasets_of(
    recipe: Recipe, urls: Sequence[str], weights: Sequence[float]
) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return those datasets, and their weights, from which a stage of a chain learns.

    Stages before the open domain learn from synthetic clips alone. Raises PoseTrajError where none is left.
    """
    if weights and len(weights) != len(urls):
        raise PoseTrajError(f"{len(weights)} weights were given for {len(urls)} datasets; give one for each")
    if recipe.learns != "control" or recipe.camera:
        return tuple(urls), tuple(weights)
    kept = [number for number, url in enumerate(urls) if read_manifest(url).kind == "synthetic"]
    if not kept:
        raise PoseTrajError(f"the stage {recipe.name} learns from synthetic clips, and none of the datasets has any")
    return tuple(urls[number] for number in kept), tuple(weights[number] for number in kept if weights)
