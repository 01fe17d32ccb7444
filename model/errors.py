"""Errors of the model whose message is shown to the user as it stands."""

from dataset_tools.errors import PoseTrajError


class ModelError(PoseTrajError):
    """A model that cannot be read, or whose parts do not fit together."""


class RequestError(PoseTrajError, ValueError):
    """A video that cannot be made as it is asked for."""
