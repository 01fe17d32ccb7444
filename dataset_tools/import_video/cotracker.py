"""CoTracker (Karaev et al., ECCV 2024) by torch.hub, where it is asked for: points are followed through occlusions."""

import numpy as np
from numpy.typing import NDArray

from dataset_tools.errors import FormatError
from dataset_tools.import_video.tracks import Seeds

REPOSITORY = "facebookresearch/co-tracker"
MODEL = "cotracker3_offline"


def follow(rgb: NDArray[np.uint8], seeds: Seeds) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Where points lie in each frame of (T,H,W,3), (T,P,2), and whether they are seen there, (T,P).

    Raises FormatError where torch is missing or the model cannot be fetched.
    """
    try:
        import torch
    except ModuleNotFoundError as error:
        raise FormatError("--tracker cotracker needs torch; pip install 'posetraj[train]', or use lk") from error
    device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        model = torch.hub.load(REPOSITORY, MODEL, trust_repo=True, verbose=False).to(device).eval()
    except Exception as error:  # torch.hub raises what the network, the archive and the model's own code do
        raise FormatError(
            f"CoTracker cannot be fetched from github.com/{REPOSITORY} ({type(error).__name__}: {error!s:.120}); "
            f"see to the network, put it into torch.hub's cache, or use --tracker lk"
        ) from error
    video = torch.from_numpy(rgb).permute(0, 3, 1, 2)[None].float().to(device)  # (1,T,3,H,W)
    queries = np.concatenate((seeds.start[:, None], seeds.px - 0.5), axis=1).astype(np.float32)  # t, x, y
    with torch.inference_mode():
        found, seen = model(video, queries=torch.from_numpy(queries)[None].to(device), backward_tracking=True)
    px = found[0].float().cpu().numpy() + np.float32(0.5)
    visible = seen[0].cpu().numpy().reshape(px.shape[:2]) > 0.5
    return px.astype(np.float32), visible
