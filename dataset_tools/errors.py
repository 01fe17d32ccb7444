"""Errors whose message is shown to the user as it stands."""


class PoseTrajError(Exception):
    """Base of every error that one sentence explains: what was found, what was expected, what to do."""


class FormatError(PoseTrajError):
    """A file that does not follow the dataset format, or that holds less than the caller needs."""
