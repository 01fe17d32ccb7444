import pytest

from dataset_tools.errors import PoseTrajError
from train.chain import datasets_of, stages_of
from train.errors import RecipeError
from train.recipes import backbone, bbox, open_domain, plain, vae


def test_all_is_the_papers_three_stages() -> None:
    assert stages_of("all") == (bbox(), plain(), open_domain())


def test_from_nothing_begins_with_the_vae_and_the_backbone() -> None:
    assert [recipe.name for recipe in stages_of("from-nothing")] == ["vae", "backbone", "bbox", "plain", "open-domain"]


def test_a_name_or_a_file_is_one_stage(tmp_path) -> None:
    (tmp_path / "mine.yaml").write_text("{base: plain, steps: 3}")
    assert stages_of("plain") == (plain(),)
    (made,) = stages_of(str(tmp_path / "mine.yaml"))
    assert (made.name, made.steps) == ("mine", 3)
    with pytest.raises(RecipeError, match="cannot read the recipe boxes"):
        stages_of("boxes")


@pytest.mark.parametrize("recipe", [bbox(), plain()])
def test_stages_before_the_open_domain_learn_from_synthetic_clips_alone(recipe, small, real) -> None:
    both = (str(real), str(small))
    assert datasets_of(recipe, both, (3.0, 1.0)) == ((str(small),), (1.0,))
    assert datasets_of(recipe, both, ()) == ((str(small),), ())
    with pytest.raises(PoseTrajError, match="none of the datasets has any"):
        datasets_of(recipe, (str(real),), ())


@pytest.mark.parametrize("recipe", [open_domain(), vae(), backbone()])
def test_the_other_stages_learn_from_all(recipe, small, real) -> None:
    both = (str(real), str(small))
    assert datasets_of(recipe, both, (3.0, 1.0)) == (both, (3.0, 1.0))


def test_weights_are_as_many_as_datasets(small) -> None:
    with pytest.raises(PoseTrajError, match="2 weights were given for 1 datasets"):
        datasets_of(plain(), (str(small),), (1.0, 2.0))
