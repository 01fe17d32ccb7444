"""One HTML file that plays a dataset's clips with their labels drawn over them; it needs nothing else."""

import base64
import hashlib
import html
import json
import os
import re
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from dataset_tools.atomic import write_bytes
from dataset_tools.clip import Clip
from dataset_tools.drawing import AXIS_COLOURS, EDGES, FACES, PALETTE
from dataset_tools.manifest import Manifest
from dataset_tools.page_clip import clip_table
from dataset_tools.reader import Dataset

SHADOW = "#080a10"


def write_page(
    dataset: Dataset | Sequence[Clip], path: str | os.PathLike, max_clips: int = 24, title: str | None = None
) -> Path:
    """Write the page of a dataset, or of any clips, to `path`, atomically; returns the path.

    Of more than `max_clips` clips, as many are taken evenly from first to last. The page loads nothing from
    elsewhere; its content security policy lets only its own script run, and all texts of the dataset are escaped.
    `title` defaults to the name of the dataset's folder.
    Raises ValueError where there is no clip to show, FormatError for a clip that cannot be read.
    """
    if max_clips < 1 or len(dataset) == 0:
        raise ValueError(f"a page shows at least one clip, not {min(max_clips, len(dataset))}")
    if title is None:
        title = Path(dataset.url).name if isinstance(dataset, Dataset) else "Clips"
    chosen = np.unique(np.linspace(0, len(dataset) - 1, min(max_clips, len(dataset))).round().astype(int))
    tables = [clip_table(dataset[int(index)]) for index in chosen]
    manifest = dataset.manifest if isinstance(dataset, Dataset) else None
    path = Path(path)
    write_bytes(path, page_html(tables, _summary(tables, len(dataset), manifest), title).encode())
    return path


def page_html(tables: Sequence[dict[str, Any]], summary: Sequence[str], title: str) -> str:
    """The page that shows `tables` (of `clip_table`) under a title and a line of facts."""
    style, script = _template("page.css"), _template("page.js")
    settings = {"palette": PALETTE, "axes": AXIS_COLOURS, "shadow": SHADOW, "edges": EDGES, "faces": FACES}
    parts = {
        "title": html.escape(title),
        "summary": "".join(f"<li>{html.escape(fact)}</li>" for fact in summary),
        "style": style,
        "style_hash": _csp_hash(style),
        "script": script,
        "script_hash": _csp_hash(script),
        "settings": embedded_json(settings),
        "clips": "\n".join(
            f'<script type="application/json" class="clip">{embedded_json(table)}</script>'
            for table in tables
        ),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], _template("page.html"))


def embedded_json(value: Any) -> str:
    """JSON that can stand inside a `<script>` element: nothing in it ends the element or opens a comment."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _template(name: str) -> str:
    return resources.files("dataset_tools").joinpath("templates", name).read_text(encoding="utf-8")


def _csp_hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def _summary(tables: Sequence[dict[str, Any]], count: int, manifest: Manifest | None) -> list[str]:
    first = tables[0]
    facts = [f"{count} clip{'s' * (count != 1)}" + (f", {len(tables)} shown" if len(tables) < count else "")]
    facts.append(f"{first['width']}×{first['height']}, {first['frames']} frames at {first['fps']:g} fps")
    if manifest:
        clips = {split: sum(record.clips for record in shards) for split, shards in manifest.splits.items()}
        facts.append(", ".join(f"{number} {split}" for split, number in clips.items() if number))
        facts.append(f"{manifest.kind}, seed {manifest.seed}")
        blender = manifest.generator.get("blender")
        facts.append(f"Blender {blender}" if blender and blender != "none" else "")
    return [fact for fact in facts if fact]
