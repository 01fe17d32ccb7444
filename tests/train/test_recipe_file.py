import json
from pathlib import Path

import pytest

from model.condition_kinds import ConditionKinds
from train.errors import RecipeError
from train.example import Cut
from train.recipe import Recipe
from train.recipe_file import read_recipe
from train.recipes import RECIPES, bbox, open_domain, plain


def read(folder: Path, text: str) -> Recipe:
    (folder / "mine.yaml").write_text(text)
    return read_recipe(folder / "mine.yaml")


def test_the_stages_are_those_of_the_paper() -> None:
    assert (bbox().target, plain().target, open_domain().target) == ("boxed", "plain", "plain")
    assert [recipe().camera for recipe in (bbox, plain, open_domain)] == [False, False, True]
    assert {recipe().learns for recipe in (bbox, plain, open_domain)} == {"control"}
    assert bbox().cut == Cut(frames=14, most_objects=3, mirror=0.5)


def test_every_recipe_can_be_made_and_has_its_name() -> None:
    assert {name: make().name for name, make in RECIPES.items()} == {name: name for name in RECIPES}


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path) -> None:
    made = read(
        tmp_path, "{base: plain, steps: 7, camera: true, optimiser: {lr: 1e-4, betas: [0.5, 1]}, cut: {frames: 4}}"
    )
    assert (made.name, made.steps, made.camera, made.cut) == ("mine", 7, True, Cut(frames=4))
    assert (made.optimiser.lr, made.optimiser.betas, made.optimiser.warmup) == (1e-4, (0.5, 1.0), 500)
    assert made.sigmas == plain().sigmas and made.batch == plain().batch


def test_a_table_that_a_recipe_leaves_away_can_be_given_in_part(tmp_path) -> None:
    assert plain().conditions is None
    assert read(tmp_path, "{base: plain, conditions: {camera: rays}}").conditions == ConditionKinds("stroke", "rays")


def test_json_is_read_too(tmp_path) -> None:
    assert read(tmp_path, json.dumps({"base": "vae", "batch": 3})).batch == 3


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[", "neither YAML nor JSON"),
        ("[1]", "a table with base"),
        ("{steps: 1}", "a table with base, one of bbox"),
        ("{base: [1]}", "a table with base"),
        ("{base: bbox, stps: 1}", "unknown setting stps; known are name"),
        ("{base: bbox, optimiser: {rate: 1}}", "unknown setting optimiser.rate"),
        ("{base: bbox, optimiser: 3}", "optimiser should be a table"),
        ("{base: bbox, steps: 1.5}", "steps is 1.5; it should be a whole number"),
        ("{base: bbox, steps: true}", "steps is True"),
        ("{base: bbox, steps: 0}", "steps of the recipe mine is 0; it should be 1 or more"),
        ("{base: bbox, cut: {frames: 1}}", "cut.frames of the recipe mine is 1; it should be 2 or more"),
        ("{base: vae, cut: {frames: 0}}", "it should be 1 or more"),
        ("{base: bbox, learns: all}", "learns is 'all'; it should be one of control, backbone, vae"),
        ("{base: bbox, optimiser: {betas: [1]}}", "optimiser.betas is \\[1\\]; it should be 2 values"),
        ("{base: bbox, optimiser: {lr: fast}}", "optimiser.lr is 'fast'; it should be a number"),
        ("{base: bbox, optimiser: {lr: .nan}}", "optimiser.lr of the recipe mine is nan"),
        ("{base: bbox, drop: {image: 2.0}}", "rates are 0 to 1"),
        ("{base: bbox, conditions: {pen: disc}}", "conditions.pen is 'disc'; it should be one of stroke, glow"),
        ("{base: bbox, conditions: glow}", "conditions should be a table"),
        ("{base: bbox, motion_bucket: 256}", "motion_bucket of the recipe mine is 256.0; it should be 0 to 255"),
    ],
)
def test_settings_that_cannot_be_are_named(tmp_path, text, named) -> None:
    with pytest.raises(RecipeError, match=named) as caught:
        read(tmp_path, text)
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_that_is_not_there_is_named_with_the_recipes(tmp_path) -> None:
    with pytest.raises(RecipeError, match="cannot read the recipe .*bbox, plain, open-domain"):
        read_recipe(tmp_path / "none.yaml")
