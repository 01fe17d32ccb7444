"""Pictures from a render worker, without labels: for previews, documents and measurements."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from blender_gen.worker_process import WorkerProcess
from dataset_tools.errors import PoseTrajError


def render_pictures(
    worker: WorkerProcess, job: Mapping[str, Any], folder: Path, what: str, time_limit_s: float
) -> dict[str, Any]:
    """Render a job of `blender_gen.job` into a folder, no object alone, and return the worker's answer.

    Raises:
        PoseTrajError: the worker cannot render it; `what` names it.
        WorkerDied, WorkerTimeout: as `WorkerProcess.request`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "job.json"
    file.write_text(json.dumps({**job, "alone": []}))
    answer = worker.request({"job": str(file), "out": str(folder)}, time_limit_s)
    if not answer["ok"]:
        raise PoseTrajError(f"{what} cannot be rendered: {answer['error']}")
    return answer


def tiled(tiles: Sequence[np.ndarray], columns: int, gap_px: int) -> Image.Image:
    """Lay equal pictures (H,W,3) out in rows of up to `columns`, on white."""
    height, width = tiles[0].shape[:2]
    columns = min(columns, len(tiles))
    rows = math.ceil(len(tiles) / columns)
    sheet = Image.new("RGB", (columns * (width + gap_px) - gap_px, rows * (height + gap_px) - gap_px), "white")
    for number, tile in enumerate(tiles):
        row, column = divmod(number, columns)
        sheet.paste(Image.fromarray(tile), (column * (width + gap_px), row * (height + gap_px)))
    return sheet
