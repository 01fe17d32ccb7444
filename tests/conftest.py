"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared test material (objects, hostile files, the golden dataset); skips where it is absent."""
    folder = Path(os.environ.get("POSETRAJ_SHARED", REPOSITORY.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"no shared test material at {folder}; set POSETRAJ_SHARED to it")
    return folder
