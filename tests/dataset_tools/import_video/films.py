"""Films made of textured patches that move over a textured background in a known way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

WIDTH, HEIGHT, FPS = 288, 160, 24
Path2D = Callable[[float], tuple[float, float]]


@lru_cache(maxsize=32)
def texture(seed: int, height: int, width: int, tint: tuple[float, float, float] = (1, 1, 1)) -> np.ndarray:
    """A smooth random picture (height,width,3), 0 to 255."""
    rng = np.random.default_rng(seed)
    fine = gaussian_filter(rng.normal(size=(height, width)), 1.5)
    coarse = gaussian_filter(rng.normal(size=(height, width)), 6)
    grey = 128 + 30 * fine / fine.std() + 22 * coarse / coarse.std()
    return (grey[..., None] * np.array(tint)).clip(0, 255)


@dataclass(frozen=True)
class Patch:
    """A textured disc of radius `radius` whose middle is at `centre(seconds)` in continuous pixels."""

    radius: float
    centre: Path2D
    seed: int = 5
    tint: tuple[float, float, float] = (1.0, 0.6, 0.4)
    turn: Callable[[float], float] = lambda seconds: 0.0
    """Its angle in radians."""


@dataclass(frozen=True)
class Scene:
    """A background seen by a camera that shifts by `pan(seconds)` pixels, and patches in front of it, far to near."""

    patches: Sequence[Patch] = ()
    pan: Path2D = lambda seconds: (0.0, 0.0)
    seed: int = 1
    tint: tuple[float, float, float] = (0.7, 0.9, 1.0)

    def picture(self, seconds: float, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
        """(height,width,3) u8"""
        margin = 80
        ground = texture(self.seed, height + 2 * margin, width + 2 * margin, self.tint)
        x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
        across, down = self.pan(seconds)
        picture = _read(ground, x + across + margin, y + down + margin)
        for patch in self.patches:
            cx, cy = patch.centre(seconds)
            c, s = np.cos(patch.turn(seconds)), np.sin(patch.turn(seconds))
            u, v = c * (x - cx) + s * (y - cy), -s * (x - cx) + c * (y - cy)
            side = int(2 * patch.radius + 8)
            skin = _read(texture(patch.seed, side, side, patch.tint), u + side / 2, v + side / 2)
            cover = (patch.radius + 0.5 - np.hypot(x - cx, y - cy)).clip(0, 1)[..., None]
            picture = picture * (1 - cover) + skin * cover
        return np.rint(picture).clip(0, 255).astype(np.uint8)

    def mask(self, seconds: float, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
        """(height,width), n+1 where patch n is seen."""
        x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
        mask = np.zeros((height, width), np.uint8)
        for n, patch in enumerate(self.patches):
            cx, cy = patch.centre(seconds)
            mask[np.hypot(x - cx, y - cy) <= patch.radius] = n + 1
        return mask


def shot(scene: Scene, frames: int, fps: float = FPS) -> list[np.ndarray]:
    """The frames of a scene, from its second 0 on."""
    return [scene.picture(t / fps) for t in range(frames)]


def write_film(
    path: Path,
    pictures: Sequence[np.ndarray],
    fps: float = FPS,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    times: Sequence[float] | None = None,
    aspect: Fraction | None = None,
    sound: bool = False,
    **context: object,
) -> Path:
    """Write pictures (H,W,3) as a film; `times` are seconds where they are not even."""
    base = 1 / Fraction(fps).limit_denominator(1001) if times is None else Fraction(1, 12000)
    with av.open(str(path), "w") as container:
        options = {"crf": "4", "preset": "veryfast"} if codec == "libx264" else {}
        stream = container.add_stream(codec, rate=Fraction(fps).limit_denominator(1001), options=options)
        stream.width, stream.height, stream.pix_fmt = pictures[0].shape[1], pictures[0].shape[0], pix_fmt
        stream.codec_context.time_base = base
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        for name, value in context.items():
            setattr(stream.codec_context, name, value)
        voice = container.add_stream("aac", rate=8000) if sound else None
        for t, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pix_fmt)
            seconds = t / fps if times is None else times[t]
            frame.pts, frame.time_base = round(seconds / base), base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if voice is not None:
            noise = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            noise.sample_rate = 8000
            container.mux(voice.encode(noise))
            container.mux(voice.encode())
    return path


def turned(path: Path, degrees: int) -> Path:
    """Write a turn into an MP4's track header, as telephones do: the matrix that maps stored to shown pictures."""
    data = path.read_bytes()
    one = (1 << 16).to_bytes(4, "big")
    minus, zero, unit = (-(1 << 16)).to_bytes(4, "big", signed=True), bytes(4), (1 << 30).to_bytes(4, "big")
    rows = {0: (one, zero, zero, one), 90: (zero, one, minus, zero), 180: (minus, zero, zero, minus)}
    rows[270] = (zero, minus, one, zero)

    def matrix(angle: int) -> bytes:
        a, b, c, d = rows[angle]
        return a + b + zero + c + d + zero + zero + zero + unit

    header = data.index(b"tkhd")
    where = data.index(matrix(0), header)
    path.write_bytes(data[:where] + matrix(degrees) + data[where + 36 :])
    return path


def _read(picture: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.stack(
        [map_coordinates(picture[..., c], (y - 0.5, x - 0.5), order=3, mode="nearest") for c in range(3)], axis=-1
    )
