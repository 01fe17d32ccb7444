"""Where files lie: local paths and everything that fsspec reaches."""

from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs

from dataset_tools.errors import FormatError, MissingPackageError


def filesystem_of(url: str) -> tuple[AbstractFileSystem, str]:
    """The file system of a URL or local path, and the path in it.

    Raises MissingPackageError where the package for its kind is not installed, FormatError for an unknown kind.
    """
    kind = url.partition("://")[0]
    try:
        return url_to_fs(url)
    except ImportError as error:
        extra = "pip install 'posetraj[s3]'" if kind in ("s3", "s3a") else f"install what fsspec asks for: {error}"
        raise MissingPackageError(f"{kind}:// needs a package that is not installed; {extra}") from error
    except ValueError as error:
        raise FormatError(f"{url} is no place that can be read ({error}); give a folder or a URL") from error
