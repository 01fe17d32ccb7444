"""What a form of export is to the run that feeds it clips."""

from pathlib import Path
from typing import ClassVar, Protocol

from dataset_tools.exports.opened import OpenedClip


class Form(Protocol):
    """Writes clips into a folder that is new and empty; `needs` must be there, `takes` is used where it is."""

    needs: ClassVar[tuple[str, ...]]
    takes: ClassVar[tuple[str, ...]]

    def __init__(self, folder: Path) -> None: ...

    def add(self, clip: OpenedClip) -> None:
        """Write one clip; they come in the dataset's order."""

    def finish(self) -> None:
        """Write what is known only once all clips have come."""
