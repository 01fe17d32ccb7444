"""Errors of training whose message is shown to the user as it stands."""

from dataset_tools.errors import PoseTrajError


class RecipeError(PoseTrajError):
    """A recipe that cannot be used."""


class RunError(PoseTrajError):
    """A training run that cannot begin or go on."""
