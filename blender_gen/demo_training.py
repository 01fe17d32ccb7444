"""The second half of the demo: the commands that train on its clips and make a video, run one after the other."""

import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

from dataset_tools.clip import Clip
from dataset_tools.errors import PoseTrajError
from dataset_tools.reader import Dataset

STEPS, FRAMES = 40, 8
POINTS = 4


def can_train() -> bool:
    """Whether what training needs is installed."""
    return all(find_spec(name) for name in ("torch", "diffusers", "accelerate"))


def train_and_sample(dataset: Path, out: Path) -> Path:
    """Train `tiny` through the three stages and return the video that it makes of a clip's first frame and path.

    Raises PoseTrajError where a command fails.
    """
    clip = Dataset(dataset)[0]
    image, video = out / "first.png", out / "sample.mp4"
    Image.fromarray(clip.video(0, 1)[0]).save(image)
    train = ["train", "--recipe", "all", "--data", str(dataset), "--model", "tiny", "--out", str(out / "run")]
    train += ["--steps", str(STEPS), "--batch", "2", "--frames", str(FRAMES), "--lr", "1e-3"]
    sample = ["sample", "--checkpoint", str(out / "run" / "3-open-domain"), "--image", str(image)]
    sample += ["--path", drag_path(clip), "--size", f"{clip.meta['width']}x{clip.meta['height']}"]
    sample += ["--frames", str(FRAMES), "--steps", "10", "--out", str(video)]
    for words in (train, sample):
        print(f"\n$ posetraj {shlex.join(words)}", flush=True)
        if subprocess.run([sys.executable, "-m", "posetraj", *words]).returncode:
            raise PoseTrajError("the demo's command above failed; run it again by itself to see why")
    return video


def drag_path(clip: Clip) -> str:
    """Return the first object's path in a clip as a person would give it: a few points "x,y x,y ..." in pixels."""
    path = clip.labels["center_px"][:, 0]
    places = np.linspace(0, len(path) - 1, POINTS).round().astype(int)
    return " ".join(f"{x:.0f},{y:.0f}" for x, y in path[places])
