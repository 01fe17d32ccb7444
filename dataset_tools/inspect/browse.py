"""A place in a list of clips, and how to move in it."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Browse:
    """`matches` are clips' numbers in the dataset, in the order shown; `position` is a place among them."""

    matches: tuple[int, ...]
    position: int = 0

    @property
    def index(self) -> int | None:
        """The clip's number in the dataset; None where there is no match."""
        return self.matches[self.position] if self.matches else None

    def to(self, position: int) -> "Browse":
        """At that place, or at the nearest that there is."""
        return replace(self, position=max(0, min(position, len(self.matches) - 1)))

    def step(self, by: int) -> "Browse":
        """Some places on; it stops at the ends."""
        return self.to(self.position + by)

    def among(self, matches: tuple[int, ...], keep: bool = True) -> "Browse":
        """In another list: at the same clip if that has it and `keep` is true, else at its start."""
        if keep and self.index is not None and self.index in matches:
            return Browse(matches, matches.index(self.index))
        return Browse(matches)
