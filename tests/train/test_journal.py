import io
import json
import time

import numpy as np
import pytest
import torch
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tests.train.runs import metrics
from train.journal import Journal


def step(journal: Journal, number: int) -> None:
    losses = torch.tensor([float(number), number + 1.0], dtype=torch.float64)
    samples = {"total": losses, "video": losses, "sigma": torch.tensor([0.05, 5.0], dtype=torch.float64)}
    journal.step(number, samples, {"lr": float(number)}, 0.0)


def lines(folder) -> list[dict]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_a_line_tells_the_means_of_its_steps(tmp_path) -> None:
    journal = Journal(tmp_path, "toy", 4, 0, every=2)
    for number in range(1, 5):
        step(journal, number)
    journal.close()
    first, second = lines(tmp_path)
    assert (first["step"], first["stage"], first["loss"], first["lr"]) == (2, "toy", 2.0, 1.5)
    assert first["loss by sigma"] == {"below 0.1": 1.5, "1 to 10": 2.5}
    assert second["loss"] == 4.0 and {"clips_per_s", "data_wait", "seconds"} <= second.keys()


def test_what_was_told_of_later_steps_is_taken_back(tmp_path) -> None:
    journal = Journal(tmp_path, "toy", 9, 0, every=1)
    for number in range(1, 5):
        step(journal, number)
    journal.close()
    with open(tmp_path / "metrics.jsonl", "a") as file:
        file.write('{"step": 5, "lo')
    journal = Journal(tmp_path, "toy", 9, 2, every=1)
    step(journal, 3)
    journal.close()
    assert [line["step"] for line in lines(tmp_path)] == [1, 2, 3]


def test_a_journal_goes_on_in_the_middle_of_a_line(tmp_path) -> None:
    whole = Journal(tmp_path / "whole", "toy", 3, 0, every=3)
    for number in (1, 2, 3):
        step(whole, number)
    cut = Journal(tmp_path / "cut", "toy", 3, 0, every=3)
    for number in (1, 2):
        step(cut, number)
    told = json.loads(json.dumps(cut.untold()))
    again = Journal(tmp_path / "cut", "toy", 3, 2, every=3, untold=told)
    step(again, 3)
    for journal in (whole, cut, again):
        journal.close()
    assert metrics(tmp_path / "cut") == metrics(tmp_path / "whole")
    assert whole.untold() == []


def test_it_is_known_which_steps_were_validated(tmp_path) -> None:
    journal = Journal(tmp_path, "toy", 9, 0, every=1)
    for number in (2, 4):
        journal.note(number, {"step": number, "validation": {"mean": 1.0}})
    journal.close()
    again = Journal(tmp_path, "toy", 9, 2, every=1)
    again.close()
    assert [again.has_validation(number) for number in (2, 4)] == [True, False]


def test_tensorboard_shows_figures_by_stage_and_moving_pictures(tmp_path) -> None:
    journal = Journal(tmp_path, "toy", 4, 0, every=2)
    for number in range(1, 5):
        step(journal, number)
    frames = np.zeros((3, 8, 16, 3), np.uint8)
    frames[1], frames[2] = 128, 255
    journal.film(4, "sample 0", frames, fps=5)
    journal.close()
    board = EventAccumulator(str(tmp_path / "tensorboard"))
    board.Reload()
    told = [(event.step, event.value) for event in board.Scalars("toy/loss")]
    assert told == [(2, 2.0), (4, 4.0)]
    assert [event.value for event in board.Scalars("toy/loss by sigma/1 to 10")] == [2.5, 4.5]
    (event,) = board.Images("toy/sample 0")
    picture = Image.open(io.BytesIO(event.encoded_image_string))
    assert (event.step, event.width, event.height, picture.n_frames, picture.info["duration"]) == (4, 16, 8, 3, 200)


def test_tensorboard_forgets_what_was_told_of_later_steps(tmp_path) -> None:
    for first, last in ((0, 4), (2, 3)):
        time.sleep(1.1)  # the files are read in the order of their names, which give the second
        journal = Journal(tmp_path, "toy", 9, first, every=1)
        for number in range(first + 1, last + 1):
            step(journal, number)
        journal.close()
    board = EventAccumulator(str(tmp_path / "tensorboard"))
    board.Reload()
    assert [event.step for event in board.Scalars("toy/loss")] == [1, 2, 3]


def test_without_a_terminal_a_line_now_and_then_says_how_it_goes(tmp_path, capsys) -> None:
    journal = Journal(tmp_path, "toy", 2, 0, every=1)
    for number in (1, 2):
        step(journal, number)
    journal.close()
    said = capsys.readouterr().err
    assert "toy: step 2, loss 2.5000" in said and pytest.approx(2.5) == lines(tmp_path)[-1]["loss"]


def test_utilisation_is_the_share_of_the_clips_that_the_peak_allows(tmp_path, capsys) -> None:
    journal = Journal(tmp_path, "toy", 1, 0, every=1, least_s=0.25)
    step(journal, 1)
    journal.close()
    (line,) = lines(tmp_path)
    assert line["mfu"] == line["clips_per_s"] / 4
    assert f"MFU {line['mfu']:.1%}" in capsys.readouterr().err


def test_utilisation_is_not_told_where_no_peak_is_known(tmp_path) -> None:
    journal = Journal(tmp_path, "toy", 1, 0, every=1)
    step(journal, 1)
    journal.close()
    assert "mfu" not in lines(tmp_path)[0]
