"""Where a run leaves its model."""

from pathlib import Path

from model.load import INDEX
from train.errors import RunError

MODEL = "model"
CHECKPOINTS = "checkpoints"


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
