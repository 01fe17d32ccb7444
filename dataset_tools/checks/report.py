"""What a check says: figures, and faults in sentences."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong. `check` is the name of the check that found it, `message` a sentence."""

    check: str
    message: str


@dataclass(frozen=True)
class ClipReport:
    """Figures of a clip by name, and its faults. No fault means that the clip is good."""

    figures: Mapping[str, float] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.faults


def merge(reports: Iterable[ClipReport]) -> ClipReport:
    """One report with the figures and faults of all, in order."""
    figures: dict[str, float] = {}
    faults: list[Fault] = []
    for report in reports:
        figures |= report.figures
        faults += report.faults
    return ClipReport(figures, tuple(faults))


def frames_text(frames: Iterable[int], most: int = 5) -> str:
    """Frame numbers for a sentence: `frame 3`, `frames 3, 4 and 7`, `frames 0, 1, 2, 3, 4 and 11 more`."""
    numbers = sorted({int(frame) for frame in frames})
    shown = [str(number) for number in numbers[:most]]
    if len(numbers) > most:
        return f"frames {', '.join(shown)} and {len(numbers) - most} more"
    if len(numbers) > 1:
        return f"frames {', '.join(shown[:-1])} and {shown[-1]}"
    return f"frame {shown[0]}" if shown else "no frame"
