import numpy as np
import pytest

from dataset_tools import video
from dataset_tools.inspect.frames import Frames


def test_frames_in_any_order_are_those_of_the_video(golden) -> None:
    clip = golden[0]
    whole = clip.video()
    frames = Frames(clip)
    assert len(frames) == len(whole)
    for t in (0, 11, 3, 8, 7, 0):
        assert np.array_equal(frames[t], whole[t])


def test_no_more_than_asked_for_is_kept(golden) -> None:
    clip = golden[0]
    one = video.GOP * clip.meta["width"] * clip.meta["height"] * 3
    frames = Frames(clip, cache_bytes=one)
    whole = clip.video()
    assert np.array_equal(frames[0], whole[0])
    assert np.array_equal(frames[11], whole[11])
    assert sum(piece.nbytes for piece in frames._pieces.values()) <= one


def test_there_is_no_frame_outside_of_the_clip(golden) -> None:
    with pytest.raises(IndexError, match="12 frames has no frame 12"):
        Frames(golden[0])[12]
