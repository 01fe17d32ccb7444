"""Charts as SVG for a page: every text is escaped, colours come from the page's style sheet."""

import html
import math
from collections.abc import Callable, Sequence

from dataset_tools.stats.histogram import Histogram
from dataset_tools.stats.positions import Grid
from dataset_tools.stats.wording import joined, percent, value_text

Direction = Callable[[float], tuple[float, float]]
"""Where an angle in degrees points on the screen: x right, y down, of length 1."""
CELL = (30.0, 25.3)
"""Width and height of a cell of the heat map: 12 x 8 of them look like a film's frame."""
RADIUS = 100.0


def seen_from_camera(angle_deg: float) -> tuple[float, float]:
    """From above with the camera below: 0 degrees points down, at it; 90 to the right."""
    angle = math.radians(angle_deg)
    return math.sin(angle), math.cos(angle)


def counter_clockwise(angle_deg: float) -> tuple[float, float]:
    """As in a map: 0 degrees points right, 90 up."""
    angle = math.radians(angle_deg)
    return math.cos(angle), -math.sin(angle)


def bar(share: float, low: bool = False) -> str:
    """A bar that fills `share` (0 to 1) of its groove."""
    width = min(max(100 * share, 0.8 if share else 0.0), 100.0)
    return (
        '<svg aria-hidden="true"><rect class="groove" width="100%" height="100%" rx="3"/>'
        f'<rect class="bar{" low" * low}" width="{width:.2f}%" height="100%" rx="3"/></svg>'
    )


def histogram_chart(histogram: Histogram) -> str:
    """Bars over the values, the median marked."""
    edges, counts = joined(histogram)
    width, height, most = 300.0, 92.0, max(counts)
    each = width / len(counts)
    bars = []
    for k, count in enumerate(counts):
        if count:
            tall = max(height * count / most, 1.0)
            low, high = value_text(edges[k]), value_text(edges[k + 1], histogram.unit)
            hint = f"{low} to {high}: {count:,} ({percent(count / histogram.total)})"
            bars.append(
                f'<rect class="bar" x="{k * each + 0.5:.2f}" y="{height - tall:.2f}" width="{max(each - 1, 1):.2f}" '
                f'height="{tall:.2f}">{_hint(hint)}</rect>'
            )
    at = width * (histogram.median - edges[0]) / (edges[-1] - edges[0])
    parts = [
        *bars,
        f'<line class="axis" x1="0" y1="{height}" x2="{width}" y2="{height}"/>',
        f'<line class="middle" x1="{at:.2f}" y1="0" x2="{at:.2f}" y2="{height + 5}"/>',
        _text(0, height + 15, value_text(edges[0])),
        _text(width, height + 15, value_text(edges[-1]), "end"),
    ]
    if 0.15 < at / width < 0.85:
        parts.append(_text(at, height + 17, value_text(histogram.median), "middle", "strong"))
    return _svg((0, -2, width, height + 22), f"Histogram: {histogram.title}", parts)


def heat_map(places: Grid, thirds: Grid) -> str:
    """Shares of the positions in the cells of the picture, those of its thirds written over them."""
    rows, columns = len(places.cells), len(places.cells[0])
    width, height = columns * CELL[0], rows * CELL[1]
    most = max(map(max, places.shares)) or 1.0
    parts = []
    for y, row in enumerate(places.shares):
        for x, share in enumerate(row):
            box = f'x="{x * CELL[0]:.1f}" y="{y * CELL[1]:.1f}" width="{CELL[0]}" height="{CELL[1]}"'
            parts.append(f'<rect class="cell" {box}/>')
            parts.append(f'<rect class="heat" {box} fill-opacity="{share / most:.3f}">{_hint(_fine(share))}</rect>')
    for k in (1, 2):
        parts.append(
            f'<path class="third" d="M{width * k / 3:.1f} 0V{height:.1f}M0 {height * k / 3:.1f}H{width:.1f}"/>'
        )
    for y, row in enumerate(thirds.shares):
        for x, share in enumerate(row):
            parts.append(_text(width * (x + 0.5) / 3, height * (y + 0.5) / 3 + 4, percent(share), "middle", "strong"))
    parts.append(f'<rect class="frame" width="{width:.1f}" height="{height:.1f}"/>')
    return _svg((-1, -1, width + 2, height + 26), "Heat map of positions", [*parts, *_scale(width, height + 8, most)])


def rose(
    sectors: Sequence[int], octants: Sequence[int], direction: Direction, marks: Sequence[tuple[float, str]]
) -> str:
    """Shares of directions about a point: a wedge's area is its share, a dashed circle is where an even spread ends.

    Octants, the first centred on 0 degrees, are filled, and the finer `sectors` from 0 degrees on drawn over them as a
    line; without octants the sectors are filled. `marks` are (angle, text) to write around.
    """
    density = [count * len(sectors) / (sum(sectors) or 1) for count in sectors]
    wider = [count * len(octants) / (sum(octants) or 1) for count in octants]
    unit = RADIUS / math.sqrt(max(*density, *wider, 1.0))
    turn, eighth = 360 / len(sectors), 360 / (len(octants) or 1)
    parts = [
        _wedge("octant", (k - 0.5) * eighth, eighth, unit * math.sqrt(each), direction, percent(each / len(octants)))
        for k, each in enumerate(wider)
    ]
    radii = [unit * math.sqrt(each) for each in density]
    if octants:
        steps = [direction(angle * turn) for k in range(len(sectors)) for angle in (k, k + 1)]
        line = "L".join(f"{radii[k // 2] * x:.2f} {radii[k // 2] * y:.2f}" for k, (x, y) in enumerate(steps))
        parts.append(f'<path class="outline" d="M{line}Z"/>')
    else:
        hints = [f"{k * turn:g}° to {(k + 1) * turn:g}°: {count:,}" for k, count in enumerate(sectors)]
        parts += [_wedge("wedge", k * turn, turn, radii[k], direction, hint) for k, hint in enumerate(hints)]
    parts.append(f'<circle class="even" r="{unit:.2f}"/>')
    for k, count in enumerate(octants):
        x, y = direction(k * eighth)
        parts.append(
            _text(x * (RADIUS + 20), y * (RADIUS + 14) + 4, percent(count / (sum(octants) or 1)), "middle", "strong")
        )
    for angle, words in marks:
        x, y = direction(angle)
        anchor = "middle" if abs(x) < 0.3 else ("start" if x > 0 else "end")
        parts.append(_text(x * (RADIUS + 40), y * (RADIUS + 32) + 4, words, anchor))
    return _svg((-190, -148, 380, 296), "Rose of directions", parts)


def _scale(width: float, y: float, most: float) -> list[str]:
    """The colours of a heat map from nothing to its most."""
    steps, left = 12, width * 0.3
    each = width * 0.4 / steps
    boxes = [
        f'<rect class="heat" x="{left + k * each:.2f}" y="{y}" width="{each:.2f}" height="8" '
        f'fill-opacity="{k / (steps - 1):.3f}"/>'
        for k in range(steps)
    ]
    frame = f'<rect class="frame" x="{left:.2f}" y="{y}" width="{steps * each:.2f}" height="8"/>'
    ends = [_text(left - 6, y + 8, "0 %", "end"), _text(left + steps * each + 6, y + 8, f"{_fine(most)} in a cell")]
    return [*boxes, frame, *ends]


def _wedge(style: str, start_deg: float, turn_deg: float, radius: float, direction: Direction, hint: str) -> str:
    """A sector about the origin, its arc drawn in short straight steps."""
    steps = max(2, math.ceil(turn_deg / 5))
    points = [direction(start_deg + turn_deg * k / steps) for k in range(steps + 1)]
    outline = "L".join(f"{radius * x:.2f} {radius * y:.2f}" for x, y in points)
    return f'<path class="{style}" d="M0 0L{outline}Z">{_hint(hint)}</path>'


def _fine(share: float) -> str:
    return f"{100 * share:.3g} %"


def _hint(words: str) -> str:
    return f"<title>{html.escape(words)}</title>"


def _text(x: float, y: float, words: str, anchor: str = "start", style: str = "") -> str:
    style = f' class="{style}"' if style else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{style}>{html.escape(words)}</text>'


def _svg(view: tuple[float, float, float, float], name: str, parts: Sequence[str]) -> str:
    box = " ".join(f"{value:g}" for value in view)
    return f'<svg class="chart" viewBox="{box}" role="img" aria-label="{html.escape(name)}">{"".join(parts)}</svg>'
