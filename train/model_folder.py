"""Where a run leaves its model, and what it notes beside it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model.load import INDEX
from train.errors import RunError

MODEL = "model"
CHECKPOINTS = "checkpoints"
TOLD = "run.json"
"""In a model's folder: the stage, its step, the facts by which it was made, and the form of its videos."""


def model_folder(place: str) -> str:
    """Return where the model of a run's folder lies; anything else that is named is returned as it is.

    Raises RunError for a run that has not finished.
    """
    made = Path(place) / MODEL
    if (made / INDEX).is_file():
        return str(made)
    if (Path(place) / CHECKPOINTS).is_dir():
        raise RunError(f"{place} is a run that has not finished; go on with it, or name another model")
    return place


def told_of(model: Path) -> Mapping[str, Any]:
    """Return what a run noted beside its model; an empty table where there is nothing of the kind."""
    try:
        told = json.loads((model / TOLD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
