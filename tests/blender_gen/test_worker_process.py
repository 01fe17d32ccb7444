"""A child that answers requests, dies, hangs, and is replaced."""

import os
import signal
import sys
import time

import pytest

from blender_gen.worker_process import WorkerDied, WorkerProcess, WorkerTimeout

CHILD = """
import os, sys, time
from blender_gen.blender.serve import Refused, serve

def handle(request):
    print("chatter on stdout")
    os.system("echo chatter of a child")
    match request["do"]:
        case "pid": return {"pid": os.getpid()}
        case "die": os._exit(3)
        case "hang": time.sleep(600)
        case "refuse": raise Refused("no such thing")
        case "fail": raise ValueError("broken")

serve(handle)
"""


@pytest.fixture
def worker(tmp_path):
    worker = WorkerProcess([sys.executable, "-c", CHILD], tmp_path / "log", {"PYTHONPATH": os.getcwd()})
    yield worker
    worker.close()


def test_answers_are_not_disturbed_by_what_is_printed(worker):
    for _ in range(3):
        assert worker.request({"do": "pid"}, 60)["pid"] == worker.pid


def test_the_log_holds_the_last_request_alone(worker, tmp_path):
    for _ in range(5):
        worker.request({"do": "pid"}, 60)
    assert (tmp_path / "log").read_text().count("chatter of a child") == 1


def test_errors_come_back_and_the_child_lives_on(worker):
    before = worker.request({"do": "pid"}, 60)["pid"]
    assert worker.request({"do": "refuse"}, 60) == {"ok": False, "refused": True, "error": "no such thing"}
    assert worker.request({"do": "fail"}, 60) == {"ok": False, "refused": False, "error": "ValueError: broken"}
    assert worker.request({"do": "pid"}, 60)["pid"] == before


def test_a_child_that_dies_is_replaced(worker):
    before = worker.request({"do": "pid"}, 60)["pid"]
    with pytest.raises(WorkerDied, match="exit status 3"):
        worker.request({"do": "die"}, 60)
    assert worker.request({"do": "pid"}, 60)["pid"] != before


def test_a_child_that_is_killed_is_noticed_and_replaced(worker):
    os.kill(worker.request({"do": "pid"}, 60)["pid"], signal.SIGKILL)
    with pytest.raises(WorkerDied, match="SIGKILL"):
        worker.request({"do": "pid"}, 60)
    assert worker.request({"do": "pid"}, 60)["ok"]


def test_a_child_that_hangs_is_killed_at_the_limit(worker):
    before = worker.request({"do": "pid"}, 60)["pid"]
    with pytest.raises(WorkerTimeout):
        worker.request({"do": "hang"}, 0.5)
    with pytest.raises(ProcessLookupError):
        os.kill(before, 0)
    assert worker.request({"do": "pid"}, 60)["pid"] != before


def test_a_child_ends_with_its_parent(tmp_path):
    parent = f"""
import sys
from blender_gen.worker_process import WorkerProcess
from pathlib import Path
worker = WorkerProcess([sys.executable, "-c", {CHILD!r}], Path({str(tmp_path / "log")!r}))
print(worker.request({{"do": "pid"}}, 60)["pid"], flush=True)
worker.request({{"do": "hang"}}, 600)
"""
    import subprocess

    process = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True)
    child = int(process.stdout.readline())
    process.kill()
    process.wait()
    for _ in range(100):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    raise AssertionError("the child outlived its parent by ten seconds")


def test_what_a_child_leaves_in_the_temporary_folder_goes_with_it(tmp_path):
    child = CHILD.replace(
        'case "pid":', 'case "leave": import tempfile; return {"left": tempfile.mkdtemp()}\n        case "pid":'
    )
    worker = WorkerProcess([sys.executable, "-c", child], tmp_path / "log", {"PYTHONPATH": os.getcwd()})
    for end in (worker.kill, worker.close):
        left = worker.request({"do": "leave"}, 60)["left"]
        assert left.startswith(str(tmp_path)) and os.path.isdir(left)
        end()
        assert not os.path.exists(left) and os.listdir(tmp_path) == ["log"]


def test_a_users_colour_configuration_does_not_reach_the_child(tmp_path, monkeypatch):
    monkeypatch.setenv("OCIO", "studio.ocio")
    child = CHILD.replace(
        'case "pid":', 'case "colours": return {"colours": os.environ.get("OCIO")}\n        case "pid":'
    )
    worker = WorkerProcess([sys.executable, "-c", child], tmp_path / "log", {"PYTHONPATH": os.getcwd()})
    try:
        assert worker.request({"do": "colours"}, 60)["colours"] is None
    finally:
        worker.close()
