"""A film with two discs over a moving ground, made once."""

from pathlib import Path

import pytest

from tests.dataset_tools.import_video.films import Patch, Scene, shot, write_film

TWO_DISCS = Scene(
    patches=(
        Patch(26, lambda s: (70 + 50 * s, 60 + 10 * s), turn=lambda s: 0.5 * s),
        Patch(20, lambda s: (230 - 30 * s, 115 - 14 * s), seed=7, tint=(0.5, 1.0, 0.6)),
    ),
    pan=lambda s: (12 * s, 4 * s),
)


@pytest.fixture(scope="session")
def two_discs() -> Scene:
    return TWO_DISCS


@pytest.fixture(scope="session")
def film_of_discs(tmp_path_factory) -> Path:
    """36 frames at 24 per second, 288x160."""
    return write_film(tmp_path_factory.mktemp("films") / "discs.mp4", shot(TWO_DISCS, 36))
