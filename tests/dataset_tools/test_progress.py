import re
import time

import pytest

from dataset_tools.progress import Progress


@pytest.mark.parametrize(("seconds", "speed"), [(0.5, r"4\.00 clips/s"), (20.0, r"6\.0 clips a minute")])
def test_the_last_clip_is_told_with_the_rate_since_the_start(monkeypatch, capsys, seconds, speed) -> None:
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    progress = Progress(5, 3, "work")
    progress.rejected()
    progress.advance()
    monkeypatch.setattr(time, "monotonic", lambda: now + seconds)
    progress.advance()
    progress.close()
    (line,) = capsys.readouterr().err.splitlines()
    assert re.fullmatch(rf"work: 5/5 clips, {speed}, 0 min left, 1 attempts rejected", line)


def test_what_was_not_rejected_is_not_told(capsys) -> None:
    progress = Progress(1, 0, "work")
    progress.advance()
    progress.close()
    assert "rejected" not in capsys.readouterr().err
