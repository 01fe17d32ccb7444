import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from dataset_tools.errors import FormatError
from dataset_tools.inspect.catalogue import catalogue
from dataset_tools.inspect.server import choose_from, start_at

REPOSITORY = Path(__file__).resolve().parents[3]


def command(*words: str) -> list[str]:
    return [sys.executable, str(REPOSITORY / "posetraj.py"), "inspect", *words]


def test_it_serves_until_it_is_interrupted(golden) -> None:
    pytest.importorskip("viser")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    process = subprocess.Popen(command(golden.url, "--port", str(port)), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line == f"5 clips; open http://127.0.0.1:{port} (Ctrl-C stops)\n"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}", timeout=20) as answer:
            assert b"<html" in answer.read()
    finally:
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=20)
    assert rest == "stopped\n"
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--clip", "77"), "there is no clip '77' here; its 5 clips are 00000000 to 00000004"),
        (("--clip", "1", "--split", "train"), "clip 1 is not in the split train; leave --split away to look at it"),
    ],
)
def test_a_clip_that_is_not_there_is_one_sentence(golden, words: tuple[str, ...], sentence: str) -> None:
    done = subprocess.run(command(golden.url, *words), capture_output=True, text=True, env={**os.environ})
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_no_dataset_is_one_sentence(tmp_path: Path) -> None:
    done = subprocess.run(command(str(tmp_path)), capture_output=True, text=True)
    assert done.returncode != 0
    assert "dataset.json" in done.stderr
    assert "Traceback" not in done.stderr


def test_where_to_begin(golden) -> None:
    rows = catalogue(golden)
    assert choose_from(rows, start_at(rows)) == 0
    assert rows[choose_from(rows, start_at(rows, split="val"))].split == "val"
    assert rows[choose_from(rows, start_at(rows, key="3"))].key == "00000003"
    with pytest.raises(FormatError, match="no clip to show"):
        start_at(())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--port", "99999"), "there is no port 99999"),
        (("--host", "nonsense.invalid"), "cannot listen on nonsense.invalid"),
        (("--host", "203.0.113.7"), "cannot listen on 203.0.113.7"),
    ],
)
def test_an_address_where_nothing_can_listen_is_one_sentence(golden, words: tuple[str, ...], sentence: str) -> None:
    done = subprocess.run(command(golden.url, *words), capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_port_that_is_taken_is_told_and_the_next_one_used(golden) -> None:
    pytest.importorskip("viser")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = subprocess.Popen(command(golden.url, "--port", str(port)), stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        line = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert f"port {port} is taken" in line
