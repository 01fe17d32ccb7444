"""Every example of docs/library.md runs as it stands, on the golden dataset, and does what its words say."""

import re
import shutil

import pytest
from PIL import Image

from tests.conftest import REPOSITORY

BLOCKS = re.findall(
    r"## ([^\n]+)\n|```python\n(.*?)```", (REPOSITORY / "docs/library.md").read_text(encoding="utf-8"), flags=re.DOTALL
)


def examples() -> list[tuple[str, str]]:
    """(heading, code) of each block."""
    found, heading = [], ""
    for title, code in BLOCKS:
        heading = title or heading
        if code:
            found.append((heading, code))
    return found


@pytest.fixture
def run(shared, tmp_path, monkeypatch, capsys):
    """Run the blocks under a heading in a folder where `my-dataset` is the golden dataset; gives what they printed."""
    shutil.copytree(shared / "golden", tmp_path / "my-dataset")
    monkeypatch.chdir(tmp_path)

    def under(heading: str) -> list[str]:
        for title, code in examples():
            if title == heading:
                exec(compile(code, f"docs/library.md, {heading}", "exec"), {"__name__": "example"})
        return capsys.readouterr().out.splitlines()

    return under


def test_every_heading_with_an_example_is_tried_below():
    tried = set(re.findall(r'run\("([^"]+)"\)', (REPOSITORY / "tests/test_docs_library.py").read_text()))
    assert {heading for heading, _ in examples()} == tried


def test_open(run):
    assert run("Open") == [
        "5 ('00000000', '00000002') synthetic 8",
        "{'train': 3, 'val': 1, 'test': 1}",
        "00000000 00000003 2",
    ]


def test_choose(run):
    assert run("Choose clips without reading them") == [
        "00000000 ('crate', 'egg') orbit",
        "00000002 ('car', 'egg') orbit",
        "00000004 ('crate', 'egg') orbit",
    ]


def test_arrays(run):
    assert run("One clip's arrays") == [
        "crate (12, 112, 192, 3) (12, 2, 4, 4) (12, 2, 8, 2)",
        "(12, 112, 192) float16",
    ]


def test_project(run):
    shape, holds = run("Project a point")
    assert shape.startswith("(12, 2, 2) ") and float(shape.split()[-1]) > 1
    assert holds == "True"


def test_draw(run, tmp_path):
    run("Draw a box")
    assert Image.open(tmp_path / "boxes.png").size == (3 * 192, 3 * 112)


def test_write(run, tmp_path):
    assert run("Write a page, and a card")[-1].startswith("{'circle_arc': 8} {'CC0-1.0': 5} (")
    assert (tmp_path / "clips.html").read_text().startswith("<!doctype html>")
    assert {path.name for path in (tmp_path / "card-of-my-dataset").iterdir()} == {"README.md", "card.html", "card"}


def test_without(run):
    lines = run("Without this toolkit")
    assert [line.split()[0] for line in lines] == ["00000000", "00000002", "00000004"]
    assert all(line.endswith("(12, 2, 2) orbit") for line in lines)


def test_torch(run):
    lines = run("Feed torch")
    assert sorted(re.findall(r"\d{8}", " ".join(lines))) == ["00000000", "00000002", "00000004"]
    assert any("(2, 12, 3, 112, 192) (2, 12, 8, 2)" in line for line in lines)
