"""The golden dataset and its exports, each written once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dataset_tools.exports import export_dataset
from dataset_tools.reader import Dataset


@pytest.fixture(scope="session")
def golden(shared) -> Dataset:
    return Dataset(shared / "golden")


@pytest.fixture(scope="session")
def exported(golden, tmp_path_factory) -> Callable[[str], Path]:
    """Gives the folder of the golden dataset's export in a form."""
    folder, written = tmp_path_factory.mktemp("exports"), {}

    def of(form: str) -> Path:
        if form not in written:
            written[form] = export_dataset(golden, form, folder / form)
        return written[form]

    return of
