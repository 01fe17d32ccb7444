"""What can be wrong with the framing of a picture."""

from blender_gen.trajectories.errors import MotionError


class FramingError(MotionError):
    """Points, times or a margin for which no camera can be placed."""
