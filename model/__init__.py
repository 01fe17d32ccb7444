"""The trajectory ControlNet on Stable Video Diffusion. Names are imported when they are asked for."""

from importlib import import_module
from typing import Any

_PLACES = {
    "MicroConditioning": "model.micro_conditioning",
    "TimedPath": "model.paths",
    "TrajectoryControlNet": "model.controlnet",
    "TrajectoryUNet": "model.unet",
    "TrajectoryVideoPipeline": "model.pipeline",
    "load_pipeline": "model.load",
}
__all__ = [
    "MicroConditioning",
    "TimedPath",
    "TrajectoryControlNet",
    "TrajectoryUNet",
    "TrajectoryVideoPipeline",
    "load_pipeline",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)
