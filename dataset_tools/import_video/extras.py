"""The optional packages that importing films needs."""

from collections.abc import Sequence
from importlib.util import find_spec

from dataset_tools.errors import FormatError


def require(packages: Sequence[str]) -> None:
    """Raise a FormatError that names the packages that are not installed, and how to install them."""
    absent = [name for name in packages if find_spec(name) is None]
    if absent:
        verb = "is" if len(absent) == 1 else "are"
        raise FormatError(
            f"import-video needs {', '.join(absent)}, which {verb} not installed; pip install 'posetraj[video]'"
        )
