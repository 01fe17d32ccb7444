"""Small films, a tiny SVD, and a cache of one by the other. Without torch there is nothing to collect here."""

from importlib.util import find_spec
from pathlib import Path

import pytest

collect_ignore_glob = [] if find_spec("torch") and find_spec("diffusers") else ["*.py"]


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def svd(tmp_path_factory) -> Path:
    """Folder of a tiny pipeline of SVD, image encoder and all."""
    from tests.model.test_pipeline import write_svd

    folder = tmp_path_factory.mktemp("svd")
    write_svd(folder)
    return folder


@pytest.fixture(scope="session")
def pipeline(svd):
    from model.load import load_pipeline

    return load_pipeline(svd)


@pytest.fixture(scope="session")
def made(pipeline, tmp_path_factory):
    """A cache of five small films; not to be changed."""
    from tests.train.latents.films import make_cache, write_films

    return make_cache(write_films(tmp_path_factory.mktemp("films")), pipeline)


@pytest.fixture
def own(made, tmp_path):
    """A copy of it and of its films, to be changed: the dataset."""
    import shutil

    from dataset_tools.reader import Dataset

    url = Path(made.folder.url).parents[1]
    shutil.copytree(url, tmp_path / "films")
    return Dataset(tmp_path / "films")
