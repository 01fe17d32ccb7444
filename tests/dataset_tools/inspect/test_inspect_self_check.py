import threading

import numpy as np
import pytest

from dataset_tools.inspect.self_check import ANY_FIGURE, SelfCheckReader, SelfChecks

FIGURES = {
    "video_psnr_db": np.array([42.0, 40.5, np.nan, 50.0]),
    "mask_outside_hull_px": np.array([0.1, 0.2, 0.3, 1.4]),
}


@pytest.mark.parametrize(
    ("order", "expected"),
    [("video_psnr_db", (1, 0, 3, 2)), ("mask_outside_hull_px", (3, 2, 1, 0))],
)
def test_worst_first_knows_which_side_is_bad_and_puts_the_unknown_last(order: str, expected: tuple[int, ...]) -> None:
    assert SelfChecks(FIGURES).worst_first(range(4), order) == expected
    assert SelfChecks(FIGURES).worst_first((0, 2), "video_psnr_db") == (0, 2)


def test_any_figure_takes_each_clips_worst_one() -> None:
    checks = SelfChecks(FIGURES)
    badness = checks.badness(ANY_FIGURE)
    assert badness.tolist() == [1 / 3, 2 / 3, 0.5, 0.75]
    assert checks.worst_first(range(4), ANY_FIGURE) == (3, 1, 2, 0)


def test_a_reader_reads_every_clip_once_and_tells(golden) -> None:
    reader = SelfCheckReader(golden)
    told = threading.Event()
    leave = reader.listen(lambda: told.set() if reader.done else None)
    assert reader.progress == ""
    reader.start()
    reader.start()
    assert told.wait(20)
    leave()
    assert reader.done is not None
    assert reader.done.unreadable == 0
    assert reader.done.figures["tracks_on_mask"].tolist() == [c.meta["qa"]["tracks_on_mask"] for c in golden]
    assert np.isnan(reader.done.figures["video_psnr_db"]).all()
    assert reader.progress == ""
