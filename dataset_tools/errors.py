"""Errors whose message is shown to the user as it stands."""

from collections.abc import Iterator
from contextlib import contextmanager


class PoseTrajError(Exception):
    """Base of every error that one sentence explains: what was found, what was expected, what to do."""


class FormatError(PoseTrajError):
    """A file that does not follow the dataset format, or that holds less than the caller needs."""


class MissingPackageError(PoseTrajError):
    """A package that only some commands need is not installed."""


@contextmanager
def located(where: str) -> Iterator[None]:
    """Put `where` (a clip's member, a file) before the message of any FormatError raised inside the block."""
    try:
        yield
    except FormatError as error:
        raise FormatError(f"{where}: {error}") from error
