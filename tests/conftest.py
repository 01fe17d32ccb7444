"""Fixtures that every test may use."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

# No test depends on the machine's speed; on CI the examples are the same each time, elsewhere they go on searching.
settings.register_profile("posetraj", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("posetraj")

# A shell starts what it runs in the background deaf to Ctrl-C, and so would be every program that the tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Without a GPU, the kernels written in Triton are interpreted. Triton reads this when a kernel is defined.
if not Path("/dev/nvidiactl").exists():
    os.environ.setdefault("TRITON_INTERPRET", "1")

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared test material (objects, hostile files, the golden dataset); skips where it is absent."""
    folder = Path(os.environ.get("POSETRAJ_SHARED", REPOSITORY.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"no shared test material at {folder}; set POSETRAJ_SHARED to it")
    return folder
