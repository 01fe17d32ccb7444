"""COLMAP on a folder of pictures, in a process of its own: what crashes or hangs in it harms no import.

`python -m dataset_tools.import_video.colmap FOLDER` reads `pictures/`, `masks/`, `task.json` and writes `model.json`.
"""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FEATURES = 3000
OVERLAP = 6
LIMIT_S = 900


@dataclass(frozen=True)
class Task:
    """What to solve: `focal` is where to begin, in pixels; `seed` decides every draw."""

    width: int
    height: int
    focal: float
    seed: int


@dataclass(frozen=True)
class Model:
    """What COLMAP found: `camera_from_world` (R,4,4) of the registered frames `frames` (R,), `points` (K,3), the focal
    length and mean reprojection error in pixels, and the points that the frame with fewest sees."""

    frames: tuple[int, ...]
    camera_from_world: NDArray[np.float64]
    points: NDArray[np.float64]
    focal: float
    error_px: float
    fewest: int


def solve(folder: Path, task: Task) -> Model | str:
    """Run COLMAP on a folder in a new process; the model, or a sentence why there is none."""
    (folder / "task.json").write_text(json.dumps(asdict(task)))
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__, str(folder)], capture_output=True, timeout=LIMIT_S, cwd=_import_root()
        )
    except subprocess.TimeoutExpired:
        return f"COLMAP took more than {LIMIT_S} s"
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
        return f"COLMAP ended with status {done.returncode} ({last[0]:.100})"
    found = json.loads((folder / "model.json").read_text())
    if not found or not found["points"]:
        return "COLMAP found no start: too few matches, or no parallax (a pan or a zoom)"
    arrays = {name: np.array(found[name], np.float64) for name in ("camera_from_world", "points")}
    return Model(**{**found, **arrays, "frames": tuple(found["frames"])})


def main(folder: Path) -> None:
    """Solve what lies in a folder."""
    import pycolmap

    task = Task(**json.loads((folder / "task.json").read_text()))
    pycolmap.logging.minloglevel = pycolmap.logging.Level.FATAL.value
    reader = pycolmap.ImageReaderOptions(
        camera_model="SIMPLE_PINHOLE",
        camera_params=f"{task.focal},{task.width / 2},{task.height / 2}",
        mask_path=str(folder / "masks"),
    )
    extraction = pycolmap.FeatureExtractionOptions()
    extraction.sift.max_num_features = FEATURES
    mapping = pycolmap.IncrementalPipelineOptions(
        multiple_models=False, min_model_size=2, extract_colors=False, random_seed=task.seed, num_threads=1
    )
    mapping.mapper.init_min_tri_angle = 2.0  # windows are short: cameras do not go far
    mapping.mapper.filter_min_tri_angle = 0.5
    mapping.mapper.ba_local_min_tri_angle = 1.0
    mapping.triangulation.min_angle = 0.5
    pycolmap.set_random_seed(task.seed)
    database, pictures = folder / "database.db", folder / "pictures"
    pycolmap.extract_features(
        database,
        pictures,
        camera_mode=pycolmap.CameraMode.SINGLE,
        reader_options=reader,
        extraction_options=extraction,
        device=pycolmap.Device.cpu,
    )
    pairing = pycolmap.SequentialPairingOptions(overlap=OVERLAP, quadratic_overlap=True)
    pycolmap.match_sequential(database, pairing_options=pairing, device=pycolmap.Device.cpu)
    models = pycolmap.incremental_mapping(database, pictures, folder, options=mapping)
    best = max(models.values(), key=lambda model: model.num_reg_images(), default=None)
    (folder / "model.json").write_text(json.dumps(_table(best) if best else {}))


def _table(model: Any) -> dict[str, Any]:
    images = sorted((image for image in model.images.values() if image.has_pose), key=lambda image: image.name)
    poses = np.tile(np.eye(4), (len(images), 1, 1))
    poses[:, :3] = [image.cam_from_world().matrix() for image in images]
    return {
        "frames": [int(Path(image.name).stem) for image in images],
        "camera_from_world": poses.tolist(),
        "points": [point.xyz.tolist() for point in model.points3D.values()],
        "focal": float(next(iter(model.cameras.values())).params[0]),
        "error_px": float(model.compute_mean_reprojection_error()),
        "fewest": min((int(image.num_points3D) for image in images), default=0),
    }


def _import_root() -> Path:
    """The folder from which this package is imported."""
    return Path(__file__).resolve().parents[2]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
