import json

import pytest

from train.errors import RunError
from train.identity import identity


def test_presets_and_names_on_the_hub_are_what_they_are_called() -> None:
    assert [identity(name) for name in ("tiny", "somebody/svd")] == ["tiny", "somebody/svd"]


def test_of_a_folder_the_files_count_and_not_the_place(tmp_path) -> None:
    for name, weights in (("a", "1"), ("b", "1"), ("c", "2")):
        (tmp_path / name / "unet").mkdir(parents=True)
        (tmp_path / name / "unet" / "weights.safetensors").write_text(weights)
    first, same, other = (identity(str(tmp_path / name)) for name in "abc")
    assert first == same != other


def test_of_a_model_that_was_trained_what_made_it_counts(tmp_path) -> None:
    found = []
    for number, facts in enumerate(({"seed": 1, "model": "x"}, {"model": "x", "seed": 1}, {"seed": 2, "model": "x"})):
        model = tmp_path / str(number) / "model"
        model.mkdir(parents=True)
        (model / "model_index.json").write_text("{}")
        (model / "run.json").write_text(json.dumps({"step": 3, "facts": facts}))
        found.append(identity(str(tmp_path / str(number))))
    assert found[0] == found[1] != found[2]


def test_a_run_that_has_not_finished_is_none(tmp_path) -> None:
    (tmp_path / "checkpoints").mkdir()
    with pytest.raises(RunError, match="has not finished"):
        identity(str(tmp_path))
