"""docs/trajectories.md shows every family, facing and speed as the code has them."""

import importlib.util
import re

import pytest
from PIL import Image

from blender_gen.trajectories import FACINGS, FAMILIES, PROFILES
from tests.conftest import REPOSITORY

DOCS = REPOSITORY / "docs"
PAGE = (DOCS / "trajectories.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pictures() -> dict[str, str]:
    """What the program that draws the page draws now."""
    spec = importlib.util.spec_from_file_location("draw_trajectories", DOCS / "draw_trajectories.py")
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    return program.pictures()


def test_every_family_has_a_section_with_its_formula_and_drawing():
    sections = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", PAGE, flags=re.DOTALL | re.MULTILINE))
    assert set(sections) == set(FAMILIES)
    for family, section in sections.items():
        assert section.count("```math\n") == 1, family
        assert f"(images/trajectories/{family}.svg)" in section
        assert f"(images/trajectories/{family}.jpg)" in section


def test_the_table_of_facings_is_that_of_the_families():
    rows = re.findall(r"^\| (`[^|]*`) \| [^|]* \| ([^|]*) \|$", PAGE.split("## Families")[0], flags=re.MULTILINE)
    shown = {family: set(re.findall(r"`(\w+)`", row[1])) for row in rows for family in re.findall(r"`(\w+)`", row[0])}
    assert {family: shown[family] for family in FAMILIES} == {
        family: set(kind.facings) for family, kind in FAMILIES.items()
    }


def test_every_facing_and_speed_is_told_of():
    for name in FACINGS:
        assert f"| `{name}` | ![{name}]" in PAGE
    for name in PROFILES:
        assert f"`{name}`" in PAGE


def test_the_drawings_are_what_the_program_draws(pictures):
    folder = DOCS / "images" / "trajectories"
    assert {path.name for path in folder.glob("*.svg")} == set(pictures)
    for file, drawing in pictures.items():
        assert (folder / file).read_text(encoding="utf-8") == drawing, f"{file}: run python docs/draw_trajectories.py"


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_strip_is_a_small_picture_of_six_frames(family):
    path = DOCS / "images" / "trajectories" / f"{family}.jpg"
    assert path.stat().st_size < 60_000
    with Image.open(path) as strip:
        assert strip.size == (3 * 256 + 2 * 4, 2 * 144 + 4)
