"""A run writes its card before the manifest, and loses nothing where that fails."""

import pytest

from dataset_tools import Dataset
from dataset_tools.card import write_card
from dataset_tools.card.finishing import write_card_before
from dataset_tools.manifest import write_manifest
from tests.dataset_tools.card.conftest import FILES, card_of, files_of


@pytest.fixture
def said() -> list[str]:
    return []


def test_a_run_writes_the_card_that_stats_writes(unfinished, said, tmp_path):
    folder, manifest = unfinished
    write_card_before(manifest, folder, said.append)
    assert said == [] and not (folder / "dataset.json").exists()
    write_manifest(folder, manifest)
    write_card(tmp_path / "again", card_of(folder))
    assert files_of(folder) == files_of(tmp_path / "again") and set(files_of(folder)) == set(FILES)


def test_a_card_that_fails_is_told_in_one_line_and_an_old_one_goes(unfinished, said):
    folder, manifest = unfinished
    write_card_before(manifest, folder, said.append)
    (folder / "ledger.jsonl").write_text("no ledger\n")
    write_card_before(manifest, folder, said.append)
    assert len(said) == 1 and "\n" not in said[0]
    assert "ledger.jsonl" in said[0] and f"posetraj stats {folder} --out {folder}" in said[0]
    assert files_of(folder) == {}
    write_manifest(folder, manifest)
    assert len(Dataset(folder)) == 5


def test_a_folder_where_the_card_cannot_lie_is_no_reason_to_stop(unfinished, said):
    folder, manifest = unfinished
    (folder / "card").write_text("in the way")
    write_card_before(manifest, folder, said.append)
    assert len(said) == 1 and "card" in said[0]


def test_a_readme_that_a_person_changed_stays_beside_the_new_page(unfinished, said):
    folder, manifest = unfinished
    (folder / "README.md").write_text("# Mine\n")
    write_card_before(manifest, folder, said.append)
    assert len(said) == 1 and "README.md" in said[0] and "stays as it is" in said[0]
    assert (folder / "README.md").read_text() == "# Mine\n" and (folder / "card.html").exists()
