"""What a model is, apart from where it lies: two of the same name may differ, and one may move."""

import hashlib
import json
from pathlib import Path

from model.presets import PRESETS
from train.model_folder import TOLD, model_folder


def identity(model: str) -> str:
    """Return what tells a model from others: a preset's or the hub's name, or a hash of what lies in a folder.

    A model that a run made is what its facts say, which name the model that it began with in the same way. Of other
    folders all files count. Raises RunError for a run that has not finished.
    """
    place = Path(model_folder(model))
    if model in PRESETS or not place.is_dir():
        return model
    if (place / TOLD).is_file():
        return hashlib.sha256(_facts(place / TOLD)).hexdigest()[:16]
    found = hashlib.sha256()
    for path in sorted(path for path in place.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        found.update(f"{path.relative_to(place).as_posix()} {digest}\n".encode())
    return found.hexdigest()[:16]


def _facts(path: Path) -> bytes:
    return json.dumps(json.loads(path.read_text(encoding="utf-8")), sort_keys=True).encode()
