"""What one visitor looks at: frame, speed and layers; and how play and keys change it. Plain values."""

from dataclasses import dataclass, replace

from dataset_tools.drawing import Layers

LAYERS = {
    "boxes": ("box", "3-D box, or the 2-D box of a real clip; the front face is crossed"),
    "paths": ("path", "where the centre goes: past thick, future thin"),
    "axes": ("axes", "the object's axes: x (its front) red, y green, z blue"),
    "tracks": ("tracks", "tracked points that are visible; in 3-D hidden ones are dark"),
    "masks": ("masks", "the objects' masks"),
    "depth": ("depth", "depth in place of the frame's colours: near is warm"),
    "camera": ("camera (3-D)", "the camera's frustum with the frame in it, and the camera's path"),
    "cloud": ("depth points (3-D)", "depth as points in the frame's colours"),
}
"""The layers that can be switched, each with its label and what it shows."""
DRAWN = ("boxes", "paths", "axes", "tracks", "masks")
"""The layers that are drawn onto the frame."""


@dataclass(frozen=True)
class View:
    """`frame` of a clip of `frames` frames, at `fps` while `playing`; `layers` are names of LAYERS."""

    frame: int = 0
    frames: int = 1
    fps: float = 8.0
    playing: bool = False
    layers: frozenset[str] = frozenset({"boxes", "paths", "camera", "cloud"})

    def of_clip(self, frames: int, fps: float) -> "View":
        """The same view of another clip, from its first frame."""
        return replace(self, frame=0, frames=max(1, frames), fps=fps)

    def at(self, frame: int) -> "View":
        """At that frame, or at the nearest that there is."""
        return replace(self, frame=max(0, min(frame, self.frames - 1)))

    def step(self, by: int) -> "View":
        """Some frames on, round the ends, and no longer playing."""
        return replace(self, frame=(self.frame + by) % self.frames, playing=False)

    def tick(self) -> "View":
        """The next frame of a clip that plays; after the last comes the first."""
        return replace(self, frame=(self.frame + 1) % self.frames)

    def switch(self, layer: str, shown: bool) -> "View":
        """With one of LAYERS shown or not."""
        return replace(self, layers=self.layers | {layer} if shown else self.layers - {layer})

    @property
    def drawn(self) -> Layers:
        """The layers as `draw_frame` takes them."""
        return Layers(**{name: name in self.layers for name in DRAWN})
