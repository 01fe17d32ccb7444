"""What can be wrong with a scene or with the files that one is made of."""

from dataset_tools.errors import PoseTrajError


class SceneError(PoseTrajError):
    """A scene that cannot be drawn or read as asked; the message says what it may be."""


class SceneLibraryError(PoseTrajError):
    """A folder or file of the user's own HDRIs or textures that cannot be used; the message names it."""
