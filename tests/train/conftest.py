"""Without torch there is nothing to collect here; with it, each test process has one thread: more only wait."""

from importlib.util import find_spec
from multiprocessing import set_forkserver_preload

import pytest

collect_ignore_glob = [] if find_spec("torch") and find_spec("diffusers") else ["*.py"]


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    import torch

    torch.set_num_threads(1)
    set_forkserver_preload(["tests.train.runs"])  # workers then begin at once, without an import of torch each


@pytest.fixture(scope="session")
def small(shared, tmp_path_factory):
    """The golden dataset at 64x32."""
    from tests.train.small import write_small

    return write_small(shared / "golden", tmp_path_factory.mktemp("small") / "synthetic")


@pytest.fixture(scope="session")
def real(shared, tmp_path_factory):
    """The same as real clips: without boxes, depth and camera."""
    from tests.train.small import write_small

    return write_small(shared / "golden", tmp_path_factory.mktemp("small") / "real", "real")
