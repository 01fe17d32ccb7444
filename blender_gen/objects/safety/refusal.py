"""Why a file is refused, and the sizes above which it is."""

from dataclasses import dataclass


class ObjectRefused(Exception):
    """A file that is not taken; the message is the reason that its record shows."""


@dataclass(frozen=True)
class Limits:
    """Sizes above which a file is refused.

    Bytes of one file, pixels of one texture, vertices of an object, values in a JSON text, bytes of a text's line.
    """

    file_bytes: int = 512 * 2**20
    image_pixels: int = 100_000_000
    vertices: int = 10_000_000
    json_values: int = 5_000_000
    line_bytes: int = 2**20

    def check_vertices(self, count: int) -> None:
        """Raise ObjectRefused where an object has more vertices than may be imported."""
        if count > self.vertices:
            raise ObjectRefused(f"too large: {count:,} vertices, at most {self.vertices:,} are read")
