"""What can be wrong with the description of a movement."""

from dataset_tools.errors import PoseTrajError


class MotionError(PoseTrajError):
    """A name, number or time that no trajectory or camera can have; the message says what may stand there."""
