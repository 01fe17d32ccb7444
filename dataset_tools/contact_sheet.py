"""One picture of many clips: frames with boxes and paths drawn, and captions under them."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from dataset_tools.captions import motion, name_of, objects, spoken
from dataset_tools.clip import Clip
from dataset_tools.drawing import Layers, draw_frame, object_colour

BACKGROUND = (13, 16, 23)
TEXT = (226, 232, 240)
FAINT = (132, 142, 160)
GAP = 16
PADDING = 24
RADIUS = 8
MAX_OBJECTS = 4
"""Objects named under a clip; of more, the number is given."""


def contact_sheet(
    clips: Iterable[Clip],
    columns: int = 4,
    frames: int = 1,
    frame_width: int = 480,
    layers: Layers | None = None,
) -> Image.Image:
    """A sheet of clips, `columns` in a row, each as `frames` frames side by side of `frame_width` px.

    One frame is the clip's middle one, several run evenly from the first to the last. Under each clip stand
    its key, split and camera, and each object's colour, name, family and total rotation.
    Raises ValueError where there is no clip, or for less than one column or frame; FormatError for a clip
    that cannot be read.
    """
    if columns < 1 or frames < 1:
        raise ValueError(f"a contact sheet has at least 1 column and 1 frame, not {columns} and {frames}")
    cells = [_cell(clip, frames, frame_width, layers or Layers()) for clip in clips]
    if not cells:
        raise ValueError("a contact sheet shows at least one clip, and there is none")
    rows = [cells[i : i + columns] for i in range(0, len(cells), columns)]
    row_heights = [max(cell.height for cell in row) for row in rows]
    across = min(columns, len(cells))
    width = 2 * PADDING + across * cells[0].width + (across - 1) * GAP
    height = 2 * PADDING + sum(row_heights) + (len(rows) - 1) * GAP
    sheet = Image.new("RGB", (width, height), BACKGROUND)
    y = PADDING
    for row, row_height in zip(rows, row_heights, strict=True):
        for column, cell in enumerate(row):
            sheet.paste(cell, (PADDING + column * (cells[0].width + GAP), y))
        y += row_height + GAP
    return sheet


def _cell(clip: Clip, frames: int, frame_width: int, layers: Layers) -> Image.Image:
    video = clip.video()
    scale = frame_width / video.shape[2]
    masks = clip.masks if layers.masks and clip.has("masks") else None
    steps = [len(video) // 2] if frames == 1 else np.linspace(0, len(video) - 1, frames).round().astype(int)
    pictures = [
        _rounded(draw_frame(video[t], clip.labels, t, layers, None if masks is None else masks[t], scale))
        for t in steps
    ]
    things = objects(clip)
    size = max(13, frame_width // 30)
    line = round(size * 1.55)
    shown = min(len(things), MAX_OBJECTS) + (len(things) > MAX_OBJECTS)
    height = pictures[0].height + GAP // 2 + line * (1 + shown)
    cell = Image.new("RGB", (frames * frame_width + (frames - 1) * GAP // 2, height), BACKGROUND)
    for i, picture in enumerate(pictures):
        cell.paste(picture, (i * (frame_width + GAP // 2), 0))
    _captions(cell, clip, things, pictures[0].height + GAP // 2, size, line)
    return cell


def _rounded(pixels: np.ndarray) -> Image.Image:
    picture = Image.fromarray(pixels)
    corners = Image.new("L", (picture.width * 4, picture.height * 4))
    box = (0, 0, corners.width - 1, corners.height - 1)
    ImageDraw.Draw(corners).rounded_rectangle(box, RADIUS * 4, fill=255)
    return Image.composite(picture, Image.new("RGB", picture.size, BACKGROUND), corners.reduce(4))


def _captions(
    cell: Image.Image, clip: Clip, things: Sequence[dict[str, Any]], y: int, size: int, line: int
) -> None:
    draw = ImageDraw.Draw(cell)
    font = ImageFont.load_default(size)
    where = " · ".join(spoken(part) for part in (clip.split, clip.meta.get("camera")) if part)
    draw.text((0, y), clip.key, TEXT, font)
    draw.text((draw.textlength(clip.key, font) + size * 0.8, y), where, FAINT, font)
    for n, thing in enumerate(things[:MAX_OBJECTS]):
        y += line
        _dot(cell, (size * 0.4, y + size * 0.62), size * 0.34, object_colour(n))
        facts = motion(thing, "family")
        indent, space = size * 1.3, size * 0.8
        name = _shortened(
            name_of(thing), cell.width - indent - space - draw.textlength(facts, font), draw, font
        )
        draw.text((indent, y), name, TEXT, font)
        draw.text((indent + draw.textlength(name, font) + space, y), facts, FAINT, font)
    if len(things) > MAX_OBJECTS:
        draw.text((size * 1.3, y + line), f"and {len(things) - MAX_OBJECTS} more", FAINT, font)


def _shortened(text: str, width: float, draw: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont) -> str:
    """`text` on one line, cut with an ellipsis where it is wider than `width` px."""
    text = " ".join(text.split())
    if draw.textlength(text, font) <= width:
        return text
    while text and draw.textlength(text + "…", font) > width:
        text = text[:-1]
    return text + "…"


def _dot(cell: Image.Image, centre: tuple[float, float], radius: float, colour: tuple[int, int, int]) -> None:
    side = int(radius * 2) + 3
    disc = Image.new("L", (side * 8, side * 8))
    middle = side * 4
    r = radius * 8
    ImageDraw.Draw(disc).ellipse((middle - r, middle - r, middle + r, middle + r), fill=255)
    corner = (round(centre[0] - side / 2), round(centre[1] - side / 2))
    cell.paste(Image.new("RGB", (side, side), colour), corner, disc.reduce(8))
