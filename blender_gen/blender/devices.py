"""Which device Cycles renders on: the best one there is, or the one that was asked for, never another in silence."""

import bpy

from blender_gen.blender.serve import Refused

ORDER = ("OPTIX", "CUDA", "HIP", "CPU")


def available_devices() -> dict[str, list[str]]:
    """Return the names of the devices that Cycles can use, by type, in the order of preference."""
    preferences = bpy.context.preferences.addons["cycles"].preferences
    found = {}
    for kind in ORDER[:-1]:
        try:
            devices = preferences.get_devices_for_type(kind)
        except (TypeError, ValueError):
            continue
        names = [device.name for device in devices if device.type == kind]
        if names:
            found[kind] = names
    return {**found, "CPU": ["CPU"]}


def choose_device(asked: str) -> str:
    """Turn on one type of device and return its name.

    Args:
        asked: "AUTO" for the best there is, or one of `ORDER`.

    Raises:
        Refused: that type is not available here.
    """
    available = available_devices()
    kind = next(iter(available)) if asked == "AUTO" else asked
    if kind not in available:
        raise Refused(
            f"Cycles finds no {kind} device here (available: {', '.join(available)}); "
            "check the driver, or ask for --device auto or cpu"
        )
    preferences = bpy.context.preferences.addons["cycles"].preferences
    preferences.compute_device_type = "NONE" if kind == "CPU" else kind
    if kind != "CPU":
        for device in preferences.get_devices_for_type(kind):
            device.use = device.type == kind
    return kind
