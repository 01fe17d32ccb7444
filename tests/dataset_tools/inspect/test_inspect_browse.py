from hypothesis import given
from hypothesis import strategies as st

from dataset_tools.inspect.browse import Browse

lists = st.lists(st.integers(0, 50), unique=True, max_size=12).map(tuple)


@given(lists, st.integers(-20, 20))
def test_a_step_stays_in_the_list(matches: tuple[int, ...], by: int) -> None:
    browse = Browse(matches).step(by)
    assert browse.index in matches if matches else browse.index is None


@given(lists.filter(bool), lists, st.data())
def test_another_list_keeps_the_clip_where_it_has_it(first, second, data) -> None:
    browse = Browse(first, data.draw(st.integers(0, len(first) - 1)))
    moved = browse.among(second)
    if browse.index in second:
        assert moved.index == browse.index
    else:
        assert moved.position == 0
    assert browse.among(second, keep=False).position == 0
