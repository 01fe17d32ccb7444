"""What renders here: the build of Blender and the device, asked of Blender itself before anything is begun."""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from blender_gen.blender_command import blender_command
from blender_gen.runner.hello import hear_from
from blender_gen.worker_process import WorkerProcess
from dataset_tools.errors import PoseTrajError


@dataclass(frozen=True)
class Machine:
    """Builds that decide the bytes of a dataset: versions, and the type of device ("CPU", "CUDA", ...).

    Attributes:
        device_count: how many there are of that type; it decides no byte.
    """

    version: str
    blender: str
    numpy: str
    device: str
    device_count: int = 1

    @property
    def builds(self) -> dict[str, str]:
        """What a run that goes on must find again."""
        return {**self.generator, "device": self.device}

    @property
    def generator(self) -> dict[str, str]:
        """What the manifest says of it."""
        return {"version": self.version, "blender": self.blender, "numpy": self.numpy}


def look_at_machine(asked_device: str, blender: Path | None, log: Path) -> Machine:
    """Start Blender, ask for its version and devices, and choose the device.

    Args:
        asked_device: "AUTO" for the best there is, or a type of device.
        log: file for what Blender prints.

    Raises:
        PoseTrajError: Blender does not start, or has no such device.
    """
    worker = WorkerProcess(blender_command(blender), log)
    try:
        answer = hear_from(worker, "Blender")
    finally:
        worker.close()
    devices = answer["devices"]
    device = next(iter(devices)) if asked_device == "AUTO" else asked_device
    if device not in devices:
        raise PoseTrajError(
            f"Cycles finds no {device} device here (available: {', '.join(devices)}); "
            "check the driver, or ask for --device auto or cpu"
        )
    return Machine(_own_version(), answer["blender"], np.__version__, device, len(devices[device]))


def _own_version() -> str:
    try:
        return version("posetraj")
    except PackageNotFoundError:
        return "not installed"
