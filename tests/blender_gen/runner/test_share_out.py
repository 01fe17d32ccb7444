import os

import pytest

from blender_gen.config import PRESETS
from blender_gen.runner.machine import Machine
from blender_gen.runner.share_out import LEAST_TIME_LIMIT_S, gpu_environment, usual_time_limit_s, usual_workers


def machine(device: str = "CPU", count: int = 1) -> Machine:
    return Machine("0", "4.5", "1", device, count)


def test_a_cpu_has_a_worker_for_each_of_its_processors(monkeypatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)))
    monkeypatch.setattr(os, "sysconf", {"SC_PHYS_PAGES": 1 << 26, "SC_PAGE_SIZE": 4096}.get)
    assert usual_workers(machine()) == 64
    assert [usual_workers(machine("OPTIX", count)) for count in (1, 4, 8)] == [8, 32, 64]


def test_workers_need_memory(monkeypatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)))
    monkeypatch.setattr(os, "sysconf", {"SC_PHYS_PAGES": 3 << 18, "SC_PAGE_SIZE": 4096}.get)
    assert usual_workers(machine()) == 3


def test_each_slot_sees_one_of_several_gpus() -> None:
    seen = [gpu_environment(machine("OPTIX", 3), slot, {})["CUDA_VISIBLE_DEVICES"] for slot in range(4)]
    assert seen == ["0", "1", "2", "0"]
    assert gpu_environment(machine("HIP", 2), 1, {}) == {"HIP_VISIBLE_DEVICES": "1"}


def test_gpus_that_are_hidden_stay_so() -> None:
    seen = [gpu_environment(machine("CUDA", 2), slot, {"CUDA_VISIBLE_DEVICES": "5,7"}) for slot in range(3)]
    assert [found["CUDA_VISIBLE_DEVICES"] for found in seen] == ["5", "7", "5"]


@pytest.mark.parametrize("found", [machine("CPU", 1), machine("CUDA", 1)])
def test_where_there_is_one_device_nothing_is_hidden(found) -> None:
    assert gpu_environment(found, 3, {}) == {}


def test_the_time_limit_grows_with_the_work_of_a_clip() -> None:
    assert usual_time_limit_s(PRESETS["draft"], threads=1) == LEAST_TIME_LIMIT_S
    slow = usual_time_limit_s(PRESETS["reference"], threads=1)
    assert slow > 3 * 32 * 86  # seconds of a core for a frame of this size, as measured, times frames, times three
    assert usual_time_limit_s(PRESETS["reference"], threads=4) == slow / 4
