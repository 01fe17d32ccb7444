"""How a machine's processors, memory, GPUs and time are shared out among the clips that are made at once."""

import os
from collections.abc import Mapping

from blender_gen.config import RenderConfig
from blender_gen.runner.machine import Machine

WORKER_BYTES = 1 << 30
WORKERS_PER_GPU = 8
VISIBLE = {"CUDA": "CUDA_VISIBLE_DEVICES", "OPTIX": "CUDA_VISIBLE_DEVICES", "HIP": "HIP_VISIBLE_DEVICES"}
LEAST_TIME_LIMIT_S = 1800.0
SLOW_SECONDS_PER_SAMPLE = 8e-6
"""Of one CPU core for a sample of a pixel: four times what a whole frame took where it was measured."""


def usual_workers(machine: Machine) -> int:
    """Return how many clips to make at once: one for each CPU that has memory for it, a few for each GPU."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    most = min(len(os.sched_getaffinity(0)), memory // WORKER_BYTES)
    return max(1, most if machine.device == "CPU" else min(most, WORKERS_PER_GPU * machine.device_count))


def gpu_environment(machine: Machine, slot: int, environment: Mapping[str, str]) -> dict[str, str]:
    """Return what lets a slot's Blender see one of several GPUs, the next one for each slot.

    Args:
        environment: this process's, which may hide some GPUs already.
    """
    if machine.device not in VISIBLE or machine.device_count < 2:
        return {}
    name = VISIBLE[machine.device]
    numbers = [number for number in environment.get(name, "").split(",") if number]
    numbers = numbers or [str(number) for number in range(machine.device_count)]
    return {name: numbers[slot % len(numbers)]}


def usual_time_limit_s(render: RenderConfig, threads: int) -> float:
    """Return how long a clip's render may take before it counts as hung, on as many slow CPU threads."""
    samples = render.width * render.height * render.frames * render.samples
    return max(LEAST_TIME_LIMIT_S, SLOW_SECONDS_PER_SAMPLE * samples / threads)
