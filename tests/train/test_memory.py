from dataclasses import replace

import pytest

from model.fresh import fresh_pipeline
from train.memory import clips_at_once, kept_by_a_clip
from train.recipes import backbone, plain, vae

SIZE = (64, 64)


@pytest.fixture(scope="module")
def tiny():
    return fresh_pipeline("tiny", seed=0)


@pytest.fixture(scope="module", params=[plain(), backbone()], ids=lambda recipe: recipe.name)
def recipe(request):
    return replace(request.param, cut=replace(request.param.cut, frames=4))


def test_what_fits_grows_with_the_memory_and_divides_the_batch(tiny, recipe) -> None:
    found = [clips_at_once(recipe, tiny, SIZE, 12, memory << 20) for memory in (1, 256, 1 << 20)]
    assert found == sorted(found) and found[0] == 1 and found[-1] == 12
    assert 12 % found[1] == 0


def test_checkpointing_and_smaller_videos_leave_room_for_more(tiny, recipe) -> None:
    whole = kept_by_a_clip(recipe, tiny, SIZE)
    assert kept_by_a_clip(replace(recipe, checkpointing=True), tiny, SIZE) < whole
    assert kept_by_a_clip(recipe, tiny, (32, 32)) < whole


def test_a_vae_takes_its_batch(tiny) -> None:
    assert clips_at_once(vae(), tiny, SIZE, 24, 1) == 24
