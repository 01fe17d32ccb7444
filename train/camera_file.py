"""The camera of a video to make, from a file."""

from pathlib import Path

import torch

from dataset_tools.errors import FormatError, PoseTrajError, located
from dataset_tools.npz import Archive
from model.pipeline import Camera

POSES, INTRINSICS = "world_from_camera", "intrinsics"


def read_camera(path: Path) -> Camera:
    """Return the camera in a .npz file whose arrays are named as in a clip's labels, which is such a file too.

    `world_from_camera` (T,4,4) must be there, `intrinsics` (T,3,3) may be. Raises PoseTrajError for other files.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PoseTrajError(f"cannot read the camera {path}: {error.strerror}") from error
    with located(str(path)):
        archive = Archive(data)
        if POSES not in archive.names:
            raise FormatError(f"there is no {POSES} (T,4,4) in it, which is a camera's motion")
        intrinsics = torch.from_numpy(archive.read(INTRINSICS)) if INTRINSICS in archive.names else None
        return Camera(torch.from_numpy(archive.read(POSES)), intrinsics)
