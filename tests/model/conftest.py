"""Without torch there is nothing to collect here; with it, each test process has one thread: more only wait."""

from importlib.util import find_spec

import pytest

collect_ignore_glob = [] if find_spec("torch") and find_spec("diffusers") else ["*.py"]


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    import torch

    torch.set_num_threads(1)
