from hypothesis import given
from hypothesis import strategies as st

from dataset_tools.inspect.view import LAYERS, View


@given(st.integers(1, 40), st.integers(-100, 100))
def test_frames_stay_in_the_clip(frames: int, number: int) -> None:
    view = View().of_clip(frames, 8.0)
    assert 0 <= view.at(number).frame < frames
    assert view.step(number).frame == number % frames
    assert not View(playing=True, frames=frames).step(1).playing


def test_a_clip_that_plays_goes_round() -> None:
    view = View(frame=3, frames=4, playing=True)
    assert view.tick().frame == 0
    assert view.tick().playing


@given(st.sampled_from(sorted(LAYERS)))
def test_a_switch_changes_its_layer_alone(layer: str) -> None:
    view = View()
    assert view.switch(layer, True).layers == view.layers | {layer}
    assert view.switch(layer, False).layers == view.layers - {layer}
